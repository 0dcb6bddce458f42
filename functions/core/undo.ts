// Decides the next step of undoing a failed update: toward ACTIVE, except for an instance on a bad image.

import { judgeGone } from './gone.ts';
import { isoInstant } from './instant.ts';
import type { Outcome } from './model.ts';
import { neverRebooted, rebootedBefore } from './reboot.ts';
import { judgeReplacement } from './replacement.ts';
import type { UndoAction, UndoFacts } from './undo-facts.ts';
import { agentDueAt, harmlessAt, hostDueAt, wasSentBack } from './undo-patience.ts';

export type UndoStep =
  | { readonly kind: 'over'; readonly outcome: Outcome; readonly reason: string }
  | { readonly kind: 'return'; readonly outcome: Outcome; readonly reason: string }
  | { readonly kind: 'deregister'; readonly outcome: Outcome; readonly reason: string }
  | { readonly kind: 'act'; readonly action: UndoAction; readonly reason: string }
  | { readonly kind: 'wait'; readonly seconds: number; readonly reason: string };

const LOOK_AGAIN_SECONDS = 20;
/** A host that is waited for is asked this often: each time is a command. */
const ASK_AGAIN_MILLISECONDS = 60_000;
function wait(reason: string): UndoStep {
  return { kind: 'wait', seconds: LOOK_AGAIN_SECONDS, reason };
}

function act(action: UndoAction, reason: string): UndoStep {
  return { kind: 'act', action, reason };
}

function over(outcome: Outcome, reason: string): UndoStep {
  return { kind: 'over', outcome, reason };
}

/** Ends as ACTIVE without our mark. */
function comeBack(outcome: Outcome, reason: string): UndoStep {
  return { kind: 'return', outcome, reason };
}

/** Errors that mean the drain itself could not begin or end: nothing is wrong with the version. */
const DRAIN_ERRORS: ReadonlySet<string> = new Set(['DrainBlocked', 'DrainTimedOut']);

function outcomeBeforeReboot(error: string): Outcome {
  if (error === 'AnotherActor') return 'Yielded';
  return DRAIN_ERRORS.has(error) ? 'Blocked' : 'Failed';
}

function outcomeAfterReboot(error: string): Outcome {
  if (error === 'RebootedBefore') return 'Blocked';
  return error === 'FellBack' ? 'FellBack' : 'Failed';
}

/** One step at a time: every step is decided from the world as it is, so any of them may be repeated. */
export function decideUndo(facts: UndoFacts): UndoStep {
  const { instance, reached, cause, replacement, now } = facts;
  if (replacement) return judgeReplacement(replacement, instance, now);
  if (!instance) return { kind: 'over', ...judgeGone(facts) };
  if (reached === 'returned') {
    if (facts.confirmed) return over('Updated', `runs ${facts.toVersion} and serves`);
    if (instance.status !== 'ACTIVE' && !instance.owned) {
      const by = `somebody else set it to ${instance.status}`;
      return over('Yielded', `runs ${facts.toVersion}; ${by} before its daemons were seen`);
    }
    return over('NeedsAttention', `in service on ${facts.toVersion}, but ${cause.reason}`);
  }
  if (instance.status !== 'DRAINING') return undoNotDraining(facts, instance);
  if (!instance.owned) {
    return over('Yielded', 'somebody else drains it, or took our mark away');
  }
  // ECS would show it DRAINING for ever: agents deregister only what they are connected to.
  if (instance.obsolete !== undefined) {
    return { kind: 'deregister', ...judgeGone(facts) };
  }
  // Its return was decided, and did not succeed: to judge it anew would only find what happened since.
  if (facts.decided) return comeBack(facts.decided.outcome, facts.decided.reason);
  if (reached !== 'rebooting') return comeBack(outcomeBeforeReboot(cause.error), cause.reason);
  return undoOnHost(facts, instance.agentConnected);
}

const REBOOTS: ReadonlySet<UndoAction> = new Set(['flip-partitions', 'roll-back', 'reboot-host']);

const BROUGHT_HOME =
  'nothing was recorded of the rollout for a while; meanwhile the sweep verified it and returned it to service';

