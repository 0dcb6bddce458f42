// What must hold in the world after every rollout, whatever went wrong in it.

import type { RolloutRecord } from '../../cli/record.ts';
import { OWNER_ATTRIBUTE, WAY_BACK_ATTRIBUTE } from '../../functions/core/model.ts';
import { limitOf } from '../../functions/core/policy.ts';
import type { ContainerInstanceView } from '../../simulator/ecs/world.ts';
import type { Fleet } from '../../simulator/fleet-file/schema.ts';
import type { JsonObject } from '../../simulator/kernel/service.ts';
import type { Region } from '../../simulator/region.ts';
import type { ExecutionView } from '../../simulator/states/states-service.ts';
import type { JournalEntry } from './rollout-record.ts';
import type { Watched } from './rollout-watch.ts';

interface Facts {
  readonly region: Region;
  readonly fleet: Fleet;
  readonly policy: Readonly<Record<string, unknown>>;
  readonly record: RolloutRecord;
  readonly execution: Pick<ExecutionView, 'path'>;
  readonly ending: string;
  readonly recordedEnding: string | undefined;
  readonly journal: readonly JournalEntry[];
  readonly leases: readonly JsonObject[];
  readonly world: readonly ContainerInstanceView[];
  readonly watched: Watched;
}

/** Sentences, one per thing that does not hold; none is the only good answer. */
export async function violationsOf(facts: Facts): Promise<string[]> {
  return [
    ...facts.watched.broken,
    ...(await leftBehind(facts, new Set())),
    ...budgets(facts),
    ...reboots(facts),
  ];
}

/**
 * What a rollout that is over may not leave behind.
 *
 * @param elsewhere Ids that other rollouts of the region have reported to a person.
 */
export async function leftBehind(facts: Facts, elsewhere: ReadonlySet<string>): Promise<string[]> {
  const known = new Set([...reported(facts), ...elsewhere]);
  return [
    ...drains(facts, elsewhere),
    ...leases(facts),
    ...(await marksOf(facts, known)),
    ...settings(facts, known),
    ...journals(facts),
    ...records(facts),
  ];
}

/** Ids of those that the record reports to a person. */
export function reported({ record }: Pick<Facts, 'record'>): ReadonlySet<string> {
  const needing = record.instances.filter(({ outcome }) => outcome === 'NeedsAttention');
  return new Set(needing.map(({ ec2InstanceId }) => ec2InstanceId));
}

/** What somebody else drained, somebody else has to return. */
function drains(facts: Facts, elsewhere: ReadonlySet<string>): string[] {
  const known = reported(facts);
  const isDirty = facts.recordedEnding === 'FailedDirty';
  return facts.world
    .filter(({ status, ec2InstanceId }) => {
      return status === 'DRAINING' && facts.watched.held.has(ec2InstanceId);
    })
    .filter(({ ec2InstanceId }) => !elsewhere.has(ec2InstanceId))
    .filter(({ ec2InstanceId }) => !known.has(ec2InstanceId) || !isDirty)
    .map(({ ec2InstanceId }) => `${ec2InstanceId} is DRAINING and nobody is told`);
}

function leases({ leases: held }: Facts): string[] {
  return held.map((lease) => `a lease is left: ${JSON.stringify(lease)}`);
}

const MARKS: ReadonlySet<string> = new Set([OWNER_ATTRIBUTE, WAY_BACK_ATTRIBUTE]);

/** Our mark on what is in service, or on what nobody is told of. */
async function marksOf(facts: Facts, known: ReadonlySet<string>): Promise<string[]> {
  const existing = facts.world.filter(({ status }) => status !== 'INACTIVE');
  if (existing.length === 0) return [];
  const { containerInstances } = await facts.region.call('ecs', 'DescribeContainerInstances', {
    cluster: facts.fleet.clusters[0]?.clusterName,
    containerInstances: existing.map(({ containerInstanceArn }) => containerInstanceArn),
  });
  return (containerInstances as { ec2InstanceId: string; attributes: { name: string }[] }[])
    .filter(({ attributes }) => attributes.some(({ name }) => MARKS.has(name)))
    .filter(({ ec2InstanceId }) => !known.has(ec2InstanceId))
    .map(({ ec2InstanceId }) => `${ec2InstanceId} still carries our mark`);
}

