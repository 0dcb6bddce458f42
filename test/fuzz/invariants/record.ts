// The record: never ahead of the world, never reopened, and terminal means clean.

import { compareVersions } from '../../../functions/core/version.ts';
import type { Item } from '../world-events.ts';
import type { Truth } from '../world-watch.ts';
import type { Asked, Invariant } from './invariant.ts';

function isInstance({ sk }: Item): boolean {
  return String(sk).startsWith('INSTANCE#');
}

/** Outcomes that say it serves. */
const IN_SERVICE = ['Updated', 'Failed', 'FellBack', 'RolledBack', 'Blocked'];

function isNew(name: string, before: Item | undefined, after: Item): boolean {
  return after[name] !== undefined && after[name] !== before?.[name];
}

/** What one write claims about the world, and the world denies. */
function untrue(
  before: Item | undefined,
  after: Item,
  truth: Truth,
  asked: Asked,
): string | undefined {
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
  if (after.outcome === 'Updated' && host.version !== after.toVersion) {
    return `the record says ${id} is Updated, and it runs ${host.version}, not ${after.toVersion}`;
  }
  const offered = after.outcome === 'UpToDate' ? newest(truth, id, asked) : undefined;
  return offered !== undefined && compareVersions(host.version ?? '', offered) < 0
    ? `the record says ${id} is UpToDate, and it runs ${host.version}, not ${offered}`
    : undefined;
}

/** The release that was out before the start and that the policy would take; undefined: it may have been refused. */
function newest(truth: Truth, ec2InstanceId: string, { fleet, policy }: Asked): string | undefined {
  const { variant, arch } = truth.region.hosts.get(ec2InstanceId) ?? {};
  const isRefused = [...truth.record].some(
    ([key, item]) => key.startsWith('VERSION#') && item.quarantinedReason !== undefined,
  );
  if (isRefused || policy.target.version !== 'latest') return undefined;
  return fleet.updateRepository.releases
    .filter((one) => one.variant === variant && one.arch === arch)
    .filter((one) => Date.parse(one.publishedAt) < Date.parse(fleet.startAt))
    .map(({ version }) => version)
    .sort(compareVersions)
    .at(-1);
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
      broken(event, truth, asked) {
        if (event.kind !== 'record-written' || !isInstance(event.after)) return undefined;
        return untrue(event.before, event.after, truth, asked);
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
