// Enters a task into every index and account of its container instance and service, and takes it
// out again.

import type { Kernel } from '../kernel/kernel.ts';
import type { JsonObject } from '../kernel/service.ts';
import { lastPart, taskArn } from './arns.ts';
import type { Tag, TaskDefinition } from './definitions.ts';
import type { Ledger } from './ledger.ts';
import type {
  ContainerInstance,
  Deployment,
  NetworkBinding,
  RegisteredTarget,
  Service,
  Task,
} from './model.ts';
import { release, reserve } from './resources.ts';

export interface TaskRequest {
  readonly instance: ContainerInstance;
  readonly taskDefinition: TaskDefinition;
  readonly service?: Service | undefined;
  readonly deployment?: Deployment | undefined;
  /** `service:NAME` of its service or `family:NAME` unless said. */
  readonly group?: string | undefined;
  readonly startedBy?: string | undefined;
  readonly tags?: readonly Tag[] | undefined;
  readonly overrides?: JsonObject | undefined;
  readonly endsAfterSeconds?: number | undefined;
  readonly protectedUntil?: number | undefined;
  /** Given for a task that exists already. */
  readonly arn?: string | undefined;
  readonly createdAt?: number | undefined;
}

/** Addresses in 10.0.0.0/8, one per task, for awsvpc. */
function privateAddress(sequence: number): string {
  return `10.${(sequence >> 16) & 255}.${(sequence >> 8) & 255}.${sequence & 255}`;
}

/**
 * Instance targets for bridge and host, IP targets for awsvpc (ECS Developer Guide, "Service load
 * balancing").
 */
function targetsOf(
  request: TaskRequest,
  bindings: readonly NetworkBinding[],
  address: string | undefined,
): RegisteredTarget[] {
  return (request.service?.loadBalancers ?? []).flatMap((loadBalancer) => {
    const { targetGroupArn, containerName, containerPort } = loadBalancer;
    if (address !== undefined) return [{ targetGroupArn, id: address, port: containerPort }];
    const binding = bindings.find(
      (each) => each.containerName === containerName && each.containerPort === containerPort,
    );
    const id = request.instance.ec2InstanceId;
    return binding ? [{ targetGroupArn, id, port: binding.hostPort }] : [];
  });
}

function identity(
  kernel: Kernel,
  ledger: Ledger,
  request: TaskRequest,
): { id: string; arn: string } {
  const { arn } = request;
  if (arn !== undefined) return { id: ledger.keepId(lastPart(arn)), arn };
  const id = ledger.newId(() => kernel.random.stream('ecs.task-id').hex(32));
  return { id, arn: taskArn(kernel, request.instance.cluster.name, id) };
}

/** Members every task starts with. */
const UNBORN = {
  lastStatus: 'PENDING',
  desiredStatus: 'RUNNING',
  version: 0,
  pullStartedAt: undefined,
  pullStoppedAt: undefined,
  startedAt: undefined,
  stoppingAt: undefined,
  executionStoppedAt: undefined,
  stoppedAt: undefined,
  stopCode: undefined,
  stoppedReason: undefined,
  exitCode: undefined,
  healthy: false,
  containersHealthy: false,
  failedTargetHealth: false,
  targetsTrusted: false,
  drainIgnoresProtection: false,
  died: false,
  timer: undefined,
  healthTimer: undefined,
  endTimer: undefined,
  deferred: undefined,
  tally: undefined,
} as const;

export function createTask(kernel: Kernel, ledger: Ledger, request: TaskRequest): Task {
  const { instance, taskDefinition, service, deployment } = request;
  const sequence = ledger.nextSequence();
  const { bindings, gpuIds } = reserve(instance, taskDefinition.demand);
  const address = taskDefinition.networkMode === 'awsvpc' ? privateAddress(sequence) : undefined;
  const task: Task = {
    ...UNBORN,
    ...identity(kernel, ledger, request),
    sequence,
    cluster: instance.cluster,
    instance,
    taskDefinition,
    service,
    deployment,
    group:
      request.group ?? (service ? `service:${service.name}` : `family:${taskDefinition.family}`),
    startedBy: request.startedBy ?? deployment?.id,
    tags: request.tags ?? [],
    overrides: request.overrides,
    bindings,
    gpuIds,
    privateIpAddress: address,
    targets: targetsOf(request, bindings, address),
    createdAt: request.createdAt ?? kernel.clock.now(),
    protectedUntil: request.protectedUntil,
    endsAfterSeconds: request.endsAfterSeconds,
  };
  instance.tasks.add(task);
  instance.cluster.tasks.set(task.id, task);
  service?.tasks.add(task);
  return task;
}

/** Gives back what the task held; it stays visible among the stopped ones. */
export function retireTask(ledger: Ledger, task: Task): void {
  const { cluster, instance, service } = task;
  release(instance, task.taskDefinition.demand, task);
  instance.tasks.delete(task);
  instance.stoppedTasks.add(task);
  service?.tasks.delete(task);
  service?.stoppedTasks.add(task);
  ledger.forgetStoppedTasks(cluster);
  cluster.stopped.push(task);
}
