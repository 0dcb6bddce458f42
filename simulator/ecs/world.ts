// The truth about every cluster, for reports and invariants: what callers of the API may only learn
// late or in part.

import type { Ledger } from './ledger.ts';
import type { ContainerInstance, Service, Task, TaskStatus } from './model.ts';

export interface TaskView {
  readonly taskArn: string;
  readonly containerInstanceArn: string;
  readonly ec2InstanceId: string;
  readonly serviceName: string | undefined;
  readonly schedulingStrategy: 'REPLICA' | 'DAEMON' | undefined;
  readonly lastStatus: TaskStatus;
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly healthy: boolean;
  /** Its containers run on the host, whatever ECS believes. */
  readonly alive: boolean;
}

export interface ContainerInstanceView {
  readonly containerInstanceArn: string;
  readonly ec2InstanceId: string;
  readonly availabilityZone: string;
  readonly status: ContainerInstance['status'];
  readonly agentConnected: boolean;
  readonly version: number;
  /** Those of PutAttributes and of the agent's settings, by name. */
  readonly customAttributes: ReadonlyMap<string, string | undefined>;
  readonly runningTasksCount: number;
  readonly pendingTasksCount: number;
  /** Not stopped, daemons aside. */
  readonly nonDaemonTasksCount: number;
}

export interface ServiceView {
  readonly serviceArn: string;
  readonly serviceName: string;
  readonly schedulingStrategy: 'REPLICA' | 'DAEMON';
  readonly desiredCount: number;
  readonly runningCount: number;
  readonly pendingCount: number;
  readonly healthyCount: number;
  /** Tasks whose containers run, whatever ECS believes. */
  readonly aliveCount: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly deploymentInProgress: boolean;
  readonly steady: boolean;
}

function taskView(task: Task): TaskView {
  const { service, instance, lastStatus, desiredStatus } = task;
  const hasContainers =
    lastStatus === 'RUNNING' || lastStatus === 'DEACTIVATING' || lastStatus === 'STOPPING';
  return {
    taskArn: task.arn,
    containerInstanceArn: instance.arn,
    ec2InstanceId: instance.ec2InstanceId,
    serviceName: service?.name,
    schedulingStrategy: service?.schedulingStrategy,
    lastStatus,
    desiredStatus,
    healthy: task.tally?.healthy ?? false,
    alive: hasContainers && !task.died,
  };
}

function instanceView(instance: ContainerInstance): ContainerInstanceView {
  const { arn, ec2InstanceId, availabilityZone, status, agentConnected, version } = instance;
  const { customAttributes, runningTasksCount, pendingTasksCount, nonDaemonTasksCount } = instance;
  return {
    containerInstanceArn: arn,
    ...{ ec2InstanceId, availabilityZone, status, agentConnected, version },
    ...{ customAttributes, runningTasksCount, pendingTasksCount, nonDaemonTasksCount },
  };
}

function serviceView(service: Service): ServiceView {
  const { arn, name, schedulingStrategy, desiredCount, runningCount, pendingCount } = service;
  const { healthyCount, minimumHealthyPercent, maximumPercent, deployments, tasks } = service;
  let aliveCount = 0;
  for (const { lastStatus, died } of tasks) if (lastStatus === 'RUNNING' && !died) aliveCount++;
  return {
    serviceArn: arn,
    serviceName: name,
    ...{ schedulingStrategy, desiredCount, runningCount, pendingCount, healthyCount, aliveCount },
    ...{ minimumHealthyPercent, maximumPercent },
    deploymentInProgress: deployments.some(({ rolloutState }) => rolloutState !== 'COMPLETED'),
    steady: service.steadyAt !== undefined,
  };
}

export class EcsWorld {
  /** By service ARN: tasks started in place of others since the start of the run. */
  readonly taskMoves: ReadonlyMap<string, number>;
  readonly #ledger: Ledger;

  constructor(ledger: Ledger, taskMoves: ReadonlyMap<string, number>) {
    this.#ledger = ledger;
    this.taskMoves = taskMoves;
  }

  clusterNames(): string[] {
    return [...this.#ledger.clusters.keys()];
  }

  /** All that ever were in the cluster; deregistered ones are INACTIVE. */
  containerInstances(clusterName: string): ContainerInstanceView[] {
    return Array.from(this.#cluster(clusterName)?.instances.values() ?? [], instanceView);
  }

  /** The one registered for an EC2 instance now. */
  containerInstanceOn(ec2InstanceId: string): ContainerInstanceView | undefined {
    const instance = this.#ledger.instanceOn(ec2InstanceId);
    return instance && instanceView(instance);
  }

  /** Tasks that have not stopped on the container instance of an EC2 instance. */
  tasksOn(ec2InstanceId: string): TaskView[] {
    return Array.from(this.#ledger.instanceOn(ec2InstanceId)?.tasks ?? [], taskView);
  }

  /** Every task ECS still shows, stopped ones for an hour. */
  tasks(clusterName: string): TaskView[] {
    return Array.from(this.#cluster(clusterName)?.tasks.values() ?? [], taskView);
  }

  services(clusterName: string): ServiceView[] {
    return Array.from(this.#cluster(clusterName)?.services.values() ?? [], serviceView);
  }

  service(clusterName: string, serviceName: string): ServiceView | undefined {
    const service = this.#cluster(clusterName)?.services.get(serviceName);
    return service && serviceView(service);
  }

  #cluster(name: string) {
    return this.#ledger.clusters.get(name);
  }
}
