// What an execution, or the sweep in its place, does to one container instance: one effect at a time.

import { judgeAgent } from '../../../functions/core/agent.ts';
import { judgeReboot } from '../../../functions/core/reboot.ts';
import { decideUndo, type UndoStep } from '../../../functions/core/undo.ts';
import type {
  HostFacts,
  UndoAction,
  UndoDone,
  UndoFacts,
} from '../../../functions/core/undo-facts.ts';
import { type Instance, type Place, settled, TICK_SECONDS } from './state.ts';

/** The core is only ever told how long ago something was. */
const NOW = Date.parse('2026-11-24T02:00:00Z');
const NOT_AFTER_SECONDS = 180;

function instant(age: number): number {
  return NOW - age * TICK_SECONDS * 1000;
}

function notAfterAt({ rebootSentAge }: Instance): number {
  return rebootSentAge === undefined ? 0 : instant(rebootSentAge) + NOT_AFTER_SECONDS * 1000;
}

function to(one: Instance, place: Place, over: Partial<Instance> = {}): Instance {
  return { ...one, ...over, place };
}

/** As a Catch does it: from here on the undo decides. */
function fail(one: Instance, error: string): Instance {
  const undo = one.undo ?? { error, age: 0, done: {}, probe: { kind: 'none' } as const };
  return to(one, 'undo', { undo });
}

function reached(one: Instance): UndoFacts['reached'] {
  if (one.isReturned) return 'returned';
  if (one.rebootSentAge !== undefined) return 'rebooting';
  return one.drainedAge === undefined ? 'nothing' : 'draining';
}

function hostFacts({ undo }: Instance): HostFacts {
  const probe = undo?.probe ?? { kind: 'none' };
  switch (probe.kind) {
    case 'none':
      return { kind: 'not-asked' };
    case 'sent':
      return { kind: 'asked', sentAt: NOW };
    case 'silent':
      return { kind: 'silent', reason: 'no answer' };
    case 'answered':
      return {
        kind: 'answered',
        bootId: String(probe.boot),
        version: probe.version,
        updateState: probe.ready ? 'Ready' : 'Idle',
      };
  }
}

function undoStep(one: Instance): UndoStep {
  const { undo } = one;
  const done = Object.entries(undo?.done ?? {}).map(([action, at]) => [action, instant(at)]);
  return decideUndo({
    now: NOW,
    ec2InstanceId: 'i-1',
    cause: { error: undo?.error ?? '', reason: 'it failed' },
    reached: reached(one),
    instance: { status: one.status, owned: one.marked, agentConnected: one.agent },
    confirmed: one.isReturned && one.status === 'ACTIVE' && one.agent,
    host: hostFacts(one),
    bootIdBefore: String(one.bootBefore),
    fromVersion: 'from',
    toVersion: 'to',
    notAfterAt: notAfterAt(one),
    rebootSentAt: one.rebootSentAge === undefined ? undefined : instant(one.rebootSentAge),
    beganAt: instant(undo?.age ?? 0),
    done: Object.fromEntries(done) as UndoDone,
    decided: undo?.decided && { outcome: undo.decided, reason: 'decided before' },
    policy: { onVerifyFailure: true, rebootDead: true },
  });
}

/** The intent of an action is written, then it is carried out; what the host makes of it is the world's. */
function act(one: Instance, action: UndoAction): Instance {
  const { undo } = one;
  if (!undo) return one;
  const noted: Instance = {
    ...one,
    undo: { ...undo, done: { ...undo.done, [action]: 0 }, probe: { kind: 'none' } },
  };
  switch (action) {
    case 'ask-host':
      return {
        ...noted,
        undo: { ...undo, done: { ...undo.done, [action]: 0 }, probe: { kind: 'sent' } },
      };
    case 'cancel':
      return one.host === 'up' ? { ...noted, armed: false } : noted;
    case 'roll-back':
      return { ...noted, command: { kind: 'roll-back', boot: one.boot } };
    case 'reboot-host':
      // A host that hangs is reset; one that is up shuts down.
      return {
        ...noted,
        host: 'booting',
        agent: false,
        agentVersion: one.agent ? one.agentVersion + 1 : one.agentVersion,
        reboots: { ...one.reboots, ec2: one.reboots.ec2 + 1 },
      };
    default:
      return noted;
  }
}

