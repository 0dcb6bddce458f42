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
  | { readonly kind: 'return'; readonly outcome: Outcome; readonly reason: string }
  | { readonly kind: 'act'; readonly action: 'replace-host'; readonly reason: string }
  | { readonly kind: 'wait'; readonly seconds: number; readonly reason: string };

const LOOK_AGAIN_SECONDS = 30;
/** A group launches within minutes; an instance whose capacity EC2 does not have may never come. */
const REPLACEMENT_PATIENCE_MILLISECONDS = 1_800_000;

function needsAttention(reason: string): ReplacementStep {
  return { kind: 'over', outcome: 'NeedsAttention', reason };
}

/** The dead one as ECS shows it. */
interface Registered {
  readonly status: string;
  /** It carries our mark. */
  readonly owned: boolean;
  readonly obsolete?: string | undefined;
}

/** What lives may be serving again: then it is no longer ours to terminate. */
function takenByOthers({ status, owned, obsolete }: Registered): boolean {
  return obsolete === undefined && (status === 'ACTIVE' || !owned);
}

/** @param registered Undefined: it is no container instance of the cluster any more. */
export function judgeReplacement(
  replacement: Replacement,
  registered: Registered | undefined,
  now: number,
): ReplacementStep {
  const { autoScalingGroupName: group, beganAt, joined } = replacement;
  const dead = 'it never came back after its reboot';
  if (registered && takenByOthers(registered)) {
    const what = registered.status === 'ACTIVE' ? 'set it to ACTIVE' : 'took our mark away';
    const reason = `somebody else ${what} while it was to be replaced`;
    return { kind: registered.owned ? 'return' : 'over', outcome: 'Yielded', reason };
  }
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
