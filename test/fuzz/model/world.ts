// What the world may do to one container instance at any moment, whatever we are at.

import { aged, type Instance } from './state.ts';
import { workOn } from './work.ts';

function lose(one: Instance): Pick<Instance, 'agent' | 'agentVersion'> {
  return { agent: false, agentVersion: one.agent ? one.agentVersion + 1 : one.agentVersion };
}

/** A command arrives: it is carried out, or it is lost. A roll-back needs no not-after here: it names its boot. */
function commands(one: Instance): Instance[] {
  const { command } = one;
  if (!command) return [];
  const lost = { ...one, command: undefined };
  // The host refuses what names another boot; a reboot command is refused after its time.
  const isLate = command.kind === 'reboot' && (one.rebootSentAge ?? 0) > 0;
  if (one.host !== 'up' || command.boot !== one.boot || isLate) return [lost];
  const down = { ...lost, host: 'booting' as const, armed: true, ...lose(one) };
  const { activate, back } = one.reboots;
  const reboots =
    command.kind === 'reboot'
      ? { ...one.reboots, activate: activate + 1 }
      : { ...one.reboots, back: back + 1 };
  const armedOnly = command.kind === 'reboot' ? [{ ...lost, armed: true }] : [];
  return [lost, ...armedOnly, { ...down, reboots }];
}

/** What comes of a boot: the image that was to boot, the other one, or nothing. */
function boots(one: Instance): Instance[] {
  if (one.host !== 'booting') return [];
  const next = one.armed ? (one.version === 'from' ? 'to' : 'from') : one.version;
  const up = { ...one, host: 'up' as const, boot: one.boot + 1, armed: false };
  return [
    { ...up, version: next },
    ...(next === one.version ? [] : [up]),
    ...(next === 'to' ? [{ ...one, host: 'dead' as const }] : []),
  ];
}

function agents(one: Instance): Instance[] {
  if (one.agent || one.host !== 'up') return [];
  return [{ ...one, agent: true, agentVersion: one.agentVersion + 1 }];
}

function answers(one: Instance): Instance[] {
  const { undo } = one;
  if (undo?.probe.kind !== 'sent') return [];
  const silent = { ...one, undo: { ...undo, probe: { kind: 'silent' as const } } };
  if (one.host !== 'up') return [silent];
  const { boot, version, armed: ready } = one;
  return [{ ...one, undo: { ...undo, probe: { kind: 'answered', boot, version, ready } } }];
}

/** Time passes only where somebody waits, or has died: what can be done at once is done within a tick. */
function ticks(one: Instance): Instance[] {
  return one.place === 'dead' || workOn(one) === undefined ? [aged(one)] : [];
}

/** @param isKind What can go well does, at once; else anything may happen at any time. */
export function worldSteps(one: Instance, isKind: boolean): Instance[] {
  if (one.place === 'waiting' || one.place === 'over') return [];
  const drains = one.status === 'DRAINING' && one.hasTasks ? [{ ...one, hasTasks: false }] : [];
  const kinds = [drains, commands(one), boots(one), agents(one), answers(one)];
  if (!isKind) return [...kinds.flat(), ...ticks(one)];
  const happens = kinds.find((kind) => kind.length > 0);
  // Of each kind the last is the good one, but of boots, where it is the first.
  const good = happens === kinds[2] ? happens?.[0] : happens?.at(-1);
  return good ? [good] : ticks(one);
}

/** Between the dispatcher's look and our own drain it cannot be told whose drain it is: a race that is accepted. */
const BEFORE_OUR_DRAIN: readonly Instance['place'][] = ['note-drain', 'mark', 'drain'];

/** Somebody else sets its status: the other way round than it is. */
export function meddle(one: Instance): Instance | undefined {
  if (one.place === 'waiting' || one.place === 'over') return undefined;
  if (BEFORE_OUR_DRAIN.includes(one.place)) return undefined;
  const status = one.status === 'ACTIVE' ? 'DRAINING' : 'ACTIVE';
  return { ...one, status, foreign: true };
}