function undo(one: Instance): Instance | undefined {
  const step = undoStep(one);
  switch (step.kind) {
    case 'over':
      return to(one, 'record', { result: step.outcome });
    case 'return':
      return to(one, 'undo-activate', {
        result: step.outcome,
        undo: one.undo && {
          ...one.undo,
          done: { ...one.undo.done, 'return-to-service': 0 },
          decided: step.outcome,
        },
      });
    case 'act':
      return act(one, step.action);
    default:
      // Waiting: only time, or the host, changes anything.
      return undefined;
  }
}

function lookAtBoot(one: Instance): Instance | undefined {
  if (one.host !== 'up') {
    return (one.rebootSentAge ?? 0) > 0 ? fail(one, 'RebootTimedOut') : undefined;
  }
  const verdict = judgeReboot(
    { bootId: String(one.boot), os: { version: one.version } },
    {
      bootIdBefore: String(one.bootBefore),
      fromVersion: 'from',
      toVersion: 'to',
      rebootSentAt: instant(one.rebootSentAge ?? 0),
      notAfterAt: notAfterAt(one),
    },
    NOW,
  );
  switch (verdict.kind) {
    case 'booted':
      return to(one, 'await-agent');
    case 'not-yet':
      return undefined;
    case 'never':
      return fail(one, 'RebootTimedOut');
    case 'fell-back':
      return fail(one, 'FellBack');
    case 'rebooted-before':
      return fail(one, 'RebootedBefore');
    case 'wrong-version':
      return fail(one, 'WrongVersion');
  }
}

function noteReturn(one: Instance): Instance {
  if (one.status !== 'DRAINING' || !one.marked) return fail(one, 'AnotherActor');
  const seen = { agentConnected: one.agent, version: one.agentVersion };
  return judgeAgent(seen, one.seenAgentVersion).kind === 'settled'
    ? to(one, 'activate')
    : fail(one, 'AgentUnsettled');
}

/** The next effect of whoever works on it; undefined: nothing to do until the world changes. */
export function workOn(one: Instance): Instance | undefined {
  switch (one.place) {
    case 'note-drain':
      return to(one, 'mark', { drainedAge: 0 });
    case 'mark':
      return to(one, 'drain', { marked: true });
    case 'drain':
      return to(one, 'await-drain', { status: 'DRAINING', foreign: false });
    case 'await-drain':
      if (one.status !== 'DRAINING') return fail(one, 'AnotherActor');
      if (!one.hasTasks) return to(one, 'note-reboot');
      return (one.drainedAge ?? 0) > 0 ? fail(one, 'DrainTimedOut') : undefined;
    case 'note-reboot':
      if (one.status !== 'DRAINING' || !one.marked) return fail(one, 'AnotherActor');
      return to(one, 'send-reboot', { rebootSentAge: 0 });
    case 'send-reboot':
      return to(one, 'await-boot', { command: { kind: 'reboot', boot: one.bootBefore } });
    case 'await-boot':
      return lookAtBoot(one);
    case 'await-agent':
      if (one.status !== 'DRAINING' || !one.marked) return fail(one, 'AnotherActor');
      if (one.agent) return to(one, 'note-return', { seenAgentVersion: one.agentVersion });
      return (one.rebootSentAge ?? 0) > 1 ? fail(one, 'VerifyTimedOut') : undefined;
    case 'note-return':
      return noteReturn(one);
    case 'activate':
      return to(one, 'unmark', { status: 'ACTIVE' });
    case 'unmark':
      return to(one, 'note-returned', { marked: false });
    case 'note-returned':
      return to(one, 'confirm', { isReturned: true });
    case 'confirm':
      return one.agent ? to(one, 'record', { result: 'Updated' }) : fail(one, 'ConfirmTimedOut');
    case 'undo':
      return undo(one);
    case 'undo-activate':
      return to(one, 'undo-unmark', { status: 'ACTIVE' });
    case 'undo-unmark':
      return to(one, 'record', { marked: false });
    case 'record':
      return settled({ ...one, outcome: one.result });
    case 'dead':
      // The sweep finds it without a wait and without an execution.
      return { ...fail(one, 'Orphaned'), bySweep: true };
    default:
      return undefined;
  }
}
