// Follows a region from its first instant and keeps the truth that the invariants are judged by.

import { plainItem } from '../../cli/record.ts';
import { OWNER_ATTRIBUTE } from '../../functions/core/model.ts';
import type { LogEntry } from '../../simulator/kernel/event-log.ts';
import type { Region } from '../../simulator/region.ts';
import { tapCalls } from './region-tap.ts';
import type { Command, Hold, Item, Update, WorldEvent } from './world-events.ts';

const UPDATE = /^bottlerocket-fleet-update-container-instance:(.+)\.(i-[0-9a-f]+)\.\d+$/;

/** When a container instance was last set to a status, by whom. */
export interface StatusChange {
  readonly status: string;
  readonly byUs: boolean;
  readonly at: number;
}

/** All of it is read from the world or from what reached it; nothing is what the updater says of itself, but `record`. */
export class Truth {
  readonly region: Region;
  readonly clusterName: string;
  /** Out of service by our doing, by EC2 instance id. */
  readonly holds = new Map<string, Hold>();
  readonly statusChanges = new Map<string, StatusChange[]>();
  readonly commands = new Map<string, Command>();
  /** When each host last answered one of our documents, since its last boot. */
  readonly answeredAt = new Map<string, number>();
  readonly agentLostAt = new Map<string, number>();
  readonly alarmClosedAt = new Map<string, number>();
  readonly updates: Update[] = [];
  /** Most container instances that there were at any plan: all, by zone, by service with tasks on them. */
  readonly size = {
    all: 0,
    byZone: new Map<string, number>(),
    byService: new Map<string, number>(),
  };
  /** The items of the table by `pk sk`, as the updater has written them. */
  readonly record = new Map<string, Item>();
  /** Rollout ids that held the lease, each with when it last did. */
  readonly leaseHeldAt = new Map<string, number>();

  constructor(region: Region, clusterName: string) {
    this.region = region;
    this.clusterName = clusterName;
  }

  get now(): number {
    return this.region.kernel.clock.now();
  }

  /** What the record says of one container instance in one rollout. */
  instance(rolloutId: string, ec2InstanceId: string): Item | undefined {
    return this.record.get(`ROLLOUT#${rolloutId} INSTANCE#${ec2InstanceId}`);
  }

  /** Everything the record says of the container instances of one rollout. */
  instancesOf(rolloutId: string): Item[] {
    const prefix = `ROLLOUT#${rolloutId} INSTANCE#`;
    return [...this.record].filter(([key]) => key.startsWith(prefix)).map(([, item]) => item);
  }

  /** The rollout that the lease names now. */
  leaseHolder(): string | undefined {
    for (const [key, item] of this.record) {
      if (key.startsWith('CLUSTER#') && key.endsWith(' LEASE')) {
        return item.rolloutId as string | undefined;
      }
    }
    return undefined;
  }

  lastChange(ec2InstanceId: string): StatusChange | undefined {
    return this.statusChanges.get(ec2InstanceId)?.at(-1);
  }

  /** REPLICA services with tasks that run on it. */
  readonly servicesOn = (ec2InstanceId: string): ReadonlySet<string> => {
    const tasks = this.region.services.ecs.world.tasksOn(ec2InstanceId);
    return new Set(
      tasks.flatMap(({ alive, schedulingStrategy, serviceName }) =>
        alive && schedulingStrategy === 'REPLICA' && serviceName !== undefined ? [serviceName] : [],
      ),
    );
  };
}

/** @param tell Called at the instant of each event, after the truth has taken it in. */
export function watchWorld(truth: Truth, tell: (event: WorldEvent) => void): void {
  const { region } = truth;
  region.kernel.log.subscribe((entry) => {
    if (entry.source === 'ecs') followEcs(truth, entry, tell);
    if (entry.source === 'host') followHost(truth, entry, tell);
    if (entry.source === 'ssm') followAnswers(truth, entry);
    if (entry.source === 'states') followStates(truth, entry, tell);
    if (entry.source === 'cloudwatch') followAlarms(truth, entry);
  });
  tapCalls(region.services.ssm, {
    after: ({ operation, input }, output) => {
      if (operation === 'SendCommand') followCommand(truth, input, output, tell);
    },
  });
  tapCalls(region.services.dynamoDb, {
    after: ({ operation, input }, output) => followRecord(truth, operation, input, output, tell),
  });
  tapCalls(region.services.ecs, {
    before: ({ operation, input }) => {
      if (operation !== 'StopTask') return;
      const tasks = region.services.ecs.world.tasks(truth.clusterName);
      const task = tasks.find(({ taskArn }) => taskArn === input.task);
      if (task) tell({ kind: 'task-stopped-by-us', task });
    },
    after: ({ operation, input }) => {
      if (operation !== 'DeregisterContainerInstance') return;
      const instances = region.services.ecs.world.containerInstances(truth.clusterName);
      const found = instances.find((one) => one.containerInstanceArn === input.containerInstance);
      if (found) tell({ kind: 'deregistered', ec2InstanceId: found.ec2InstanceId, byUs: true });
    },
  });
}

function followEcs(truth: Truth, entry: LogEntry, tell: (event: WorldEvent) => void): void {
  const { name, subject, detail, at } = entry;
  if (name === 'agent-disconnected') truth.agentLostAt.set(subject, at);
  if (name === 'agent-connected') truth.agentLostAt.delete(subject);
  if (name === 'container-instance-deregistered') truth.holds.delete(subject);
  if (name !== 'container-instance-status') return;
  const byUs = detail.by === 'api';
  const status = String(detail.status);
  const changes = truth.statusChanges.get(subject) ?? [];
  truth.statusChanges.set(subject, changes);
  if (status === 'DRAINING') {
    if (byUs) truth.holds.set(subject, holdOf(truth, subject, at));
    changes.push({ status, byUs, at });
    tell({ kind: 'drained', ec2InstanceId: subject, byUs });
    return;
  }
  // Judged before the hold is forgotten: it says what was done to the instance meanwhile.
  tell({ kind: 'activated', ec2InstanceId: subject, byUs });
  changes.push({ status, byUs, at });
  truth.holds.delete(subject);
}

