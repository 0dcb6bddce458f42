// Estimates how long a container instance is out of service, for the order of work and for the plan.

import type { Service, Task } from './model.ts';
import type { Policy } from './policy.ts';
import type { Moving } from './room.ts';

/** ELB's default deregistration delay, where it could not be read: the wait before ECS stops a load-balanced task. */
const DEREGISTRATION_SECONDS = 300;
/** ECS agent's default ECS_CONTAINER_STOP_TIMEOUT. */
const STOP_SECONDS = 30;
/** The ECS scheduler waits this long after RUNNING before a replacement counts as healthy (DeploymentConfiguration). */
const REPLACEMENT_HEALTHY_SECONDS = 40;
/** Start of a replacement task: placement, image pull, container start. A model, not a promise. */
const REPLACEMENT_START_SECONDS = 15;
/** Reboot until the host answers and its ECS agent is connected: 45 to 120 s is usual. A model, not a promise. */
const REBOOT_SECONDS = 90;

/** Seconds of one drain: the slowest task decides, because ECS moves the tasks of different services at once. */
export function expectedDrainSeconds(
  tasks: readonly Task[],
  services: ReadonlyMap<string, Service>,
): number {
  return drainSecondsOf(
    tasks.map((task) => task.serviceName),
    services,
  );
}

function drainSecondsOf(
  serviceNames: readonly (string | undefined)[],
  services: ReadonlyMap<string, Service>,
): number {
  let longest = 0;
  for (const name of serviceNames) {
    const service = name === undefined ? undefined : services.get(name);
    if (!service || service.schedulingStrategy === 'DAEMON') continue;
    const replacementFirst = service.minimumHealthyPercent >= 100;
    const seconds =
      (replacementFirst ? REPLACEMENT_START_SECONDS + REPLACEMENT_HEALTHY_SECONDS : 0) +
      (service.hasLoadBalancer
        ? (service.deregistrationDelaySeconds ?? DEREGISTRATION_SECONDS)
        : 0) +
      STOP_SECONDS;
    longest = Math.max(longest, seconds);
  }
  return longest;
}

/**
 * The last of a wave, those that take longest first: nobody comes after them to fill the places that quick ones leave.
 * What moved onto them since the plan counts, so they may stand in another order than the plan gave them.
 *
 * @returns Equals keep the order they were given in.
 */
export function longestDrainFirst<T extends { readonly moving?: readonly Moving[] | undefined }>(
  last: readonly T[],
  services: readonly Service[],
): T[] {
  const byName = new Map(services.map((service) => [service.serviceName, service]));
  const seconds = new Map(
    last.map((one) => {
      const names = (one.moving ?? []).map((moving) => moving.serviceName);
      return [one, drainSecondsOf(names, byName)];
    }),
  );
  return last.toSorted((a, b) => (seconds.get(b) ?? 0) - (seconds.get(a) ?? 0));
}

/** Seconds from DRAINING to ACTIVE. */
export function expectedOutOfServiceSeconds(
  tasks: readonly Task[],
  services: ReadonlyMap<string, Service>,
  policy: Policy,
): number {
  return expectedDrainSeconds(tasks, services) + REBOOT_SECONDS + policy.verify.agentStableSeconds;
}

/** Seconds of a batch of work on `slots` parallel slots, longest first (Graham's list scheduling). */
export function expectedMakespanSeconds(durations: readonly number[], slots: number): number {
  const freeAt = new Array<number>(Math.max(1, Math.min(slots, durations.length))).fill(0);
  for (const duration of [...durations].sort((a, b) => b - a)) {
    const earliest = freeAt.indexOf(Math.min(...freeAt));
    freeAt[earliest] = (freeAt[earliest] ?? 0) + duration;
  }
  return Math.max(...freeAt);
}
