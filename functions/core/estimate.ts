// Estimates how long a container instance is out of service, for the order of work and for the plan.

import type { Service, Task } from './model.ts';
import type { Policy } from './policy.ts';

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
  let longest = 0;
  for (const task of tasks) {
    const service = task.serviceName === undefined ? undefined : services.get(task.serviceName);
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
