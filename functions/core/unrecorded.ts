// Decides what becomes of a container instance that carries our mark while nothing is recorded of its rollout.

import { isoInstant } from './instant.ts';
import type { HostFacts } from './undo-facts.ts';
import type { WayBack } from './way-back.ts';

export type UnrecordedStep =
  /** Somebody may still be at work on it. */
  | { readonly kind: 'wait'; readonly reason: string }
  /** In service: only our mark is left on it. */
  | { readonly kind: 'let-go'; readonly reason: string }
  /** Its machine is gone, or registered anew: ECS would show it DRAINING for ever. */
  | { readonly kind: 'deregister'; readonly reason: string }
  /** Has the host put its settings back too, if this version runs. */
  | { readonly kind: 'ask-host'; readonly expectVersion: string; readonly reason: string }
  | { readonly kind: 'cancel'; readonly reason: string }
  | { readonly kind: 'return'; readonly reason: string }
  /** A person is needed; looked at again all the same. */
  | { readonly kind: 'stranded'; readonly askAgain: boolean; readonly reason: string };

export interface UnrecordedFacts {
  /** Epoch milliseconds, as are all instants. */
  readonly now: number;
  readonly rolloutId: string;
  /** As ECS shows it now. */
  readonly status: string;
  readonly agentConnected: boolean;
  /** Why nothing will ever come of this registration, if so. */
  readonly obsolete: 'terminated' | 'registered-anew' | undefined;
  /** What its mark says of how it was. */
  readonly wayBack: WayBack | undefined;
  /** The execution that drained it; `endedAt` is undefined when Step Functions has forgotten it. */
  readonly execution: { readonly running: boolean; readonly endedAt?: number | undefined };
  /** Until when a command that was sent may still reboot it. */
  readonly rebootsUntilAt: number | undefined;
  /** When `cancel` was last sent. */
  readonly cancelledAt: number | undefined;
  /** What the host said to the last question of ours, when it was asked, and which version was expected. */
  readonly host: HostFacts;
  readonly askedAt: number | undefined;
  readonly expectedVersion: string | undefined;
}

/**
 * A function may outlive its execution by its own time limit, 60 seconds, and an EC2 reboot takes up to 300 seconds to
 * happen (EC2 User Guide, reboot your instance).
 */
export const SETTLED_MILLISECONDS = 360_000;
/** An answer says nothing of what happened to the host long after it. */
const ANSWER_FRESH_MILLISECONDS = 1_500_000;
/** A host that stays silent is asked again, but not at every look. */
const ASK_AGAIN_MILLISECONDS = 540_000;

/** From when on nothing that was begun before the record was lost can still happen. */
function quietFrom({ execution, rebootsUntilAt, cancelledAt }: UnrecordedFacts): number {
  return Math.max(
    (execution.endedAt ?? 0) + SETTLED_MILLISECONDS,
    rebootsUntilAt ?? 0,
    cancelledAt ?? 0,
  );
}

export function decideUnrecorded(facts: UnrecordedFacts): UnrecordedStep {
  const { now, rolloutId, status, wayBack, execution, askedAt, obsolete } = facts;
  if (execution.running) return { kind: 'wait', reason: 'its execution has not ended yet' };
  const quietAt = quietFrom(facts);
  if (now <= quietAt) {
    return {
      kind: 'wait',
      reason: `something may still happen to it until ${isoInstant(quietAt)}`,
    };
  }
  const why = `nothing is recorded of rollout ${rolloutId}, whose mark it carries`;
  if (status === 'ACTIVE') return { kind: 'let-go', reason: `${why}; it is in service` };
  if (status !== 'DRAINING') return { kind: 'wait', reason: `it is ${status}` };
  if (obsolete !== undefined) {
    const what =
      obsolete === 'terminated'
        ? 'its EC2 instance was terminated'
        : 'its ECS agent registered it anew';
    return { kind: 'deregister', reason: `${why}; ${what}` };
  }
  const { fromVersion, toVersion, bootIdBefore } = wayBack ?? {};
  if (fromVersion === undefined || toVersion === undefined || bootIdBefore === undefined) {
    const reason = `${why}, and the mark does not say how it was; left drained`;
    return { kind: 'stranded', askAgain: false, reason };
  }
  // An answer from before that instant proves nothing.
  const isFresh =
    askedAt !== undefined && askedAt > quietAt && now - askedAt < ANSWER_FRESH_MILLISECONDS;
  if (!isFresh) {
    const expectVersion = facts.rebootsUntilAt === undefined ? fromVersion : toVersion;
    return { kind: 'ask-host', expectVersion, reason: `${why}; its host is asked what it runs` };
  }
  return judgeHost(facts, { why, fromVersion, toVersion, bootIdBefore });
}

interface Known {
  readonly why: string;
  readonly fromVersion: string;
  readonly toVersion: string;
  readonly bootIdBefore: string;
}

function stranded(facts: UnrecordedFacts, reason: string): UnrecordedStep {
  const askAgain = facts.now - (facts.askedAt ?? 0) >= ASK_AGAIN_MILLISECONDS;
  return { kind: 'stranded', askAgain, reason: `${reason}; left drained` };
}

/** The same that every instance must show before it is returned: its boot, its version, its agent. */
function judgeHost(facts: UnrecordedFacts, known: Known): UnrecordedStep {
  const { host, agentConnected, wayBack, cancelledAt, expectedVersion } = facts;
  const { why, fromVersion, toVersion, bootIdBefore } = known;
  switch (host.kind) {
    case 'not-asked':
    case 'asked':
      return { kind: 'wait', reason: 'its host has not answered yet' };
    case 'silent':
      return stranded(facts, `${why}, and its host does not answer (${host.reason})`);
    case 'unclear':
      return stranded(facts, `${why}, and its host cannot be understood (${host.reason})`);
    case 'answered':
      break;
  }
  const { version, bootId, updateState } = host;
  const onOldBoot = bootId === bootIdBefore;
  if (onOldBoot && updateState === 'Ready') {
    if (cancelledAt === undefined) {
      const reason = `${why}; the update is active on it, so any reboot would boot it: taken back first`;
      return { kind: 'cancel', reason };
    }
    return stranded(facts, `${why}; ${toVersion} stays active on it and cannot be taken back`);
  }
  if (version !== fromVersion && version !== toVersion) {
    return stranded(facts, `${why}; it runs ${version}, neither ${fromVersion} nor ${toVersion}`);
  }
  if (!agentConnected) {
    return stranded(facts, `${why}; it runs ${version}, but its ECS agent is not connected`);
  }
  const owes = wayBack?.saved !== undefined && host.restored !== true;
  if (owes && expectedVersion !== version) {
    const reason = `${why}; it runs ${version}, its update settings are put back first`;
    return { kind: 'ask-host', expectVersion: version, reason };
  }
  const settings =
    wayBack?.saved === undefined || owes
      ? '; its update settings could not be put back: look at settings.updates on the host'
      : '';
  const boot = onOldBoot ? 'it was not rebooted' : 'it has rebooted since';
  return {
    kind: 'return',
    reason: `${why}; ${boot}, runs ${version} and its ECS agent is connected${settings}`,
  };
}
