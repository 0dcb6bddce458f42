// The operations of ECS that are simulated, and the request rate limit each of them counts against.

import type { ThrottleBucket } from '../../kernel/service.ts';
import type { Operation } from '../region.ts';
import { deleteAttributes, putAttributes } from './attributes.ts';
import { describeClusters, listClusters } from './clusters.ts';
import {
  deregisterContainerInstance,
  describeContainerInstances,
  listContainerInstances,
} from './container-instances.ts';
import { runTask, startTask } from './run-task.ts';
import { describeServices, listServices } from './services.ts';
import { listTagsForResource } from './tags.ts';
import { describeTaskDefinition } from './task-definitions.ts';
import { getTaskProtection, updateTaskProtection } from './task-protection.ts';
import { describeTasks, listTasks, stopTask } from './tasks.ts';
import { updateContainerInstancesState } from './update-container-instances-state.ts';
import { updateService } from './update-service.ts';

const bucket = (name: string, burst: number, refillPerSecond: number): ThrottleBucket => ({
  name,
  burst,
  refillPerSecond,
});

/**
 * ECS API Reference, "Request throttling for the Amazon ECS API"; per account and region, shared by
 * all callers.
 */
const CLUSTER_READ = bucket('Cluster read', 50, 20);
const RESOURCE_MODIFY = bucket('Cluster resource modify', 100, 40);
const RESOURCE_READ = bucket('Cluster resource read', 100, 20);
const SERVICE_READ = bucket('Service read', 100, 20);
const SERVICE_MODIFY = bucket('Service modify', 50, 5);
const TASK_PROTECTION = bucket('Task protection', 200, 80);
/** Not in the part of the page that is at hand: the figures of the other reads (guess). */
const OTHER_READ = bucket('Other read', 100, 20);

interface Row {
  readonly run: Operation;
  readonly bucket: ThrottleBucket;
}

export const OPERATIONS: Readonly<Record<string, Row>> = {
  DeleteAttributes: { run: deleteAttributes, bucket: RESOURCE_MODIFY },
  DeregisterContainerInstance: { run: deregisterContainerInstance, bucket: RESOURCE_MODIFY },
  DescribeClusters: { run: describeClusters, bucket: CLUSTER_READ },
  DescribeContainerInstances: { run: describeContainerInstances, bucket: RESOURCE_READ },
  DescribeServices: { run: describeServices, bucket: SERVICE_READ },
  DescribeTaskDefinition: { run: describeTaskDefinition, bucket: OTHER_READ },
  DescribeTasks: { run: describeTasks, bucket: RESOURCE_READ },
  GetTaskProtection: { run: getTaskProtection, bucket: TASK_PROTECTION },
  ListClusters: { run: listClusters, bucket: CLUSTER_READ },
  ListContainerInstances: { run: listContainerInstances, bucket: RESOURCE_READ },
  ListServices: { run: listServices, bucket: SERVICE_READ },
  ListTagsForResource: { run: listTagsForResource, bucket: OTHER_READ },
  ListTasks: { run: listTasks, bucket: RESOURCE_READ },
  PutAttributes: { run: putAttributes, bucket: RESOURCE_MODIFY },
  RunTask: { run: runTask, bucket: RESOURCE_MODIFY },
  StartTask: { run: startTask, bucket: RESOURCE_MODIFY },
  StopTask: { run: stopTask, bucket: RESOURCE_MODIFY },
  UpdateContainerInstancesState: { run: updateContainerInstancesState, bucket: RESOURCE_MODIFY },
  UpdateService: { run: updateService, bucket: SERVICE_MODIFY },
  UpdateTaskProtection: { run: updateTaskProtection, bucket: TASK_PROTECTION },
};
