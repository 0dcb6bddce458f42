// Writes a container instance as the API and as its state change event show it.

import type { JsonObject } from '../../kernel/service.ts';
import type { ContainerInstance, ContainerInstanceSnapshot } from '../model.ts';
import { present, tagList, type WriteInstant } from './members.ts';

const integer = (name: string, integerValue: number): JsonObject => ({
  name,
  type: 'INTEGER',
  doubleValue: 0,
  longValue: 0,
  integerValue,
});

const set = (name: string, values: readonly (number | string)[]): JsonObject => ({
  name,
  type: 'STRINGSET',
  doubleValue: 0,
  longValue: 0,
  integerValue: 0,
  stringSetValue: values.map(String),
});

/**
 * For ports, what is listed is what is taken, among the remaining resources too (botocore ecs
 * ContainerInstance). For GPUs, nothing says so: what remains is what no task holds.
 */
function resources(instance: ContainerInstance, remaining: boolean): JsonObject[] {
  const { registered, used } = instance;
  const none = { cpu: 0, memoryMiB: 0, tcp: new Map(), udp: new Map(), gpus: new Set() };
  const taken = remaining ? used : none;
  const gpus = registered.gpuIds.filter((id) => !taken.gpus.has(id));
  return [
    integer('CPU', registered.cpu - taken.cpu),
    integer('MEMORY', registered.memoryMiB - taken.memoryMiB),
    set('PORTS', [...registered.tcpPorts, ...taken.tcp.keys()]),
    set('PORTS_UDP', [...registered.udpPorts, ...taken.udp.keys()]),
    ...(registered.gpuIds.length > 0 ? [set('GPU', gpus)] : []),
  ];
}

function attributes(instance: ContainerInstance): JsonObject[] {
  const all = new Map([...instance.builtInAttributes, ...instance.customAttributes]);
  return [...all].map(([name, value]) => present({ name, value }));
}

export function snapshotOf(instance: ContainerInstance): ContainerInstanceSnapshot {
  const { status, agentConnected, version, runningTasksCount, pendingTasksCount } = instance;
  return { status, agentConnected, version, runningTasksCount, pendingTasksCount };
}

/** @param seen What of it the reader sees; the present unless an older state is meant. */
export function containerInstanceShape(
  instance: ContainerInstance,
  write: WriteInstant,
  seen: ContainerInstanceSnapshot = snapshotOf(instance),
): JsonObject {
  return present({
    containerInstanceArn: instance.arn,
    ec2InstanceId: instance.ec2InstanceId,
    capacityProviderName: instance.capacityProviderName,
    version: seen.version,
    versionInfo: {
      agentVersion: instance.agentVersion,
      agentHash: '*unknown',
      dockerVersion: `DockerVersion: ${instance.dockerVersion}`,
    },
    remainingResources: resources(instance, true),
    registeredResources: resources(instance, false),
    status: seen.status,
    statusReason: instance.statusReason,
    agentConnected: seen.agentConnected,
    runningTasksCount: seen.runningTasksCount,
    pendingTasksCount: seen.pendingTasksCount,
    attributes: attributes(instance),
    registeredAt: write(instance.registeredAt),
    attachments: [],
  });
}

/** The one health check that is judged here. */
export function connectivityShape(
  { impairedAt, agentDisconnectedAt, registeredAt, healthyAgainAt }: ContainerInstance,
  now: number,
  write: WriteInstant,
): JsonObject {
  const since = new Date(agentDisconnectedAt ?? now).toISOString();
  return present({
    type: 'AGENT_CONNECTIVITY',
    status: impairedAt === undefined ? 'OK' : 'IMPAIRED',
    lastUpdated: write(now),
    lastStatusChange: write(impairedAt ?? healthyAgainAt ?? registeredAt),
    statusReason: impairedAt === undefined ? undefined : `Agent disconnected since ${since}`,
  });
}

/** `include: ["CONTAINER_INSTANCE_HEALTH"]`. */
export function healthStatusShape(
  instance: ContainerInstance,
  now: number,
  write: WriteInstant,
): JsonObject {
  const connectivity = connectivityShape(instance, now, write);
  return { overallStatus: connectivity.status, details: [connectivity] };
}

export const containerInstanceTags = (instance: ContainerInstance) => tagList(instance.tags);
