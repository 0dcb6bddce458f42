// Puts the result of a rehearsal together: what the record says, what the world shows, and what it cost.

import type { InstanceRecord } from '../functions/aws/instance-record.ts';
import type { ImageDrift as CoreDrift } from '../functions/core/drift.ts';
import { isoInstant } from '../functions/core/instant.ts';
import type { Outcome } from '../functions/core/model.ts';
import { countOutcomes } from '../functions/core/outcome.ts';
import { stateMachineName } from '../infra/names.ts';
import type { ContainerInstanceView } from '../simulator/ecs/world.ts';
import { endingOfExecution, type RolloutEnd } from './ending.ts';
import { type IncumbentWork, incumbentCallsPerInstance } from './incumbent.ts';
import type { Rehearsed } from './rehearsal.ts';
import type { ImageDrift, RolloutResult } from './result.ts';
import { boundOf } from './rollout-bound.ts';

type ResultInstance = RolloutResult['containerInstances'][number];
type ResultWave = RolloutResult['waves'][number];

/** How it ended: what the record says, as `fleet watch` has it; where nothing closed it, what its execution says. */
function endingOf({ execution, record, gaveUp }: Rehearsed): RolloutEnd {
  const { ending, reason = 'no reason given' } = record.rollout ?? {};
  if (ending !== undefined)
    return { ending, reason: gaveUp === undefined ? reason : `${gaveUp}: ${reason}` };
  const said = endingOfExecution(execution.ending);
  if (said !== undefined) return said;
  const why = gaveUp ?? `its execution ended ${execution.ending?.status ?? 'not at all'}`;
  return { ending: 'FailedDirty', reason: `${why}, and nothing closed the rollout` };
}

function outcomeOf(record: InstanceRecord): Outcome {
  return record.outcome ?? (record.attempt === undefined ? 'NotStarted' : 'NeedsAttention');
}

/** How one stands of which nothing is recorded any more. */
function asTheWorldShows(
  { status }: ContainerInstanceView,
  before: string | undefined,
  now: string | undefined,
): Pick<ResultInstance, 'outcome' | 'reason'> {
  const says = (outcome: Outcome, what: string) => ({
    outcome,
    reason: `nothing is recorded of it any more; ${what}`,
  });
  if (status === 'INACTIVE') return says('Gone', 'it was deregistered');
  const runs = now === undefined ? 'its host is not up' : `it runs ${now}`;
  if (status !== 'ACTIVE') return says('NeedsAttention', `it is ${status}, and ${runs}`);
  const serves = `${runs} and serves`;
  return now === undefined || now === before ? says('NotStarted', serves) : says('Updated', serves);
}

/** What it was to run; on the way back that is where it comes from. */
function attempted(record: InstanceRecord | undefined): string | undefined {
  return record?.direction === 'back' ? record.fromVersion : record?.toVersion;
}

/** Outcomes of what serves, as far as a rollout knows. */
const IN_SERVICE: ReadonlySet<Outcome> = new Set([
  'Updated',
  'UpToDate',
  'Skipped',
  'Blocked',
  'FellBack',
  'RolledBack',
  'NotStarted',
]);

/** What the record says of it was true when it was written. */
function untilNow({ status }: ContainerInstanceView, outcome: Outcome, reason: string): string {
  const hasLeft = status === 'INACTIVE' && IN_SERVICE.has(outcome);
  return hasLeft ? `${reason}; it has left the cluster since` : reason;
}