/** A person is told of them by the reason, and by the ending. */
function settingsLeft({ record, recordedEnding }: Facts): ReadonlySet<string> {
  const left = record.instances.filter((one) => one.settingsLeft);
  return new Set(recordedEnding === 'FailedDirty' ? left.map((one) => one.ec2InstanceId) : []);
}

function settings(facts: Facts, known: ReadonlySet<string>): string[] {
  const left = settingsLeft(facts);
  return facts.fleet.hosts.flatMap(({ ec2InstanceId, bottlerocket }) => {
    const host = facts.region.hosts.get(ec2InstanceId);
    if (!bottlerocket || !host?.bottlerocket || host.state === 'terminated') return [];
    if (known.has(ec2InstanceId) || left.has(ec2InstanceId)) return [];
    const { versionLock, ignoreWaves } = host.bottlerocket.settings;
    const before = bottlerocket.settings;
    return [
      ...(versionLock === before.versionLock
        ? []
        : [`${ec2InstanceId} keeps version-lock ${versionLock}`]),
      ...(ignoreWaves === before.ignoreWaves
        ? []
        : [`${ec2InstanceId} keeps ignore-waves ${ignoreWaves}`]),
    ];
  });
}

/** Every instance that was started has its story's end in the journal, and so has the rollout. */
function journals({ record, journal }: Facts): string[] {
  if (!record.rollout) return [];
  const untold = record.instances.filter(
    ({ attempt, outcome, ec2InstanceId }) =>
      attempt !== undefined &&
      !journal.some(({ what, subject }) => what === outcome && subject === ec2InstanceId),
  );
  const closed = journal.some(({ what }) => what === `closed ${record.rollout?.ending}`);
  return [
    ...untold.map(({ ec2InstanceId, outcome }) => `no journal entry: ${ec2InstanceId} ${outcome}`),
    ...(closed ? [] : ['no journal entry: closed']),
  ];
}

function budgets({ fleet, policy, watched }: Facts): string[] {
  const { outOfServiceMax = '10%' } = (policy.budget ?? {}) as { outOfServiceMax?: string };
  const max = limitOf(outOfServiceMax, fleet.containerInstances.length);
  return watched.outOfServiceMax <= max
    ? []
    : [`${watched.outOfServiceMax} were out of service at once, the budget is ${max}`];
}

/**
 * One boot per attempt (a way back is a second one); a rollback is one more, and so is the EC2 reboot of a silent host.
 * A host may be told twice, when the answer to the first command was lost: it guards itself by its boot id.
 */
function reboots({ watched, record }: Facts): string[] {
  return record.instances.flatMap(({ ec2InstanceId, attempt = 1, undo }) => {
    const { ec2 = 0 } = watched.reboots.get(ec2InstanceId) ?? {};
    const done = undo?.done ?? {};
    const wasSentBack = done['roll-back'] !== undefined || done['flip-partitions'] !== undefined;
    const max = attempt + (wasSentBack ? 1 : 0) + (done['reboot-host'] === undefined ? 0 : 1);
    const down = watched.wentDown.get(ec2InstanceId) ?? 0;
    return [
      ...(down > max ? [`${ec2InstanceId} went down ${down} times, at most ${max} are ours`] : []),
      ...(ec2 > 1 ? [`${ec2InstanceId} was rebooted ${ec2} times through EC2`] : []),
    ];
  });
}

function records({ record, execution, ending, recordedEnding }: Facts): string[] {
  if (!record.rollout) return [];
  const open = record.instances.filter(({ outcome }) => outcome === undefined);
  // An execution whose closing got no answer cannot know the ending, which may be in the record already or be written by
  // the sweep: it ends as loudly as it can, so it says more than is so, never less.
  const hadNoAnswer = execution.path.slice(-2).join() === 'CloseRollout,FailedDirty';
  return [
    ...open.map(({ ec2InstanceId }) => `${ec2InstanceId} has no outcome`),
    ...(recordedEnding === ending || hadNoAnswer
      ? []
      : [`the execution ended ${ending}, the record says ${recordedEnding}`]),
  ];
}
