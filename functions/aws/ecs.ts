// Speaks to Amazon ECS: reads clusters, container instances, services and tasks; drains and re-activates.

import {
  DeregisterContainerInstanceCommand,
  DescribeClustersCommand,
  DescribeContainerInstancesCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  type Service as EcsService,
  GetTaskProtectionCommand,
  InvalidParameterException,
  ListContainerInstancesCommand,
  ListServicesCommand,
  ListTasksCommand,
  StopTaskCommand,
  UpdateContainerInstancesStateCommand,
} from '@aws-sdk/client-ecs';
import { BadInputError, InstanceGoneError } from '../core/errors.ts';
import { shown } from '../core/issues.ts';
import type { Service, Task } from '../core/model.ts';
import { FIRST, stopWhenOver } from './deadline.ts';
import {
  type SeenContainerInstance,
  toContainerInstance,
  toService,
  toTask,
} from './ecs-shapes.ts';
import { LOG_COPIES } from './sdk-log.ts';

const ecs = new ECSClient({ maxAttempts: 5 });
ecs.middlewareStack.add(stopWhenOver, FIRST);
ecs.middlewareStack.remove(LOG_COPIES);

/** Limits of one call (ECS API reference). */
export const DESCRIBE_CONTAINER_INSTANCES_MAX = 100;
const DESCRIBE_TASKS_MAX = 100;
const DESCRIBE_SERVICES_MAX = 10;
const GET_TASK_PROTECTION_MAX = 100;
const LIST_SERVICES_MAX = 100;
/** Pages read at once: the read bucket refills 20 calls per second for the whole account and region. */
const PARALLEL_READS = 5;

function chunks<T>(items: readonly T[], size: number): T[][] {
  const result: T[][] = [];
  for (let index = 0; index < items.length; index += size) {
    result.push(items.slice(index, index + size));
  }
  return result;
}

/** Applies `read` to chunks, a few at a time; results in order. */
async function inChunks<T, R>(
  items: readonly T[],
  size: number,
  read: (chunk: T[]) => Promise<R[]>,
): Promise<R[]> {
  const results: R[] = [];
  for (const group of chunks(chunks(items, size), PARALLEL_READS)) {
    for (const part of await Promise.all(group.map(read))) results.push(...part);
  }
  return results;
}

/** Follows `nextToken` to the end, where it is absent or, as the documentation has it, empty. */
async function pages<T>(
  read: (nextToken: string | undefined) => Promise<{ items: T[]; nextToken: string | undefined }>,
): Promise<T[]> {
  const all: T[] = [];
  let token: string | undefined;
  do {
    const page = await read(token);
    all.push(...page.items);
    token = page.nextToken;
  } while (token);
  return all;
}

/** @throws {BadInputError} When there is no such active cluster. */
export async function findCluster(
  nameOrArn: string,
): Promise<{ clusterArn: string; clusterName: string }> {
  const { clusters } = await ecs.send(new DescribeClustersCommand({ clusters: [nameOrArn] }));
  const cluster = clusters?.[0];
  if (cluster?.clusterArn === undefined || cluster.status !== 'ACTIVE') {
    throw new BadInputError(
      `cluster: found "${nameOrArn}", expected an ACTIVE ECS cluster of this account and region${
        cluster?.status ? ` (its status is ${cluster.status})` : ''
      }`,
    );
  }
  return { clusterArn: cluster.clusterArn, clusterName: cluster.clusterName ?? nameOrArn };
}

/** ARNs of container instances, all pages. */
export async function listContainerInstances(
  cluster: string,
  options: { filter?: string; status?: 'ACTIVE' | 'DRAINING' } = {},
): Promise<string[]> {
  return pages(async (nextToken) => {
    const page = await ecs.send(
      new ListContainerInstancesCommand({ cluster, ...options, maxResults: 100, nextToken }),
    );
    return { items: page.containerInstanceArns ?? [], nextToken: page.nextToken };
  });
}

/**
 * ARNs of the container instances that match an expression of the cluster query language.
 *
 * @throws {BadInputError} ECS alone knows its language: what it refuses is wrong in the policy.
 */
export async function listMatching(cluster: string, query: string): Promise<Set<string>> {
  try {
    return new Set(await listContainerInstances(cluster, { filter: query }));
  } catch (error) {
    if (!(error instanceof InvalidParameterException)) throw error;
    throw new BadInputError(
      `select.query: found ${shown(query)}, expected an expression of the ECS cluster query language; ECS says: ${error.message}`,
    );
  }
}

/** Those that exist; an ARN that is MISSING is simply not among them. */
export async function describeContainerInstances(
  cluster: string,
  arns: readonly string[],
): Promise<SeenContainerInstance[]> {
  return inChunks(arns, DESCRIBE_CONTAINER_INSTANCES_MAX, async (containerInstances) => {
    const { containerInstances: seen } = await ecs.send(
      new DescribeContainerInstancesCommand({ cluster, containerInstances, include: ['TAGS'] }),
    );
    return (seen ?? []).flatMap((one) => toContainerInstance(one) ?? []);
  });
}

/** Name of the error for what ECS does not answer for. */
export const UNANSWERED = 'ServiceUnavailable';

/**
 * Undefined when the container instance no longer exists. ECS shows one that was deregistered as INACTIVE for a long
 * time; MISSING may as well be part of a batch that failed, so it is no answer.
 *
 * @throws {Error} When ECS does not answer for it.
 */
export async function describeContainerInstance(
  cluster: string,
  arn: string,
): Promise<SeenContainerInstance | undefined> {
  const [seen] = await describeContainerInstances(cluster, [arn]);
  if (!seen) {
    const error = new Error(`Cannot tell how ${arn} is: ECS does not answer for it; look again`);
    // The state machines try again after this name, as after any other answer that AWS owes.
    error.name = UNANSWERED;
    throw error;
  }
  return seen.status === 'INACTIVE' ? undefined : seen;
}

