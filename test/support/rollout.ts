// Runs one whole rollout of the shipped product in a simulated region, within bounded virtual time.

import { deployProduct, type ProductSource } from '../../cli/product.ts';
import { isAnyRolloutOpen, type RolloutRecord, readRecord } from '../../cli/record.ts';
import type { InstanceRecord } from '../../functions/aws/instance-record.ts';
import { rolloutIdOf } from '../../functions/core/rollout-id.ts';
import { type Fleet as ConfiguredFleet, defineFleets } from '../../infra/fleets.ts';
import { functionName, SLACK_PARAMETER_PREFIX, stateMachineName } from '../../infra/names.ts';
import { fleetTemplate } from '../../infra/template.ts';
import type { ContainerInstanceView } from '../../simulator/ecs/world.ts';
import type { FaultSpec } from '../../simulator/faults/faults.ts';
import { buildFleet } from '../../simulator/fleet-file/build-fleet.ts';
import type { FleetPlan, ServicePlan } from '../../simulator/fleet-file/fleet-plan.ts';
import type { Fleet } from '../../simulator/fleet-file/schema.ts';
import type { JsonObject } from '../../simulator/kernel/service.ts';
import { createRegion, type Region } from '../../simulator/region.ts';
import type { ExecutionView } from '../../simulator/states/states-service.ts';
import { watchPermissions } from './iam/watch-permissions.ts';
import { violationsOf } from './rollout-invariants.ts';
import { type JournalEntry, readJournal, readLeases } from './rollout-record.ts';
import { type Watched, watchRegion } from './rollout-watch.ts';

export const CLUSTER = 'prod';
export const EXECUTION = 'scenario';
export const SLACK_CHANNEL = '#fleet';
/** Outcomes and endings are the record's own words. */
export type Policy = Readonly<Record<string, unknown>>;

/** One replica service that leaves room, one daemon: the least that a drain has to do with. */
const WEB: ServicePlan = {
  name: 'web',
  tasksPerInstance: 1,
  cpu: 512,
  memory: 1024,
  minimumHealthyPercent: 100,
  maximumPercent: 200,
};
const LOG_ROUTER: ServicePlan = {
  name: 'log-router',
  tasksPerInstance: 'daemon',
  cpu: 64,
  memory: 128,
  minimumHealthyPercent: 0,
  maximumPercent: 100,
};
const SMALL: Partial<FleetPlan> = {
  containerInstances: 2,
  availabilityZones: 2,
  variants: [{ variant: 'aws-ecs-2', arch: 'x86_64', instanceType: 'm6i.xlarge', weight: 1 }],
  services: [WEB, LOG_ROUTER],
  standaloneTasks: [],
  olderEvery: 0,
  clusterName: CLUSTER,
};
/** One wave, one instance at a time, a short bake: what a scenario is about comes first. */
const POLICY: Policy = {
  cluster: CLUSTER,
  waves: { canaryCount: 0, sizes: ['100%'], bakeTimeSeconds: 60 },
  budget: { outOfServiceMax: 1 },
};
/** Virtual hours within which every rollout must have ended and been closed. */
const HOURS_MAX = 8;
/** Hosts put their settings back after the end. */
const SETTLE_SECONDS = 300;

export function smallFleet(plan: Partial<FleetPlan> = {}): Fleet {
  return buildFleet({ ...SMALL, ...plan });
}

/** The same fleet with its newest release behaving so. */
export function withRelease(
  fleet: Fleet,
  behaviour: Fleet['updateRepository']['releases'][number]['behaviour'],
): Fleet {
  const { releases, ...rest } = fleet.updateRepository;
  const changed = releases.map((one) => (one.version === '1.65.0' ? { ...one, behaviour } : one));
  return { ...fleet, updateRepository: { ...rest, releases: changed } };
}

/** The same fleet without Auto Scaling, which would replace what hangs. */
export function withoutGroups(fleet: Fleet): Fleet {
  const hosts = fleet.hosts.map(({ autoScalingGroupName: _, ...host }) => host);
  return { ...fleet, hosts, autoScalingGroups: [] };
}

/** Groups of their own sizes, whose scale-in protection nobody manages but their owner. */
export function withGroups(fleet: Fleet, protectedIds: readonly string[] = []): Fleet {
  const autoScalingGroups = fleet.autoScalingGroups.map((group) => ({
    ...group,
    managedTerminationProtection: 'DISABLED' as const,
    Instances: group.Instances.map(({ InstanceId }) => ({
      InstanceId,
      ProtectedFromScaleIn: protectedIds.includes(InstanceId),
    })),
  }));
  return { ...fleet, autoScalingGroups };
}

/** EC2 instance ids in the order of the fleet file. */
export function idsOf(fleet: Fleet): string[] {
  return fleet.hosts.map(({ ec2InstanceId }) => ec2InstanceId);
}

