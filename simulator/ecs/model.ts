// The nouns of simulated Amazon ECS: cluster, container instance, service, deployment, task, task
// definition.

import type { Timer } from '../kernel/clock.ts';
import type { JsonObject } from '../kernel/service.ts';
import type { Target } from '../kernel/target-groups.ts';
import type { PlacementConstraint, PlacementStrategy, Tag, TaskDefinition } from './definitions.ts';

export type ContainerInstanceStatus =
  | 'REGISTERING'
  | 'REGISTRATION_FAILED'
  | 'ACTIVE'
  | 'DRAINING'
  | 'DEREGISTERING'
  | 'INACTIVE';

/** Task life in order (ECS Developer Guide, "Amazon ECS task lifecycle"). */
export type TaskStatus =
  | 'PROVISIONING'
  | 'PENDING'
  | 'ACTIVATING'
  | 'RUNNING'
  | 'DEACTIVATING'
  | 'STOPPING'
  | 'DEPROVISIONING'
  | 'STOPPED';

/** botocore ecs TaskStopCode, the part that can happen here. */
export type StopCode =
  | 'TaskFailedToStart'
  | 'EssentialContainerExited'
  | 'UserInitiated'
  | 'ServiceSchedulerInitiated'
  | 'TerminationNotice';

export interface Cluster {
  readonly name: string;
  readonly arn: string;
  status: 'ACTIVE' | 'INACTIVE';
  readonly tags: readonly Tag[];
  /** By id, the last part of the ARN; deregistered ones stay as INACTIVE. */
  readonly instances: Map<string, ContainerInstance>;
  /** Registered ones by Availability Zone, in order of registration. */
  readonly zones: Map<string, ContainerInstance[]>;
  readonly services: Map<string, Service>;
  /** By id; a stopped task stays for an hour. */
  readonly tasks: Map<string, Task>;
  /** Stopped tasks, oldest first. */
  readonly stopped: Task[];
  readonly daemons: Set<Service>;
  /** Services that could not place all they want. */
  readonly starving: Set<Service>;
  /** What RunTask answered, by client token (ECS API Reference, "Ensuring idempotency"). */
  readonly runTaskAnswers: Map<string, { readonly asked: string; readonly answer: JsonObject }>;
}

/** What an eventually consistent read of a container instance may still show. */
export interface ContainerInstanceSnapshot {
  readonly status: ContainerInstanceStatus;
  readonly agentConnected: boolean;
  readonly version: number;
  readonly runningTasksCount: number;
  readonly pendingTasksCount: number;
}

export interface Resources {
  readonly cpu: number;
  readonly memoryMiB: number;
  readonly tcpPorts: readonly number[];
  readonly udpPorts: readonly number[];
  readonly gpuIds: readonly string[];
}

export interface ContainerInstance {
  /** Order of creation in the region. */
  readonly sequence: number;
  readonly id: string;
  readonly arn: string;
  readonly cluster: Cluster;
  readonly ec2InstanceId: string;
  readonly availabilityZone: string;
  readonly capacityProviderName: string | undefined;
  readonly registeredAt: number;
  tags: readonly Tag[];
  /** The agent's own, `ecs.…` and capabilities. */
  readonly builtInAttributes: ReadonlyMap<string, string | undefined>;
  /** Settings of the agent and PutAttributes. */
  readonly customAttributes: Map<string, string | undefined>;
  readonly registered: Resources;
  readonly used: {
    cpu: number;
    memoryMiB: number;
    tcp: Map<number, number>;
    udp: Map<number, number>;
    /** Ids of the GPUs that tasks hold. */
    gpus: Set<string>;
  };
  nextEphemeralPort: number;
  agentVersion: string;
  dockerVersion: string;
  status: ContainerInstanceStatus;
  statusReason: string | undefined;
  agentConnected: boolean;
  agentDisconnectedAt: number | undefined;
  /** Since when its agent connectivity counts as IMPAIRED, and since when it is OK after that. */
  impairedAt: number | undefined;
  healthyAgainAt: number | undefined;
  version: number;
  runningTasksCount: number;
  pendingTasksCount: number;
  /** Tasks of REPLICA services that have not left RUNNING; daemons stop after these. */
  replicaTasksCount: number;
  /** Not stopped, daemon tasks aside. */
  nonDaemonTasksCount: number;
  readonly tasks: Set<Task>;
  readonly stoppedTasks: Set<Task>;
  changedAt: number;
  /** As of the latest and of the last but one change. */
  shown: ContainerInstanceSnapshot | undefined;
  stale: ContainerInstanceSnapshot | undefined;
}

export interface Deployment {
  /** `ecs-svc/` and 19 digits; also `startedBy` of its tasks. */
  readonly id: string;
  readonly taskDefinition: TaskDefinition;
  status: 'PRIMARY' | 'ACTIVE';
  rolloutState: 'IN_PROGRESS' | 'COMPLETED';
  readonly createdAt: number;
  updatedAt: number;
  runningCount: number;
  pendingCount: number;
  failedTasks: number;
}