/** One container instance, from the record where it has one. */
function resultInstance(
  rehearsed: Rehearsed,
  seen: ContainerInstanceView,
  record: InstanceRecord | undefined,
  { whyNone, endedAt }: { readonly whyNone: string; readonly endedAt: number },
): ResultInstance {
  const { region, measures, options } = rehearsed;
  const { ec2InstanceId, containerInstanceArn, availabilityZone, status } = seen;
  const host = region.hosts.get(ec2InstanceId);
  const before = options.fleet.hosts.find((one) => one.ec2InstanceId === ec2InstanceId);
  const runsVersion = host?.state === 'running' ? host.version : undefined;
  const unrecorded = rehearsed.isRecordLost
    ? asTheWorldShows(seen, before?.bottlerocket?.version, runsVersion)
    : ({ outcome: 'NotStarted', reason: whyNone } as const);
  const recorded = record
    ? { outcome: outcomeOf(record), reason: untilNow(seen, outcomeOf(record), record.reason) }
    : unrecorded;
  return {
    ec2InstanceId,
    containerInstanceArn,
    availabilityZone,
    variant: before?.bottlerocket?.variant ?? null,
    wave: record?.wave ?? null,
    ...recorded,
    fromVersion: before?.bottlerocket?.version ?? null,
    toVersion: attempted(record) ?? null,
    runsVersion: runsVersion ?? null,
    status,
    outOfServiceSeconds: measures.outOfServiceSeconds(ec2InstanceId, endedAt),
  };
}

/** One view per machine: an agent that lost its checkpoint registers anew, and the old registration stays INACTIVE. */
function latestRegistrations(views: readonly ContainerInstanceView[]): ContainerInstanceView[] {
  const latest = new Map<string, ContainerInstanceView>();
  for (const view of views) {
    const known = latest.get(view.ec2InstanceId);
    if (!known || view.status !== 'INACTIVE') latest.set(view.ec2InstanceId, view);
  }
  return [...latest.values()];
}

function resultInstances(rehearsed: Rehearsed, reason: string, endedAt: number): ResultInstance[] {
  const { region, record, options } = rehearsed;
  const records = new Map(record.instances.map((one) => [one.ec2InstanceId, one]));
  const inFile = new Set(options.fleet.hosts.map(({ ec2InstanceId }) => ec2InstanceId));
  const views = region.services.ecs.world.containerInstances(options.asked.clusterName);
  const whyNone = records.size === 0 ? reason : 'it was not there when stock was taken';
  return (
    latestRegistrations(views)
      // Machines that joined during the rollout are not its concern.
      .filter(({ ec2InstanceId }) => inFile.has(ec2InstanceId))
      .map((seen) =>
        resultInstance(rehearsed, seen, records.get(seen.ec2InstanceId), { whyNone, endedAt }),
      )
  );
}

/** A long wave has more than one. */
function isOfWave(name: string, rolloutId: string, wave: number): boolean {
  const first = `${rolloutId}.wave-${wave}`;
  return name === first || name.startsWith(`${first}.`);
}

function resultWaves({ region, record, rolloutId }: Rehearsed): ResultWave[] {
  const machine = stateMachineName('run-wave');
  const executions = region.services.states
    .executions()
    .filter(({ stateMachine }) => stateMachine.name === machine);
  return (record.rollout?.waves ?? []).map(({ wave, kind, size }) => {
    const written = record.waves.find((one) => one.wave === wave);
    const ofWave = executions.filter(({ name }) => isOfWave(name, rolloutId, wave));
    const startAt = ofWave.at(0)?.startAt;
    const stopAt = ofWave.at(-1)?.stopAt;
    const hasEnded = startAt !== undefined && stopAt !== undefined;
    return {
      wave,
      kind,
      size,
      startedAt: startAt === undefined ? null : isoInstant(startAt),
      tookSeconds: hasEnded ? (stopAt - startAt) / 1000 : null,
      verdict: written?.verdict ?? null,
      reason: written?.reason ?? (ofWave.length > 0 ? 'it did not end' : 'it never began'),
    };
  });
}