/** ACTIVE by our own return that was cut short, because it never became DRAINING, or by somebody else. */
function undoNotDraining(facts: UndoFacts, instance: NonNullable<UndoFacts['instance']>): UndoStep {
  const { cause, done, reached } = facts;
  const byOthers = `somebody else set it to ${instance.status} during the update`;
  if (instance.status !== 'ACTIVE') return over('Yielded', byOthers);
  if (facts.broughtHome) return over('Yielded', BROUGHT_HOME);
  const end = instance.owned ? comeBack : over;
  if (reached !== 'rebooting') return end(outcomeBeforeReboot(cause.error), cause.reason);
  if (facts.decided) return end(facts.decided.outcome, facts.decided.reason);
  if (done['return-to-service'] !== undefined) {
    if (wasSentBack(facts)) return end('RolledBack', rolledBack(facts));
    return end(outcomeAfterReboot(cause.error), cause.reason);
  }
  if (!instance.owned) return over('Yielded', byOthers);
  const step = undoOnHost(facts, instance.agentConnected);
  // Tasks may run on it again: its host may be asked, but not rebooted.
  const reboots = step.kind === 'act' && REBOOTS.has(step.action);
  return reboots ? comeBack('Yielded', byOthers) : step;
}

function undoOnHost(facts: UndoFacts, agentConnected: boolean): UndoStep {
  const { host } = facts;
  switch (host.kind) {
    case 'not-asked':
      return act('ask-host', 'only the host knows what it booted');
    case 'asked':
      return wait('the host has not answered yet');
    case 'silent':
      return undoSilent(facts, host.reason);
    case 'unclear':
      return undoUnclear(facts, host.reason);
    case 'answered':
      break;
  }
  const onOldBoot = host.bootId === facts.bootIdBefore;
  const { rebootDueAt } = facts;
  if (onOldBoot && rebootDueAt !== undefined && facts.now < rebootDueAt) {
    return awaitReboot(facts, rebootDueAt);
  }
  if (onOldBoot && host.updateState === 'Ready') return undoArmed(facts);
  const unsettled = undoUnsettled(facts, onOldBoot);
  if (unsettled) return unsettled;
  if (onOldBoot) return comeBack('Failed', neverRebooted(facts));
  if (host.version === facts.fromVersion) return undoOldVersion(facts, agentConnected);
  if (host.version === facts.toVersion) return undoNewVersion(facts, agentConnected);
  return over(
    'NeedsAttention',
    `it came back on ${host.version}, neither ${facts.fromVersion} nor ${facts.toVersion}: the version lock did not hold; ${left(facts)}`,
  );
}

/** Nothing is taken back from a host that is about to go down, and it is given back only when it no longer is. */
function awaitReboot({ done, now }: UndoFacts, dueAt: number): UndoStep {
  const why = `its host took the reboot command, and may go down until ${isoInstant(dueAt)}`;
  const isFresh = now - (done['ask-host'] ?? 0) < ASK_AGAIN_MILLISECONDS;
  return isFresh ? wait(why) : act('ask-host', why);
}

function left({ instance }: UndoFacts): string {
  return instance?.status === 'DRAINING' ? 'left drained' : 'somebody else has it in service';
}

/** It lives: neither an EC2 reboot nor a replacement would be right, and nothing says what it runs. */
function undoUnclear(facts: UndoFacts, why: string): UndoStep {
  return facts.now < hostDueAt(facts)
    ? act('ask-host', `it answers, but cannot be understood (${why}); asked again`)
    : over(
        'NeedsAttention',
        `it answers, but nothing that can be understood (${why}); ${left(facts)}`,
      );
}

function undoSilent(facts: UndoFacts, why: string): UndoStep {
  if (facts.now < hostDueAt(facts)) {
    return act('ask-host', `it did not answer (${why}); asked again`);
  }
  // It came back at least once, so it is not an image that does not boot.
  if (facts.unclearAt !== undefined) return undoUnclear(facts, why);
  if (facts.policy.rebootDead && facts.done['reboot-host'] === undefined) {
    return act(
      'reboot-host',
      'it never came back; one EC2 reboot lets an image that did not boot fall back',
    );
  }
  if (facts.policy.replaceDead && facts.instance?.status === 'DRAINING') {
    return act('replace-host', 'it never came back: its Auto Scaling group is to replace it');
  }
  return over(
    'NeedsAttention',
    `it never came back after its reboot (${why}); ${left(facts)}: replace it`,
  );
}

/** An answer proves nothing while a reboot can still follow it, nor when it was given before that. */
function undoUnsettled(facts: UndoFacts, onOldBoot: boolean): UndoStep | undefined {
  const at = harmlessAt(facts, onOldBoot);
  if (facts.now <= at) return wait(`a reboot command could still arrive until ${isoInstant(at)}`);
  return (facts.done['ask-host'] ?? 0) <= at
    ? act('ask-host', 'no reboot command can arrive any more; asked once more what it runs')
    : undefined;
}