export interface Scenario {
  readonly fleet?: Fleet;
  /** Merged key by key over the scenario's own policy, one level deep. */
  readonly policy?: Policy;
  readonly faults?: readonly FaultSpec[];
  readonly seed?: number;
  /** What is deployed; the product of this repository unless said. */
  readonly source?: ProductSource;
  /** Looks on from the first instant, before anything is deployed; must not change the region. */
  readonly observe?: (region: Region) => void;
  /** A bot token or a webhook's URL: Slack is told of the rollout, in `SLACK_CHANNEL`. */
  readonly slack?: string;
  /** Seconds after the end that are lived through too; five minutes unless said. */
  readonly settleSeconds?: number;
  /** People and others who do something meanwhile; runs as soon as the execution is started. */
  readonly meanwhile?: (running: Running) => Promise<void>;
}

/** A rollout that has been started. */
export interface Running {
  readonly region: Region;
  readonly fleet: Fleet;
  readonly execution: ExecutionView;
  readonly rolloutId: string;
  /** Runs the region until an execution of this machine is in that state. */
  untilState(machine: string, state: string): Promise<void>;
  control(action: string, by?: string): Promise<unknown>;
  /** The same while somebody else runs the region; answers whether it was granted. */
  ask(action: string, by?: string): Promise<boolean>;
  start(name: string, policy?: Policy): Promise<ExecutionView>;
}

export interface Ended {
  readonly region: Region;
  readonly fleet: Fleet;
  readonly policy: Policy;
  readonly rolloutId: string;
  readonly execution: ExecutionView;
  readonly record: RolloutRecord;
  /** What the execution itself ended with, else what the record says. */
  readonly ending: string;
  readonly reason: string;
  /** What the record says, whatever became of the execution. */
  readonly recordedEnding: string | undefined;
  readonly outcomes: Readonly<Record<string, string>>;
  /** By EC2 instance id. */
  readonly instances: Readonly<Record<string, InstanceRecord>>;
  readonly journal: readonly JournalEntry[];
  readonly leases: readonly JsonObject[];
  readonly world: readonly ContainerInstanceView[];
  readonly watched: Watched;
  /** What the run broke of what must hold in every run; empty. */
  readonly violations: readonly string[];
  readonly hash: string;
}

function merge(base: Policy, over: Policy): Policy {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = merged[key];
    const both = [old, value].every((one) => typeof one === 'object' && one !== null);
    merged[key] = both ? { ...(old as object), ...(value as object) } : value;
  }
  return merged;
}

function executionOf(region: Region, executionArn: string): ExecutionView {
  const found = region.services.states.executions().find(({ arn }) => arn === executionArn);
  if (!found) throw new Error(`Cannot find execution ${executionArn}`);
  return found;
}

async function run(region: Region, done: () => boolean, what: string): Promise<void> {
  const until = region.kernel.clock.now() + HOURS_MAX * 3_600_000;
  const why = await region.run(done, until);
  if (why !== 'done' && !done()) throw new Error(`Waited for ${what}; the region stopped: ${why}`);
}

function makeRunning(
  region: Region,
  fleet: Fleet,
  policy: Policy,
  rollOutClusterArn: string,
): Omit<Running, 'execution' | 'rolloutId'> {
  return {
    region,
    fleet,
    async untilState(machine, state) {
      const isIn = () =>
        region.services.states
          .executions()
          .some(
            ({ path, stateMachine, status }) =>
              status === 'RUNNING' &&
              stateMachine.name === stateMachineName(machine) &&
              path.at(-1) === state,
          );
      await run(region, isIn, `${machine} in ${state}`);
    },
    async ask(action, by = 'ana') {
      const asked = { action, rolloutId: rolloutIdOf(EXECUTION), by };
      return (await region.kernel.invokeFunction(functionName('control-rollout'), asked)).ok;
    },
    async control(action, by = 'ana') {
      const asked = { action, rolloutId: rolloutIdOf(EXECUTION), by };
      const answer = await region.finish(
        region.kernel.invokeFunction(functionName('control-rollout'), asked),
      );
      if (!answer.ok) throw new Error(`${answer.errorType}: ${answer.errorMessage}`);
      return answer.payload;
    },
    async start(name, over = {}) {
      const started = await region.call('states', 'StartExecution', {
        stateMachineArn: rollOutClusterArn,
        name,
        input: JSON.stringify(merge(policy, over)),
      });
      return executionOf(region, String(started.executionArn));
    },
  };
}

function parsed(text: string | undefined): { verdict?: unknown; reason?: unknown } {
  try {
    return (JSON.parse(text ?? '{}') ?? {}) as object;
  } catch {
    return {};
  }
}

const OWN_FAILURES: readonly string[] = ['Halted', 'FailedClean', 'FailedDirty'];

