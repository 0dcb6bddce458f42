// How long each step of a task's life takes.

import type { Faults } from '../faults/faults.ts';
import type { RandomStream } from '../kernel/random.ts';
import type { Task } from './model.ts';

/** Where nothing says better, a duration is drawn evenly from [low, high) seconds. */
export type Span = readonly [low: number, high: number];

/** Attaching or detaching the network interface of an awsvpc task (guess). */
export const NETWORK_INTERFACE: Span = [1, 3];
/** Until the agent takes the task up (guess). */
export const PENDING: Span = [0.5, 2];
/** Image pull and container start (guess): with PENDING, 3 to 15 seconds. */
export const ACTIVATING: Span = [2.5, 13];
/** Until the agent hears that it must stop a task, or tells that one stopped (guess). */
export const AGENT_LATENCY: Span = [0.1, 0.6];
/**
 * An application that handles SIGTERM is gone after some seconds; one that does not is killed at
 * stopTimeout.
 */
const EXIT_MEDIAN_SECONDS = 3;
const EXIT_MIN_SECONDS = 0.5;
/** After a reboot the agent first looks at every container it knew (guess). */
export const RECONCILE: Span = [0.5, 3];

/** How long the containers take to end after SIGTERM; at stopTimeout they are killed. */
export function exitOf(
  random: RandomStream,
  stopTimeoutSeconds: number,
): { readonly seconds: number; readonly exitCode: 0 | 137 } {
  const median = Math.min(EXIT_MEDIAN_SECONDS, stopTimeoutSeconds / 4);
  const exit = median > 0 ? random.lognormal(median, stopTimeoutSeconds) : 0;
  if (exit >= stopTimeoutSeconds) return { seconds: stopTimeoutSeconds, exitCode: 137 };
  return { seconds: Math.max(EXIT_MIN_SECONDS, exit), exitCode: 0 };
}

/** F54 and F57, unless the fault file says how long: a stopTimeout of an hour, used up. */
const LATE_EXIT_SECONDS = 3600;

/** Faults `task-stops-late` and `daemon-stops-late`: the containers ignore SIGTERM for so long. */
export function lateExit(faults: Faults, { service }: Task) {
  if (!service) return undefined;
  const { name, schedulingStrategy } = service;
  const late =
    schedulingStrategy === 'DAEMON'
      ? faults.strikes('daemon-stops-late', name)
      : faults.strikes('task-stops-late', name);
  if (!late) return undefined;
  return { seconds: Number(late.parameters?.seconds ?? LATE_EXIT_SECONDS), exitCode: 137 as const };
}
