// Writes a task as the API and as its state change event show it.

import type { JsonObject } from '../../kernel/service.ts';
import type { ContainerDefinition } from '../definitions.ts';
import type { Task } from '../model.ts';
import { instant, present, type WriteInstant } from './members.ts';

const BEFORE_CONTAINERS = new Set(['PROVISIONING', 'PENDING', 'ACTIVATING']);
const AFTER_CONTAINERS = new Set(['DEPROVISIONING', 'STOPPED']);

function containerStatus(task: Task): string {
  if (BEFORE_CONTAINERS.has(task.lastStatus)) return 'PENDING';
  return AFTER_CONTAINERS.has(task.lastStatus) ? 'STOPPED' : 'RUNNING';
}

/** Deterministic stand-ins for identifiers that nobody looks things up by. */
const derivedId = (task: Task, index: number) => `${task.id.slice(0, 24)}${hex8(index)}`;
const hex8 = (value: number) => value.toString(16).padStart(8, '0');

function containerHealth(task: Task, container: ContainerDefinition): string | undefined {
  if (!container.hasHealthCheck) return 'UNKNOWN';
  return task.containersHealthy && task.lastStatus === 'RUNNING' ? 'HEALTHY' : 'UNKNOWN';
}

function containerShape(task: Task, container: ContainerDefinition, index: number): JsonObject {
  const prefix = task.arn.replace(':task/', ':container/');
  const started = task.startedAt !== undefined;
  return present({
    containerArn: `${prefix}/${derivedId(task, index)}`,
    taskArn: task.arn,
    name: container.name,
    image: container.image,
    runtimeId: started ? `${task.id}${derivedId(task, index)}` : undefined,
    lastStatus: containerStatus(task),
    exitCode: task.exitCode,
    networkBindings: started
      ? task.bindings
          .filter(({ containerName }) => containerName === container.name)
          .map(({ containerPort, hostPort, protocol }) => ({
            bindIP: '0.0.0.0',
            containerPort,
            hostPort,
            protocol,
          }))
      : [],
    networkInterfaces: task.privateIpAddress
      ? [{ attachmentId: derivedId(task, 255), privateIpv4Address: task.privateIpAddress }]
      : [],
    cpu: String(container.cpu),
    memory: container.memory === undefined ? undefined : String(container.memory),
    memoryReservation:
      container.memoryReservation === undefined ? undefined : String(container.memoryReservation),
    gpuIds: task.gpuIds.get(container.name),
  });
}

/**
 * HEALTHY needs every essential container's check; a task without checks is UNKNOWN (botocore ecs
 * Task).
 */
function taskHealth(task: Task): string {
  const checked = task.taskDefinition.healthCheckSeconds !== undefined;
  return checked && task.containersHealthy && task.lastStatus === 'RUNNING' ? 'HEALTHY' : 'UNKNOWN';
}

function sharedMembers(task: Task, write: WriteInstant): JsonObject {
  const { instance, taskDefinition } = task;
  return {
    attachments: [],
    attributes: [
      {
        name: 'ecs.cpu-architecture',
        value: instance.builtInAttributes.get('ecs.cpu-architecture') ?? 'x86_64',
      },
    ],
    availabilityZone: instance.availabilityZone,
    capacityProviderName: instance.capacityProviderName,
    clusterArn: task.cluster.arn,
    connectivity: instance.agentConnected ? 'CONNECTED' : 'DISCONNECTED',
    connectivityAt: write(task.createdAt),
    containerInstanceArn: instance.arn,
    cpu: taskDefinition.cpu ?? String(taskDefinition.demand.cpu),
    createdAt: write(task.createdAt),
    desiredStatus: task.desiredStatus,
    enableExecuteCommand: false,
    executionStoppedAt: instant(write, task.executionStoppedAt),
    group: task.group,
    lastStatus: task.lastStatus,
    launchType: 'EC2',
    memory: taskDefinition.memory ?? String(taskDefinition.demand.memoryMiB),
    overrides: task.overrides ?? {
      containerOverrides: taskDefinition.containers.map(({ name }) => ({ name })),
    },
    pullStartedAt: instant(write, task.pullStartedAt),
    pullStoppedAt: instant(write, task.pullStoppedAt),
    startedAt: instant(write, task.startedAt),
    startedBy: task.startedBy,
    stopCode: task.stopCode,
    stoppedAt: instant(write, task.stoppedAt),
    stoppedReason: task.stoppedReason,
    stoppingAt: instant(write, task.stoppingAt),
    taskArn: task.arn,
    taskDefinitionArn: taskDefinition.arn,
    version: task.version,
  };
}

export function taskShape(task: Task, write: WriteInstant): JsonObject {
  return present({
    ...sharedMembers(task, write),
    containers: task.taskDefinition.containers.map((container, index) => ({
      ...containerShape(task, container, index),
      healthStatus: containerHealth(task, container),
    })),
    healthStatus: taskHealth(task),
    tags: [],
  });
}

/** Task health is not in the event (ECS Developer Guide, "Amazon ECS task state change events"). */
export function taskEventDetail(task: Task, now: number, write: WriteInstant): JsonObject {
  return present({
    ...sharedMembers(task, write),
    containers: task.taskDefinition.containers.map((container, index) =>
      containerShape(task, container, index),
    ),
    updatedAt: write(now),
  });
}