/** Calls of the product's functions by operation, in alphabetical order. */
function awsCallsOf({ region }: Rehearsed): Record<string, number> {
  const calls: Record<string, number> = {};
  for (const [caller, operations] of region.counts.byCaller) {
    if (!caller.startsWith('function/')) continue;
    for (const [operation, number] of operations) {
      calls[operation] = (calls[operation] ?? 0) + number;
    }
  }
  return Object.fromEntries(Object.entries(calls).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function callsTo(service: string, calls: Readonly<Record<string, number>>): number {
  return Object.entries(calls)
    .filter(([operation]) => operation.startsWith(`${service}:`))
    .reduce((sum, [, number]) => sum + number, 0);
}

function incumbentWork({ measures, record }: Rehearsed): IncumbentWork[] {
  return record.instances
    .filter(({ outcome }) => outcome === 'Updated')
    .map(({ ec2InstanceId, drainedAt = 0, emptyAt = 0 }) => ({
      drainSeconds: (emptyAt - drainedAt) / 1000,
      prepareSeconds: measures.prepareSeconds(ec2InstanceId),
    }));
}

function costOf(
  rehearsed: Rehearsed,
  updated: number,
): Pick<RolloutResult, 'awsCalls' | 'stateTransitions' | 'dynamoDb' | 'perUpdatedInstance'> {
  const { states, dynamoDb } = rehearsed.region.services;
  const awsCalls = awsCallsOf(rehearsed);
  const all = Object.values(awsCalls).reduce((sum, number) => sum + number, 0);
  const dynamoDbCalls = callsTo('dynamodb', awsCalls);
  const stepFunctionsCalls = callsTo('states', awsCalls);
  const each = (number: number) => (updated === 0 ? null : number / updated);
  return {
    awsCalls,
    stateTransitions: states.transitions,
    dynamoDb: { readUnits: dynamoDb.consumed.read, writeUnits: dynamoDb.consumed.write },
    perUpdatedInstance: {
      awsCalls: each(all - dynamoDbCalls - stepFunctionsCalls),
      dynamoDbCalls: each(dynamoDbCalls),
      stepFunctionsCalls: each(stepFunctionsCalls),
      stateTransitions: each(states.transitions),
      dynamoDbReadUnits: each(dynamoDb.consumed.read),
      dynamoDbWriteUnits: each(dynamoDb.consumed.write),
      incumbentAwsCalls: updated === 0 ? null : incumbentCallsPerInstance(incumbentWork(rehearsed)),
    },
  };
}

function writable(drift: readonly CoreDrift[] = []): ImageDrift[] {
  return drift.map(({ versions, differingIds, ...rest }) => {
    return { ...rest, versions: [...versions], differingIds: [...differingIds] };
  });
}

export function assembleResult(rehearsed: Rehearsed): RolloutResult {
  const { execution, record, options, region } = rehearsed;
  const { ending, reason } = endingOf(rehearsed);
  // The sweep closes, later, what an execution left open.
  const endedAt = Math.max(
    execution.stopAt ?? region.kernel.clock.now(),
    record.rollout?.closedAt ?? 0,
  );
  const makespanSeconds = (endedAt - execution.startAt) / 1000;
  const containerInstances = resultInstances(rehearsed, reason, endedAt);
  const outcomes = containerInstances.map(({ outcome }) => outcome);
  const updatedInstances = outcomes.filter((outcome) => outcome === 'Updated').length;
  const waves = resultWaves(rehearsed);
  return {
    outcome: ending,
    reason,
    seed: options.seed,
    cluster: options.asked.clusterName,
    rolloutId: rehearsed.rolloutId,
    executionArn: execution.arn,
    fleetInstances: rehearsed.fleetInstances,
    chosenInstances: record.instances.filter(({ wave }) => wave !== undefined).length,
    updatedInstances,
    startedAt: isoInstant(execution.startAt),
    endedAt: isoInstant(endedAt),
    makespanSeconds,
    ...boundOf(rehearsed, waves, { endedAt, makespanSeconds }),
    counts: countOutcomes(outcomes),
    waves,
    containerInstances,
    drift: {
      before: writable(record.plan?.drift),
      after: writable(record.rollout?.drift),
    },
    ...costOf(rehearsed, updatedInstances),
    eventLogSha256: region.kernel.log.sha256(),
  };
}
