// Decides how the replacement of a dead host goes on: its Auto Scaling group brings another one, or a person must.

import type { Outcome } from './model.ts';

/** A replacement that was begun. */
export interface Replacement {
  readonly beganAt: number;
  /** Absent: it belongs to none, so nobody would bring another one. */
  readonly autoScalingGroupName?: string | undefined;
  /** EC2 instance id of a newcomer of the group that serves: registered, ACTIVE, its agent connected. */
  readonly joined?: string | undefined;
}

export type ReplacementStep =
  | { readonly kind: 'over'; readonly outcome: Outcome; readonly reason: string }
  | { readonly kind: 'act'; readonly action: 'replace-host'; readonly reason: string }
  | { readonly kind: 'wait'; readonly seconds: number; readonly reason: string };

const LOOK_AGAIN_SECONDS = 30;
/** A group launches within minutes; an instance whose capacity EC2 does not have may never come. */
const REPLACEMENT_PATIENCE_MILLISECONDS = 1_800_000;

function needsAttention(reason: string): ReplacementStep {
  return { kind: 'over', outcome: 'NeedsAttention', reason };
}

/** @param registered Whether the dead one is a container instance of the cluster still. */
export function judgeReplacement(
  replacement: Replacement,
  registered: boolean,
  now: number,
): ReplacementStep {
  const { autoScalingGroupName: group, beganAt, joined } = replacement;
  const dead = 'it never came back after its reboot';
  if (group === undefined) {
    return needsAttention(
      `${dead}, and it is in no Auto Scaling group that would bring another one; left drained: replace it`,
    );
  }
  const overdue = now >= beganAt + REPLACEMENT_PATIENCE_MILLISECONDS;
  if (registered) {
    return overdue
      ? needsAttention(`${dead}, and its replacement in group ${group} failed; left drained`)
      : { kind: 'act', action: 'replace-host', reason: `${dead}: group ${group} replaces it` };
  }
  if (joined !== undefined) {
    const reason = `${dead}; terminated, ${joined} took its place in group ${group}`;
    return { kind: 'over', outcome: 'Replaced', reason };
  }
  if (overdue) {
    return needsAttention(
      `${dead} and was terminated, but group ${group} brought no container instance within 30 minutes`,
    );
  }
  const reason = `waits for a new container instance of group ${group}`;
  return { kind: 'wait', seconds: LOOK_AGAIN_SECONDS, reason };
}
