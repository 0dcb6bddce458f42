// Says how long an undo waits for a host, its ECS agent, and a reboot that was asked for.

import { HOST_WAS_UP } from './gone.ts';
import { CLOCK_SKEW_MILLISECONDS } from './reboot.ts';
import type { UndoFacts } from './undo-facts.ts';

/** Seconds of all patience below put together: what an undo may take at worst. */
const UNDO_SECONDS_MAX = 4500;
/** An agent may take this long after a boot before it counts as broken. */
const AGENT_PATIENCE_MILLISECONDS = 600_000;
/** A host may stay silent this long after a reboot before it counts as dead; usual reboots take under two minutes. */
const SILENCE_PATIENCE_MILLISECONDS = 900_000;
/** A rollback may be delivered late (180 s), downloads (900 s) and then reboots. */
const ROLL_BACK_PATIENCE_MILLISECONDS = 1_500_000;
/** The same without a download: late delivery (180 s), the admin container's start and image, and the reboot. */
const FLIP_PATIENCE_MILLISECONDS = 600_000;
/** EC2 resets a host that does not shut down within four minutes (EC2 User Guide, reboot your instance). */
const EC2_REBOOT_MILLISECONDS = 300_000;

/** Seconds that an undo may take at worst. */
export function undoSecondsMax(policy: { readonly allowAdminContainer: boolean }): number {
  return UNDO_SECONDS_MAX + (policy.allowAdminContainer ? FLIP_PATIENCE_MILLISECONDS / 1000 : 0);
}

/** The undo has meant to take the host back to the old version. */
export function wasSentBack({ done }: UndoFacts): boolean {
  return done['roll-back'] !== undefined || done['flip-partitions'] !== undefined;
}

/** Until when a host may be busy with the last thing that rebooted it. */
export function hostDueAt({ beganAt, done }: UndoFacts): number {
  const rebootedAt = Math.max(beganAt, done['reboot-host'] ?? beganAt);
  const never = Number.NEGATIVE_INFINITY;
  return Math.max(
    rebootedAt + SILENCE_PATIENCE_MILLISECONDS,
    (done['flip-partitions'] ?? never) + FLIP_PATIENCE_MILLISECONDS,
    (done['roll-back'] ?? never) + ROLL_BACK_PATIENCE_MILLISECONDS,
  );
}

/** Until when the ECS agent may still connect; one that was seen connected has its time again (ECS: several an hour). */
export function agentDueAt(facts: UndoFacts): number {
  const { agentAwaySinceAt = Number.NEGATIVE_INFINITY, beganAt, cause, done } = facts;
  const rebooted = done['reboot-host'] !== undefined || wasSentBack(facts);
  const sinceAt = !rebooted && HOST_WAS_UP.has(cause.error) ? beganAt : hostDueAt(facts);
  return Math.max(sinceAt, agentAwaySinceAt) + AGENT_PATIENCE_MILLISECONDS;
}

/** Until when a reboot that was asked for may still happen to the boot that answered. */
export function harmlessAt(facts: UndoFacts, onOldBoot: boolean): number {
  const never = Number.NEGATIVE_INFINITY;
  return Math.max(
    // Other boots refuse the command: it names the old one.
    onOldBoot ? facts.notAfterAt + CLOCK_SKEW_MILLISECONDS : never,
    (facts.done['reboot-host'] ?? never) + EC2_REBOOT_MILLISECONDS,
  );
}