/**
 * Sets one container instance to DRAINING or ACTIVE and confirms it by the answer: ECS emits no event for it.
 *
 * @throws {InstanceGoneError} When ECS says INACTIVE; MISSING may be a batch that failed in part.
 */
export async function setContainerInstanceState(
  cluster: string,
  arn: string,
  status: 'ACTIVE' | 'DRAINING',
): Promise<SeenContainerInstance> {
  const answer = await ecs.send(
    new UpdateContainerInstancesStateCommand({ cluster, containerInstances: [arn], status }),
  );
  const failure = answer.failures?.[0];
  if (failure) {
    const message = `Cannot set ${arn} to ${status}: ECS says ${failure.reason ?? 'nothing'}${failure.detail ? ` (${failure.detail})` : ''}`;
    if (failure.reason === 'INACTIVE') throw new InstanceGoneError(message);
    throw new Error(message);
  }
  const seen = answer.containerInstances?.[0];
  const known = seen && toContainerInstance(seen);
  if (known?.status !== status) {
    throw new Error(`Cannot set ${arn} to ${status}: ECS answers ${known?.status ?? 'nothing'}`);
  }
  return known;
}

/** Container instances that one EC2 instance is registered as: more than one after its agent lost its identity. */
export async function registrationsOf(cluster: string, ec2InstanceId: string): Promise<string[]> {
  return listContainerInstances(cluster, { filter: `ec2InstanceId == ${ec2InstanceId}` });
}

/** Ends a registration whose agent will never speak again. */
export async function deregister(cluster: string, containerInstance: string): Promise<void> {
  await ecs.send(
    new DeregisterContainerInstanceCommand({ cluster, containerInstance, force: true }),
  );
}

/** Tasks by ARN; those that ECS has forgotten (stopped for more than an hour) are not among them. */
export async function describeTasks(cluster: string, arns: readonly string[]): Promise<Task[]> {
  return inChunks(arns, DESCRIBE_TASKS_MAX, async (tasks) => {
    const answer = await ecs.send(new DescribeTasksCommand({ cluster, tasks }));
    return (answer.tasks ?? []).flatMap((task) => toTask(task) ?? []);
  });
}

/**
 * ARNs of tasks of the whole cluster, or of one container instance: of those that are meant to run, or of those that
 * ECS has told to stop, which lists them for an hour after they have.
 */
export async function listTasks(
  cluster: string,
  containerInstance?: string,
  desiredStatus: 'RUNNING' | 'STOPPED' = 'RUNNING',
): Promise<string[]> {
  return pages(async (nextToken) => {
    const page = await ecs.send(
      new ListTasksCommand({
        cluster,
        ...(containerInstance === undefined ? {} : { containerInstance }),
        desiredStatus,
        maxResults: 100,
        nextToken,
      }),
    );
    return { items: page.taskArns ?? [], nextToken: page.nextToken };
  });
}

/** The tasks that are meant to run on several container instances. */
export async function tasksOn(cluster: string, arns: readonly string[]): Promise<Task[]> {
  const listed = await inChunks(arns, 1, async ([arn]) => listTasks(cluster, arn));
  return listed.length === 0 ? [] : describeTasks(cluster, listed);
}

/** Epoch milliseconds until which each protected task is protected, by task ARN. */
export async function taskProtections(
  cluster: string,
  taskArns: readonly string[],
): Promise<Map<string, number>> {
  const entries = await inChunks(taskArns, GET_TASK_PROTECTION_MAX, async (tasks) => {
    const answer = await ecs.send(new GetTaskProtectionCommand({ cluster, tasks }));
    return (answer.protectedTasks ?? []).flatMap((task): [string, number][] =>
      task.protectionEnabled && task.taskArn && task.expirationDate
        ? [[task.taskArn, task.expirationDate.getTime()]]
        : [],
    );
  });
  return new Map(entries);
}

export async function stopTask(cluster: string, task: string, reason: string): Promise<void> {
  await ecs.send(new StopTaskCommand({ cluster, task, reason }));
}

/** Every active service of the cluster. */
export async function describeServices(cluster: string): Promise<Service[]> {
  return describeServicesByName(cluster, await listServices(cluster));
}

async function listServices(cluster: string): Promise<string[]> {
  return pages(async (nextToken) => {
    const page = await ecs.send(
      new ListServicesCommand({ cluster, maxResults: LIST_SERVICES_MAX, nextToken }),
    );
    return { items: page.serviceArns ?? [], nextToken: page.nextToken };
  });
}

async function servicesNamed(cluster: string, names: readonly string[]): Promise<EcsService[]> {
  return inChunks(names, DESCRIBE_SERVICES_MAX, async (services) => {
    const answer = await ecs.send(new DescribeServicesCommand({ cluster, services }));
    return answer.services ?? [];
  });
}

/** The active ones among the named services. */
export async function describeServicesByName(
  cluster: string,
  names: readonly string[],
): Promise<Service[]> {
  const found = await servicesNamed(cluster, names);
  return found.flatMap((one) => (one.status === 'ACTIVE' ? (toService(one) ?? []) : []));
}

/** What ECS said last of each service, by its name. */
export async function lastServiceEvents(
  cluster: string,
  names: readonly string[],
): Promise<Map<string, string>> {
  const found = await servicesNamed(cluster, names);
  // Newest first.
  return new Map(
    found.map(({ serviceName = '', events = [] }) => [serviceName, events[0]?.message ?? '']),
  );
}