export interface LoadBalancer {
  readonly targetGroupArn: string;
  readonly containerName: string;
  readonly containerPort: number;
}

interface ServiceEvent {
  readonly id: string;
  readonly at: number;
  readonly message: string;
}

export interface Service {
  readonly sequence: number;
  readonly name: string;
  readonly arn: string;
  readonly cluster: Cluster;
  readonly schedulingStrategy: 'REPLICA' | 'DAEMON';
  readonly launchType: string;
  readonly createdAt: number;
  readonly tags: readonly Tag[];
  readonly loadBalancers: readonly LoadBalancer[];
  status: 'ACTIVE' | 'INACTIVE';
  /** For a DAEMON service: how many container instances are eligible. */
  desiredCount: number;
  minimumHealthyPercent: number;
  maximumPercent: number;
  placementConstraints: readonly PlacementConstraint[];
  placementStrategy: readonly PlacementStrategy[];
  healthCheckGracePeriodSeconds: number;
  /** PRIMARY first. */
  deployments: Deployment[];
  /** Newest first, at most 100. */
  readonly events: ServiceEvent[];
  /** When each message of a failure was last written. */
  readonly lastSaidAt: Map<string, number>;
  /** Not stopped. */
  readonly tasks: Set<Task>;
  readonly stoppedTasks: Set<Task>;
  /** Wanted RUNNING, and in a place and of a deployment where they may stay. */
  readonly keeping: Set<Task>;
  /**
   * Wanted RUNNING, but to be replaced: on a DRAINING instance, of an older deployment, or
   * unhealthy.
   */
  readonly leaving: Set<Task>;
  healthyCount: number;
  runningCount: number;
  pendingCount: number;
  /** How many of `keeping` are in each Availability Zone and on each container instance. */
  readonly perZone: Map<string, number>;
  readonly perInstance: Map<ContainerInstance, number>;
  /** DAEMON only: where the service has to look again, and where it belongs. */
  readonly dirtyInstances: Set<ContainerInstance>;
  readonly eligibleInstances: Set<ContainerInstance>;
  /** The scheduler's next look. */
  timer: Timer | undefined;
  /** Since when it has been steady, if it is. */
  steadyAt: number | undefined;
  /** Tasks still to be started because desiredCount grew: these starts are no moves. */
  growth: number;
}

export interface RegisteredTarget extends Target {
  readonly targetGroupArn: string;
}

export interface NetworkBinding {
  readonly containerName: string;
  readonly containerPort: number;
  readonly hostPort: number;
  readonly protocol: 'tcp' | 'udp';
}

/** What one task holds of its container instance besides CPU and memory. */
export interface Taken {
  readonly bindings: readonly NetworkBinding[];
  /** By name of the container. */
  readonly gpuIds: ReadonlyMap<string, readonly string[]>;
}

/** What a task counted for when it was last tallied. */
export interface Tally {
  readonly kind: 'keeping' | 'leaving' | 'stopping' | 'none';
  readonly healthy: boolean;
  readonly running: boolean;
  readonly pending: boolean;
  readonly runningOnInstance: boolean;
  readonly replica: boolean;
  readonly nonDaemon: boolean;
}

export interface Task {
  readonly sequence: number;
  readonly id: string;
  readonly arn: string;
  readonly cluster: Cluster;
  readonly instance: ContainerInstance;
  readonly taskDefinition: TaskDefinition;
  readonly service: Service | undefined;
  readonly deployment: Deployment | undefined;
  readonly group: string;
  readonly startedBy: string | undefined;
  readonly tags: readonly Tag[];
  readonly overrides: JsonObject | undefined;
  readonly bindings: readonly NetworkBinding[];
  /** By name of the container. */
  readonly gpuIds: ReadonlyMap<string, readonly string[]>;
  readonly privateIpAddress: string | undefined;
  readonly targets: readonly RegisteredTarget[];
  readonly createdAt: number;
  lastStatus: TaskStatus;
  desiredStatus: 'RUNNING' | 'STOPPED';
  version: number;
  pullStartedAt: number | undefined;
  pullStoppedAt: number | undefined;
  startedAt: number | undefined;
  stoppingAt: number | undefined;
  executionStoppedAt: number | undefined;
  stoppedAt: number | undefined;
  stopCode: StopCode | undefined;
  stoppedReason: string | undefined;
  exitCode: number | undefined;
  /** Counts toward minimumHealthyPercent. */
  healthy: boolean;
  /** Its container health check, if any, has passed. */
  containersHealthy: boolean;
  /** Failed its load balancer health check: to be replaced. */
  failedTargetHealth: boolean;
  /** Target groups whose health was given at load, not observed. */
  targetsTrusted: boolean;
  protectedUntil: number | undefined;
  drainIgnoresProtection: boolean;
  endsAfterSeconds: number | undefined;
  /** Its containers are gone although ECS has not heard of it. */
  died: boolean;
  timer: Timer | undefined;
  healthTimer: Timer | undefined;
  endTimer: Timer | undefined;
  /** What the agent will do once it is connected again. */
  deferred: (() => void) | undefined;
  tally: Tally | undefined;
}