function endingOf({ ending }: ExecutionView): { ending: string; reason: string } | undefined {
  if (ending?.status === 'SUCCEEDED') {
    const { verdict, reason } = parsed(ending.output);
    return { ending: String(verdict), reason: String(reason) };
  }
  // Anything else is no ending of the product's own: the record says how it was closed.
  if (ending?.status !== 'FAILED' || !OWN_FAILURES.includes(ending.error ?? '')) return undefined;
  return { ending: ending.error ?? '', reason: ending.cause ?? '' };
}

/** Until the sweep has closed what executions left open, and the last commands have reached their hosts. */
async function settle(region: Region, settleSeconds: number): Promise<void> {
  const endAt = region.kernel.clock.now() + HOURS_MAX * 3_600_000;
  while ((await isAnyRolloutOpen(region)) && region.kernel.clock.now() < endAt) {
    await region.advance(30);
  }
  await region.advance(settleSeconds);
}

function by<T>(records: readonly InstanceRecord[], value: (one: InstanceRecord) => T) {
  return Object.fromEntries(records.map((one) => [one.ec2InstanceId, value(one)]));
}

/** A hook is only permitted to a stack whose fleets name it; all else a scenario asks for in its input. */
function fleetsFor(policy: Policy): readonly ConfiguredFleet[] {
  const { hook } = (policy.gates ?? {}) as { hook?: unknown };
  return defineFleets([
    { cluster: CLUSTER, policy: hook === undefined ? {} : { gates: { hook } } },
  ]);
}

async function putSlackSecret(region: Region, secret: string): Promise<void> {
  const Name = `${SLACK_PARAMETER_PREFIX}/default`;
  await region.call('ssm', 'PutParameter', { Name, Value: secret, Type: 'SecureString' });
}

export interface Started {
  readonly running: Running;
  readonly policy: Policy;
  readonly watched: Watched;
}

/** Everything stands, and the execution is started; no virtual time has passed. */
export async function startRollout(scenario: Scenario): Promise<Started> {
  const { fleet = smallFleet(), faults = [], seed = 1 } = scenario;
  const { slack } = scenario;
  const notify = slack === undefined ? {} : { notify: { slackChannel: SLACK_CHANNEL } };
  const policy = merge({ ...POLICY, ...notify }, scenario.policy ?? {});
  const region = createRegion({ fleet, faults, seed });
  const watched = watchRegion(region);
  scenario.observe?.(region);
  const { rollOutClusterArn, stack } = await deployProduct(
    region,
    scenario.source ?? { template: fleetTemplate(fleetsFor(policy)) },
  );
  watchPermissions(region, stack, CLUSTER, watched.broken);
  if (slack !== undefined) await putSlackSecret(region, slack);
  const running = makeRunning(region, fleet, policy, rollOutClusterArn);
  const execution = await running.start(EXECUTION);
  const rolloutId = rolloutIdOf(EXECUTION);
  return { running: { ...running, execution, rolloutId }, policy, watched };
}

/** How one rollout of a region ended, as things stand now. */
export async function endedOf(
  { region, fleet }: Pick<Running, 'region' | 'fleet'>,
  execution: ExecutionView,
  policy: Policy,
  watched: Watched,
): Promise<Ended> {
  const rolloutId = rolloutIdOf(execution.name);
  const record = await readRecord(region, rolloutId);
  const recordedEnding = record.rollout?.ending;
  const ended = endingOf(execution) ?? {
    ending: recordedEnding ?? (execution.status === 'RUNNING' ? 'still running' : 'not closed'),
    reason: record.rollout?.reason ?? '',
  };
  const facts = {
    region,
    fleet,
    policy,
    rolloutId,
    execution,
    record,
    ...ended,
    recordedEnding,
    outcomes: by(record.instances, (one) => one.outcome ?? 'open'),
    instances: by(record.instances, (one) => one),
    journal: await readJournal(region, rolloutId),
    leases: await readLeases(region),
    world: region.services.ecs.world.containerInstances(CLUSTER),
    watched,
    hash: region.kernel.log.sha256(),
  };
  return { ...facts, violations: await violationsOf(facts) };
}

/** Runs a scenario to its end; nothing of it takes real time but computing. */
export async function runRollout(scenario: Scenario = {}): Promise<Ended> {
  const { running, policy, watched } = await startRollout(scenario);
  const { region, execution } = running;
  await scenario.meanwhile?.(running);
  const untilAt = region.kernel.clock.now() + HOURS_MAX * 3_600_000;
  await region.run(() => execution.status !== 'RUNNING', untilAt);
  // One that does not end is told, not thrown: its story says where it waits.
  if (execution.status !== 'RUNNING')
    await settle(region, scenario.settleSeconds ?? SETTLE_SECONDS);
  return endedOf(running, execution, policy, watched);
}
