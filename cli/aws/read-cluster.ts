// Reads a cluster and what stands around it, changing nothing: Amazon ECS, Systems Manager, Auto Scaling, target groups.

import {
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  type ContainerInstance,
  DescribeContainerInstancesCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  paginateListServices,
  type Service,
  type Task,
  type TaskDefinition,
} from '@aws-sdk/client-ecs';
import {
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { groupMembers } from '../../functions/aws/auto-scaling.ts';
import { describeNodes, type ManagedNode } from '../../functions/aws/documents.ts';
import {
  findCluster,
  listContainerInstances,
  listTasks,
  taskProtections,
} from '../../functions/aws/ecs.ts';
import { inParallel } from '../../functions/aws/parallel.ts';

const ecs = new ECSClient({ maxAttempts: 5 });
const autoScaling = new AutoScalingClient({ maxAttempts: 5 });
const loadBalancing = new ElasticLoadBalancingV2Client({ maxAttempts: 5 });

/** Limits of one call (API references). */
const CONTAINER_INSTANCES_MAX = 100;
const TASKS_MAX = 100;
const SERVICES_MAX = 10;
const GROUPS_MAX = 50;
const TARGET_GROUPS_MAX = 20;
/** Reads at once: the buckets of ECS refill 20 calls per second for the whole account and region. */
const READS_MAX = 5;

/** A cluster as its region shows it. */
export interface SeenCluster {
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly containerInstances: readonly ContainerInstance[];
  /** Those that are ACTIVE. */
  readonly services: readonly Service[];
  readonly tasks: readonly Task[];
  /** Every one that a service or a task uses. */
  readonly taskDefinitions: readonly TaskDefinition[];
  /** Epoch milliseconds, by task ARN. */
  readonly protectedUntil: ReadonlyMap<string, number>;
  /** What Systems Manager knows, by EC2 instance id. */
  readonly managed: ReadonlyMap<string, ManagedNode>;
  readonly autoScalingGroups: readonly AutoScalingGroup[];
  readonly targetGroups: readonly TargetGroup[];
  /** Seconds, by target group ARN. */
  readonly deregistrationDelays: ReadonlyMap<string, number>;
}

/** Reads in calls of at most so many, a few at once; answers in order. */
async function inChunks<T>(
  items: readonly string[],
  size: number,
  read: (chunk: string[]) => Promise<readonly T[] | undefined>,
): Promise<T[]> {
  const chunks = Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
  return (await inParallel(chunks, READS_MAX, read)).flatMap((part) => part ?? []);
}

async function readContainerInstances(cluster: string): Promise<ContainerInstance[]> {
  const arns = await listContainerInstances(cluster);
  return inChunks(arns, CONTAINER_INSTANCES_MAX, async (containerInstances) => {
    const asked = { cluster, containerInstances, include: ['TAGS' as const] };
    return (await ecs.send(new DescribeContainerInstancesCommand(asked))).containerInstances;
  });
}

async function readServices(cluster: string): Promise<Service[]> {
  const arns: string[] = [];
  const pages = paginateListServices({ client: ecs, pageSize: 100 }, { cluster });
  for await (const { serviceArns = [] } of pages) arns.push(...serviceArns);
  const services = await inChunks(arns, SERVICES_MAX, async (names) => {
    return (await ecs.send(new DescribeServicesCommand({ cluster, services: names }))).services;
  });
  return services.filter(({ status }) => status === 'ACTIVE');
}

async function readTasks(cluster: string): Promise<Task[]> {
  return inChunks(await listTasks(cluster), TASKS_MAX, async (tasks) => {
    return (await ecs.send(new DescribeTasksCommand({ cluster, tasks }))).tasks;
  });
}

async function readTaskDefinitions(arns: readonly string[]): Promise<TaskDefinition[]> {
  return inChunks(arns, 1, async ([taskDefinition]) => {
    const answer = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
    return answer.taskDefinition ? [answer.taskDefinition] : [];
  });
}

async function readGroups(ec2InstanceIds: readonly string[]): Promise<AutoScalingGroup[]> {
  const members = await groupMembers(ec2InstanceIds);
  const names = [...new Set([...members.values()].map((one) => one.autoScalingGroupName))].sort();
  return inChunks(names, GROUPS_MAX, async (AutoScalingGroupNames) => {
    const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames });
    return (await autoScaling.send(command)).AutoScalingGroups;
  });
}

async function readTargetGroups(arns: readonly string[]): Promise<TargetGroup[]> {
  return inChunks(arns, TARGET_GROUPS_MAX, async (TargetGroupArns) => {
    return (await loadBalancing.send(new DescribeTargetGroupsCommand({ TargetGroupArns })))
      .TargetGroups;
  });
}

async function readDelays(arns: readonly string[]): Promise<Map<string, number>> {
  const entries = await inParallel(arns, READS_MAX, async (TargetGroupArn) => {
    const command = new DescribeTargetGroupAttributesCommand({ TargetGroupArn });
    const { Attributes = [] } = await loadBalancing.send(command);
    const delay = Attributes.find(({ Key }) => Key === 'deregistration_delay.timeout_seconds');
    return [TargetGroupArn, Number(delay?.Value ?? Number.NaN)] as const;
  });
  return new Map(entries.filter(([, seconds]) => !Number.isNaN(seconds)));
}

function distinct(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.filter((one) => one !== undefined))].sort();
}

/** @param nameOrArn Of a cluster that is ACTIVE. */
export async function readCluster(nameOrArn: string): Promise<SeenCluster> {
  const { clusterArn, clusterName } = await findCluster(nameOrArn);
  const containerInstances = await readContainerInstances(clusterArn);
  const ids = distinct(containerInstances.map((one) => one.ec2InstanceId));
  const services = await readServices(clusterArn);
  const tasks = await readTasks(clusterArn);
  // Only service tasks can be protected; GetTaskProtection refuses others.
  const protectable = tasks.filter(({ startedBy }) => startedBy?.startsWith('ecs-svc/'));
  const used = [
    ...services.map(({ taskDefinition }) => taskDefinition),
    ...tasks.map(({ taskDefinitionArn }) => taskDefinitionArn),
  ];
  const targetGroupArns = distinct(
    services.flatMap(({ loadBalancers = [] }) => loadBalancers.map((one) => one.targetGroupArn)),
  );
  return {
    clusterArn,
    clusterName,
    containerInstances,
    services,
    tasks,
    taskDefinitions: await readTaskDefinitions(distinct(used)),
    protectedUntil: await taskProtections(
      clusterArn,
      distinct(protectable.map((one) => one.taskArn)),
    ),
    managed: await describeNodes(ids),
    autoScalingGroups: await readGroups(ids.filter((id) => id.startsWith('i-'))),
    targetGroups: await readTargetGroups(targetGroupArns),
    deregistrationDelays: await readDelays(targetGroupArns),
  };
}
