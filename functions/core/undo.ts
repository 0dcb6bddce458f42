// Decides the next step of undoing a failed update: toward ACTIVE, except for an instance on a bad image.

import { isoInstant } from './instant.ts';
import type { Outcome } from './model.ts';

/** What the host said when asked, or that it did not. */
export type HostFacts =
  | { readonly kind: 'not-asked' }
  | { readonly kind: 'asked'; readonly sentAt: number }
  | { readonly kind: 'silent'; readonly reason: string }
  | {
      readonly kind: 'answered';
      readonly bootId: string;
      readonly version: string;
      readonly updateState: string | null;
    };

/** What has been done, each at most once unless said. */
export type UndoAction = 'ask-host' | 'cancel' | 'roll-back' | 'reboot-host' | 'return-to-service';

export interface UndoFacts {
  readonly now: number;
  readonly ec2InstanceId: string;
  /** The name of the error that led here, and its sentence. */
  readonly cause: { readonly error: string; readonly reason: string };
  /** How far the update got: the last durable intent. */
  readonly reached: 'nothing' | 'draining' | 'rebooting' | 'returned';
  /** As ECS shows it now; undefined: it no longer exists. */
  readonly instance:
    | {
        readonly status: string;
        readonly owned: boolean;
        readonly agentConnected: boolean;
      }
    | undefined;
  readonly host: HostFacts;
  readonly bootIdBefore: string;
  readonly fromVersion: string;
  readonly toVersion: string;
  /** Epoch milliseconds after which a reboot command we sent does nothing any more. */
  readonly notAfterAt: number;
  readonly beganAt: number;
  /** When each action was last done. */
  readonly done: Partial<Record<UndoAction, number>>;
  readonly policy: { readonly onVerifyFailure: boolean; readonly rebootDead: boolean };
}

export type UndoStep =
  | { readonly kind: 'over'; readonly outcome: Outcome; readonly reason: string }
  | { readonly kind: 'return'; readonly outcome: Outcome; readonly reason: string }
  | { readonly kind: 'act'; readonly action: UndoAction; readonly reason: string }
  | { readonly kind: 'wait'; readonly seconds: number; readonly reason: string };

const LOOK_AGAIN_SECONDS = 20;
/** An agent may take this long after a boot before it counts as broken. */
const AGENT_PATIENCE_MILLISECONDS = 600_000;
/** A host may stay silent this long after a reboot before it counts as dead; usual reboots take under two minutes. */
const SILENCE_PATIENCE_MILLISECONDS = 900_000;
/** The host's clock and ours may differ by so much. */
const CLOCK_SKEW_MILLISECONDS = 120_000;

function wait(reason: string): UndoStep {
  return { kind: 'wait', seconds: LOOK_AGAIN_SECONDS, reason };
}

/** Errors that mean the drain itself could not begin or end: nothing is wrong with the version. */
const DRAIN_ERRORS: ReadonlySet<string> = new Set(['DrainBlocked', 'DrainTimedOut']);

function outcomeBeforeReboot(error: string): Outcome {
  return DRAIN_ERRORS.has(error) ? 'Blocked' : 'Failed';
}

/** One step at a time: every step is decided from the world as it is, so any of them may be repeated. */
export function decideUndo(facts: UndoFacts): UndoStep {
  const { instance, reached, cause } = facts;
  if (!instance) {
    return { kind: 'over', outcome: 'Gone', reason: 'it was terminated during the update' };
  }
  if (reached === 'returned') {
    return {
      kind: 'over',
      outcome: 'NeedsAttention',
      reason: `in service on ${facts.toVersion}, but ${cause.reason}`,
    };
  }
  if (instance.status !== 'DRAINING' && !instance.owned) {
    return reached === 'nothing' || facts.done['return-to-service'] !== undefined
      ? { kind: 'over', outcome: outcomeBeforeReboot(cause.error), reason: cause.reason }
      : {
          kind: 'over',
          outcome: 'Yielded',
          reason: `somebody else set it to ${instance.status} during the update`,
        };
  }
  if (!instance.owned) {
    return {
      kind: 'over',
      outcome: 'Yielded',
      reason: 'somebody else drains it, or took our mark away',
    };
  }
  if (reached !== 'rebooting') {
    return { kind: 'return', outcome: outcomeBeforeReboot(cause.error), reason: cause.reason };
  }
  return undoOnHost(facts, instance.agentConnected);
}

