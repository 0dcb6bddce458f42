// Ownership: only what is ours is touched, only by whom the lease names, and never without a record of it.

import type { WorldEvent } from '../world-events.ts';
import type { Truth } from '../world-watch.ts';
import type { Invariant } from './invariant.ts';

/** A function that began while its rollout held the lease may still end what it began; the slowest has 300 seconds. */
const LATE_CALL_MILLISECONDS = 310_000;
/** Between the last look at the world and what follows from it. */
const SURPRISE_MILLISECONDS = 1000;

/** Whose doing an event is, when it is one of ours that changes the world. */
function actorOf(event: WorldEvent, truth: Truth): string | undefined {
  if (event.kind === 'command-sent') return event.command.rolloutId;
  if (event.kind === 'update-started') return event.update.rolloutId;
  const isStatus = event.kind === 'drained' || event.kind === 'activated';
  return isStatus && event.byUs ? truth.holds.get(event.ec2InstanceId)?.rolloutId : undefined;
}

export function ownershipInvariants(): Invariant[] {
  return [
    {
      id: 'returns-only-its-own',
      holds:
        'only what we drained, what nobody else has changed since, and what carries our mark is set ACTIVE',
      broken(event, truth) {
        if (event.kind !== 'activated' || !event.byUs) return undefined;
        const { ec2InstanceId } = event;
        const change = truth.lastChange(ec2InstanceId);
        const hold = truth.holds.get(ec2InstanceId);
        if (!hold || change?.byUs !== true) return `${ec2InstanceId} was not drained by us`;
        return hold.rolloutId === '' ? `${ec2InstanceId} does not carry our mark` : undefined;
      },
    },
    {
      id: 'reboots-only-its-own',
      holds: 'only what we hold drained is told to reboot',
      broken(event, truth) {
        if (event.kind !== 'command-sent' || event.command.verb !== 'ActivateAndReboot') {
          return undefined;
        }
        const id = event.command.ec2InstanceIds.find((one) => !truth.holds.has(one));
        // Somebody may come between the last look and the command.
        const change = id === undefined ? undefined : truth.lastChange(id);
        const isSurprise = change?.byUs === false && truth.now - change.at < SURPRISE_MILLISECONDS;
        return id === undefined || isSurprise
          ? undefined
          : `${id} is told to reboot, and is not ours`;
      },
    },
    {
      id: 'marked-before-drained',
      holds: 'what is drained carries our mark, with its intent in the record',
      broken(event, truth) {
        if (event.kind !== 'drained' || !event.byUs) return undefined;
        const { ec2InstanceId } = event;
        const rolloutId = truth.holds.get(ec2InstanceId)?.rolloutId ?? '';
        if (rolloutId === '') return `${ec2InstanceId} is drained without our mark`;
        const record = truth.instance(rolloutId, ec2InstanceId);
        return record?.drainedAt !== undefined && record.outcome === undefined
          ? undefined
          : `${ec2InstanceId} is drained, and the record does not know of it`;
      },
    },
    {
      id: 'excluded-untouched',
      holds:
        'no container instance that is excluded or not Bottlerocket is prepared, rebooted or drained',
      broken(event, _truth, { fleet, policy }) {
        const ids =
          event.kind === 'command-sent' && event.command.verb !== 'Check'
            ? event.command.ec2InstanceIds
            : event.kind === 'drained' && event.byUs
              ? [event.ec2InstanceId]
              : [];
        const touched = ids.find((id) => {
          const entry = fleet.containerInstances.find(({ ec2InstanceId }) => ec2InstanceId === id);
          const host = fleet.hosts.find(({ ec2InstanceId }) => ec2InstanceId === id);
          const tags = (entry?.tags ?? []) as readonly { readonly key?: string }[];
          const isExcluded = tags.some(({ key }) => key === policy.select.excludeTag);
          return isExcluded || (host !== undefined && host.bottlerocket === undefined);
        });
        return touched && `${touched} is touched, although it is excluded`;
      },
    },
    {
      id: 'lease',
      holds: 'only the rollout that holds the lease changes anything in the cluster',
      broken(event, truth) {
        const rolloutId = actorOf(event, truth);
        if (!rolloutId || rolloutId === truth.leaseHolder()) return undefined;
        const late = truth.now - (truth.leaseHeldAt.get(rolloutId) ?? 0);
        return late > LATE_CALL_MILLISECONDS
          ? `rollout ${rolloutId} acts (${event.kind}) while ${truth.leaseHolder() ?? 'nobody'} holds the lease`
          : undefined;
      },
    },
  ];
}