/** Not rebooted, and any reboot would boot the update: taken back before anything else. */
function undoArmed(facts: UndoFacts): UndoStep {
  const patientUntilAt = Math.max(hostDueAt(facts), harmlessAt(facts, true));
  if (facts.done.cancel !== undefined && facts.now > patientUntilAt) {
    return over(
      'NeedsAttention',
      `${facts.toVersion} stays active on it and cannot be taken back, so any reboot would boot it; ${left(facts)}`,
    );
  }
  return act('cancel', 'the update is active, so any reboot would boot it: taken back first');
}

function rolledBack({ cause, fromVersion }: UndoFacts): string {
  return `${cause.reason}; rolled back to ${fromVersion}`;
}

/** Another boot of the old version, though we never took it back there: by itself, or by others before its turn. */
function notByUs(facts: UndoFacts): UndoStep {
  const { cause, fromVersion, host, toVersion } = facts;
  if (cause.error === 'RebootedBefore') return comeBack('Blocked', cause.reason);
  const upSinceAt = host.kind === 'answered' ? host.upSinceAt : undefined;
  const before = rebootedBefore({ ...facts, upSinceAt });
  if (before !== undefined) return comeBack('Blocked', before);
  if (facts.done.cancel !== undefined) {
    const why = `it rebooted only when the update was being taken back (${cause.reason})`;
    return comeBack('Failed', `${why}; in service on ${fromVersion}`);
  }
  const how = facts.done['reboot-host'] === undefined ? 'by itself' : 'after one EC2 reboot';
  return comeBack(
    'FellBack',
    `${toVersion} did not boot; the host fell back to ${fromVersion} ${how}`,
  );
}

function undoOldVersion(facts: UndoFacts, agentConnected: boolean): UndoStep {
  const { fromVersion } = facts;
  if (agentConnected) {
    return wasSentBack(facts) ? comeBack('RolledBack', rolledBack(facts)) : notByUs(facts);
  }
  if (facts.now < agentDueAt(facts)) {
    return act('ask-host', 'back on the old version, its ECS agent is not connected yet');
  }
  return over(
    'NeedsAttention',
    `back on ${fromVersion}, but its ECS agent does not connect; ${left(facts)}`,
  );
}

/** Once it failed by its posture, a better second look would only show that it changes. */
function postureFailure({ cause, host }: UndoFacts): string | undefined {
  if (cause.error === 'PostureFailed') return cause.reason;
  return host.kind === 'answered' ? host.postureFailure : undefined;
}

function undoNewVersion(facts: UndoFacts, agentConnected: boolean): UndoStep {
  const { cause, fromVersion, toVersion } = facts;
  if (wasSentBack(facts)) return undoNotYetBack(facts);
  const weak = postureFailure(facts);
  const why = weak ?? cause.reason;
  if (agentConnected && weak === undefined) {
    return comeBack('Updated', `runs ${toVersion}, later than expected: ${cause.reason}`);
  }
  if (weak === undefined && facts.now < agentDueAt(facts)) {
    return act('ask-host', 'its ECS agent may still connect');
  }
  if (!facts.policy.onVerifyFailure) {
    return over(
      'NeedsAttention',
      `${why}; the policy allows no rollback; ${left(facts)} on ${toVersion}`,
    );
  }
  return facts.policy.allowAdminContainer
    ? act('flip-partitions', `${why}; back to ${fromVersion} by flipping the partition sets`)
    : act('roll-back', `${why}; back to ${fromVersion}`);
}

/** Sent back, and on the new version still: not rebooted yet, or the host could not do it that way. */
function undoNotYetBack(facts: UndoFacts): UndoStep {
  const { cause, done, fromVersion, now, rollBackRefused, toVersion } = facts;
  if (facts.rollBackUnsent) {
    return act(
      done['roll-back'] === undefined ? 'flip-partitions' : 'roll-back',
      `nobody knows whether the rollback to ${fromVersion} was sent; sent again: its host does it only once`,
    );
  }
  if (rollBackRefused === undefined && now < hostDueAt(facts)) {
    return act('ask-host', 'the rollback has not rebooted it yet');
  }
  const why = rollBackRefused ?? 'it did not reboot';
  if (done['roll-back'] === undefined) {
    return act(
      'roll-back',
      `flipping the partition sets failed (${why}); back to ${fromVersion} by download`,
    );
  }
  return over(
    'NeedsAttention',
    `${cause.reason}; the rollback to ${fromVersion} did not happen (${why}); ${left(facts)} on ${toVersion}`,
  );
}
