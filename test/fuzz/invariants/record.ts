// The record: never ahead of the world, never reopened, and terminal means clean.

import type { Item } from '../world-events.ts';
import type { Truth } from '../world-watch.ts';
import type { Invariant } from './invariant.ts';

function isInstance({ sk }: Item): boolean {
  return String(sk).startsWith('INSTANCE#');
}

/** Outcomes that say it serves. */
const IN_SERVICE = ['Updated', 'Failed', 'FellBack', 'RolledBack', 'Blocked'];

function isNew(name: string, before: Item | undefined, after: Item): boolean {
  return after[name] !== undefined && after[name] !== before?.[name];
}

/** What one write claims about the world, and the world denies. */
function untrue(before: Item | undefined, after: Item, truth: Truth): string | undefined {
  const id = String(after.ec2InstanceId);
  const host = truth.region.hosts.get(id);
  if (!host || host.state === 'terminated') return undefined;
  const isHeld = truth.holds.has(id);
  if (isNew('returnedAt', before, after) && isHeld) {
    return `the record says ${id} was returned to service, and it is DRAINING`;
  }
  if (isNew('bootedAt', before, after) && host.bootId === after.bootIdBefore) {
    return `the record says ${id} has booted, and it is on its old boot`;
  }
  if (!isNew('outcome', before, after)) return undefined;
  if (IN_SERVICE.includes(String(after.outcome)) && isHeld) {
    return `the record says ${id} is ${after.outcome}, and it is DRAINING`;
  }
  const isGood = after.outcome === 'Updated' || after.outcome === 'UpToDate';
  const wanted = after.outcome === 'Updated' ? after.toVersion : newest(truth, id);
  return isGood && wanted !== undefined && host.version !== wanted
    ? `the record says ${id} is ${after.outcome}, and it runs ${host.version}, not ${wanted}`
    : undefined;
}

/** The version that most of what is Staged or running now shows to be the newest; undefined: not known. */
function newest(truth: Truth, ec2InstanceId: string): string | undefined {
  const { variant, arch } = truth.region.hosts.get(ec2InstanceId) ?? {};
  const command = [...truth.commands.values()].find(({ verb, ec2InstanceIds }) => {
    const host = truth.region.hosts.get(ec2InstanceIds[0] ?? '');
    return verb === 'Prepare' && host?.variant === variant && host?.arch === arch;
  });
  return command?.parameters.TargetVersion;
}

/** What a rollout that is over still holds, and nobody is told of. */
function left(truth: Truth, rolloutId: string): string | undefined {
  for (const hold of truth.holds.values()) {
    if (hold.rolloutId !== rolloutId) continue;
    const { outcome } = truth.instance(rolloutId, hold.ec2InstanceId) ?? {};
    if (outcome !== 'NeedsAttention') {
      return `rollout ${rolloutId} ends while ${hold.ec2InstanceId} is DRAINING and nobody is told`;
    }
  }
  return undefined;
}

export function recordInvariants(): Invariant[] {
  return [
    {
      id: 'record-not-ahead',
      holds: 'what the record says was observed is true in the world when it is written',
      broken(event, truth) {
        if (event.kind !== 'record-written' || !isInstance(event.after)) return undefined;
        return untrue(event.before, event.after, truth);
      },
    },
    {
      id: 'over-is-over',
      holds: 'an outcome is never changed, but by an attempt that takes the instance back',
      broken(event) {
        if (event.kind !== 'record-written' || !isInstance(event.after)) return undefined;
        const { before, after } = event;
        const wasOver = before?.outcome !== undefined && before.finishedAt !== undefined;
        if (!wasOver || before.outcome === after.outcome) return undefined;
        return after.direction === 'back'
          ? undefined
          : `${after.ec2InstanceId} was ${before.outcome} and is ${after.outcome ?? 'open'} now`;
      },
    },
    {
      id: 'terminal-is-clean',
      holds:
        'a rollout that has ended, or given its lease back, holds nothing that nobody is told of',
      broken(event, truth) {
        if (event.kind !== 'record-written') return undefined;
        const { before, after } = event;
        if (after.sk === 'META' && isNew('ending', before, after)) {
          return left(truth, String(after.rolloutId));
        }
        const gaveBack = after.sk === 'LEASE' && before?.rolloutId !== after.rolloutId;
        return gaveBack && before?.rolloutId !== undefined
          ? left(truth, String(before.rolloutId))
          : undefined;
      },
    },
  ];
}