function undoOnHost(facts: UndoFacts, agentConnected: boolean): UndoStep {
  const { host } = facts;
  switch (host.kind) {
    case 'not-asked':
      return { kind: 'act', action: 'ask-host', reason: 'only the host knows what it booted' };
    case 'asked':
      return wait('the host has not answered yet');
    case 'silent':
      return undoSilent(facts, host.reason);
    case 'answered':
      break;
  }
  if (host.bootId === facts.bootIdBefore) return undoNotRebooted(facts, host.updateState);
  if (host.version === facts.fromVersion) return undoOldVersion(facts, agentConnected);
  if (host.version === facts.toVersion) return undoNewVersion(facts, agentConnected);
  return {
    kind: 'over',
    outcome: 'NeedsAttention',
    reason: `it came back on ${host.version}, neither ${facts.fromVersion} nor ${facts.toVersion}: the version lock did not hold; left drained`,
  };
}

function undoSilent(facts: UndoFacts, why: string): UndoStep {
  const since = Math.max(facts.beganAt, facts.done['reboot-host'] ?? 0);
  if (facts.now - since < SILENCE_PATIENCE_MILLISECONDS) {
    return { kind: 'act', action: 'ask-host', reason: `it did not answer (${why}); asked again` };
  }
  if (facts.policy.rebootDead && facts.done['reboot-host'] === undefined) {
    return {
      kind: 'act',
      action: 'reboot-host',
      reason: 'it never came back; one EC2 reboot lets an image that did not boot fall back',
    };
  }
  return {
    kind: 'over',
    outcome: 'NeedsAttention',
    reason: `it never came back after its reboot (${why}); left drained: replace it`,
  };
}

/** Still on the old boot: make sure it will not reboot later, then return it. */
function undoNotRebooted(facts: UndoFacts, updateState: string | null): UndoStep {
  const harmlessAt = facts.notAfterAt + CLOCK_SKEW_MILLISECONDS;
  if (updateState === 'Ready') {
    return {
      kind: 'act',
      action: 'cancel',
      reason: 'the update is active, so any reboot would boot it: taken back first',
    };
  }
  if (facts.now <= harmlessAt) {
    return wait(`a reboot command could still arrive until ${isoInstant(harmlessAt)}`);
  }
  return {
    kind: 'return',
    outcome: 'Failed',
    reason: `it never rebooted (${facts.cause.reason}); in service on ${facts.fromVersion}`,
  };
}

function undoOldVersion(facts: UndoFacts, agentConnected: boolean): UndoStep {
  const rolledBack = facts.done['roll-back'] !== undefined;
  if (agentConnected) {
    return rolledBack
      ? {
          kind: 'return',
          outcome: 'RolledBack',
          reason: `${facts.cause.reason}; rolled back to ${facts.fromVersion}`,
        }
      : {
          kind: 'return',
          outcome: 'FellBack',
          reason: `${facts.toVersion} did not boot; the host fell back to ${facts.fromVersion} by itself`,
        };
  }
  if (facts.now - facts.beganAt < AGENT_PATIENCE_MILLISECONDS) {
    return {
      kind: 'act',
      action: 'ask-host',
      reason: 'back on the old version, its ECS agent is not connected yet',
    };
  }
  return {
    kind: 'over',
    outcome: 'NeedsAttention',
    reason: `back on ${facts.fromVersion}, but its ECS agent does not connect; left drained`,
  };
}

function undoNewVersion(facts: UndoFacts, agentConnected: boolean): UndoStep {
  const rolledBackAt = facts.done['roll-back'];
  if (rolledBackAt !== undefined) {
    if (facts.now - rolledBackAt < SILENCE_PATIENCE_MILLISECONDS) {
      return { kind: 'act', action: 'ask-host', reason: 'the rollback has not rebooted it yet' };
    }
    return {
      kind: 'over',
      outcome: 'NeedsAttention',
      reason: `${facts.cause.reason}; the rollback to ${facts.fromVersion} did not happen; left drained on ${facts.toVersion}`,
    };
  }
  if (agentConnected) {
    return {
      kind: 'return',
      outcome: 'Updated',
      reason: `runs ${facts.toVersion}, later than expected: ${facts.cause.reason}`,
    };
  }
  if (facts.now - facts.beganAt < AGENT_PATIENCE_MILLISECONDS) {
    return { kind: 'act', action: 'ask-host', reason: 'its ECS agent may still connect' };
  }
  if (!facts.policy.onVerifyFailure) {
    return {
      kind: 'over',
      outcome: 'NeedsAttention',
      reason: `${facts.cause.reason}; the policy allows no rollback, so it is left drained on ${facts.toVersion}`,
    };
  }
  return {
    kind: 'act',
    action: 'roll-back',
    reason: `${facts.cause.reason}; back to ${facts.fromVersion}`,
  };
}