function holdOf(truth: Truth, ec2InstanceId: string, at: number): Hold {
  const { hosts, services } = truth.region;
  const host = hosts.get(ec2InstanceId);
  const view = services.ecs.world.containerInstanceOn(ec2InstanceId);
  return {
    ec2InstanceId,
    at,
    availabilityZone: view?.availabilityZone ?? '',
    rolloutId: view?.customAttributes.get(OWNER_ATTRIBUTE) ?? '',
    services: truth.servicesOn(ec2InstanceId),
    versionBefore: host?.version,
    bootIdBefore: host?.bootId,
    commands: [],
    reboots: { api: new Set(), ec2: new Set() },
  };
}

function followHost(truth: Truth, entry: LogEntry, tell: (event: WorldEvent) => void): void {
  const { name, subject, detail } = entry;
  if (name === 'host-down') truth.answeredAt.delete(subject);
  if (name === 'host-up') {
    tell({ kind: 'booted', ec2InstanceId: subject, version: String(detail.version) });
  }
  if (name !== 'reboot-requested') return;
  const why = String(detail.why);
  const reboots = truth.holds.get(subject)?.reboots;
  const bootId = truth.region.hosts.get(subject)?.bootId;
  if (reboots && bootId && (why === 'api' || why === 'ec2')) reboots[why].add(bootId);
  tell({ kind: 'reboot-requested', ec2InstanceId: subject, why });
}

function followAnswers(truth: Truth, { name, subject, detail, at }: LogEntry): void {
  if (name !== 'invocation-status' || detail.status !== 'Success') return;
  const verb = truth.commands.get(String(detail.commandId))?.verb;
  if (verb === 'Status' || verb === 'Cancel') truth.answeredAt.set(subject, at);
}

function followStates(truth: Truth, entry: LogEntry, tell: (event: WorldEvent) => void): void {
  const { name, subject, detail, at } = entry;
  const counted = ['DiscoverContainerInstances', 'PlanWaves'].includes(String(detail.state));
  if (name === 'state-entered' && counted) countFleet(truth);
  if (name !== 'execution-started') return;
  const [, rolloutId, ec2InstanceId] = UPDATE.exec(subject) ?? [];
  if (rolloutId === undefined || ec2InstanceId === undefined) return;
  const update = { name: subject, rolloutId, ec2InstanceId, at };
  truth.updates.push(update);
  tell({ kind: 'update-started', update });
}

function countFleet({ region, clusterName, size, servicesOn }: Truth): void {
  const views = region.services.ecs.world.containerInstances(clusterName);
  const registered = views.filter(({ status }) => status !== 'INACTIVE');
  size.all = Math.max(size.all, registered.length);
  const count = (into: Map<string, number>, names: readonly string[]) => {
    for (const name of new Set(names)) {
      const now = names.filter((one) => one === name).length;
      into.set(name, Math.max(now, into.get(name) ?? 0));
    }
  };
  count(
    size.byZone,
    registered.map(({ availabilityZone }) => availabilityZone),
  );
  count(
    size.byService,
    registered.flatMap(({ ec2InstanceId }) => [...servicesOn(ec2InstanceId)]),
  );
}

function followAlarms(truth: Truth, { name, subject, detail, at }: LogEntry): void {
  if (name !== 'alarm-state-changed') return;
  if (detail.to === 'OK') truth.alarmClosedAt.delete(subject);
  else if (!truth.alarmClosedAt.has(subject)) truth.alarmClosedAt.set(subject, at);
}

function followCommand(
  truth: Truth,
  input: Readonly<Record<string, unknown>>,
  output: Readonly<Record<string, unknown>>,
  tell: (event: WorldEvent) => void,
): void {
  const parameters = (input.Parameters ?? {}) as Record<string, string[]>;
  const command: Command = {
    commandId: String((output.Command as { CommandId: string }).CommandId),
    verb: String(input.DocumentName).split('-')[1] ?? '',
    rolloutId: /^rollout ([^:]+):/.exec(String(input.Comment))?.[1] ?? '',
    ec2InstanceIds: (input.InstanceIds ?? []) as string[],
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([key, values]) => [key, values[0] ?? '']),
    ),
    at: truth.now,
  };
  truth.commands.set(command.commandId, command);
  for (const id of command.ec2InstanceIds) truth.holds.get(id)?.commands.push(command);
  tell({ kind: 'command-sent', command });
}

function followRecord(
  truth: Truth,
  operation: string,
  input: Readonly<Record<string, unknown>>,
  output: Readonly<Record<string, unknown>>,
  tell: (event: WorldEvent) => void,
): void {
  const written = operation === 'PutItem' ? input.Item : output.Attributes;
  if (operation === 'DeleteItem') {
    const { pk, sk } = plainItem(input.Key as Parameters<typeof plainItem>[0]);
    truth.record.delete(`${pk} ${sk}`);
    return;
  }
  if ((operation !== 'PutItem' && operation !== 'UpdateItem') || written === undefined) return;
  const after = plainItem(written as Parameters<typeof plainItem>[0]);
  const key = `${after.pk} ${after.sk}`;
  const before = truth.record.get(key);
  if (after.sk === 'LEASE' && before?.rolloutId !== undefined) {
    truth.leaseHeldAt.set(String(before.rolloutId), truth.now);
  }
  truth.record.set(key, after);
  tell({ kind: 'record-written', before, after });
}
