// Says what a made-up fleet looks like: how many container instances, on what, with which services.

/** One kind of machine in a fleet. */
export interface VariantPlan {
  readonly variant: string;
  readonly arch: 'x86_64' | 'aarch64';
  readonly instanceType: string;
  /** Share of the container instances; the shares of all variants are added up. */
  readonly weight: number;
}

export interface ServicePlan {
  readonly name: string;
  /**
   * Tasks for each container instance the service may use, rounded, at least one; a daemon has one
   * on each.
   */
  readonly tasksPerInstance: number | 'daemon';
  /** CPU units and MiB of one task. */
  readonly cpu: number;
  readonly memory: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  /** Seconds of deregistration delay; absent: no load balancer. */
  readonly deregistrationDelaySeconds?: number;
  /**
   * A port of the machine itself, so that two tasks cannot share one; absent: a free one is taken.
   */
  readonly hostPort?: number;
  readonly stopTimeoutSeconds?: number;
  /** Only on machines of this architecture. */
  readonly arch?: VariantPlan['arch'];
}

/** A task that no service looks after. */
export interface StandaloneTaskPlan {
  readonly family: string;
  readonly cpu: number;
  readonly memory: number;
  /** It ends by itself so many seconds after the start; absent: never. */
  readonly endsAfterSeconds?: number;
}

export interface FleetPlan {
  readonly containerInstances: number;
  /** Number of zones, `a` and on. */
  readonly availabilityZones: number;
  readonly variants: readonly VariantPlan[];
  readonly services: readonly ServicePlan[];
  readonly standaloneTasks: readonly StandaloneTaskPlan[];
  /**
   * Whether the file says where every service task runs. Without, the tasks start out where the
   * service scheduler would have put them, which takes long in a fleet of thousands.
   */
  readonly listsServiceTasks: boolean;
  /** Every how many container instances one still runs the release before; 0 for none. */
  readonly olderEvery: number;
  readonly clusterName: string;
  readonly region: string;
  readonly accountId: string;
  /** ISO 8601: virtual time at the start of the run. */
  readonly startAt: string;
  readonly seed: number;
}

/** Most tasks that one service may have; bigger ones are cut into several. ECS's quota is 5,000. */
export const TASKS_PER_SERVICE_MAX = 1000;

const SERVICES: readonly ServicePlan[] = [
  {
    name: 'web',
    tasksPerInstance: 1,
    cpu: 512,
    memory: 1024,
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    deregistrationDelaySeconds: 60,
  },
  {
    name: 'api',
    tasksPerInstance: 0.75,
    cpu: 512,
    memory: 1024,
    minimumHealthyPercent: 75,
    maximumPercent: 150,
    deregistrationDelaySeconds: 120,
  },
  {
    name: 'checkout',
    tasksPerInstance: 0.25,
    cpu: 1024,
    memory: 2048,
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    deregistrationDelaySeconds: 300,
    hostPort: 8443,
  },
  {
    name: 'search',
    tasksPerInstance: 1,
    cpu: 1024,
    memory: 4096,
    minimumHealthyPercent: 50,
    maximumPercent: 200,
    deregistrationDelaySeconds: 30,
    arch: 'aarch64',
  },
  {
    name: 'worker',
    tasksPerInstance: 0.8,
    cpu: 512,
    memory: 2048,
    minimumHealthyPercent: 50,
    maximumPercent: 100,
    stopTimeoutSeconds: 120,
  },
  {
    name: 'reports',
    tasksPerInstance: 0.125,
    cpu: 256,
    memory: 512,
    minimumHealthyPercent: 0,
    maximumPercent: 100,
  },
  {
    name: 'log-router',
    tasksPerInstance: 'daemon',
    cpu: 64,
    memory: 128,
    minimumHealthyPercent: 0,
    maximumPercent: 100,
  },
];

/** The demo fleet: about half of its capacity is free, so that drains find room. */
export const DEMO_PLAN: FleetPlan = {
  containerInstances: 24,
  availabilityZones: 3,
  variants: [
    { variant: 'aws-ecs-2', arch: 'x86_64', instanceType: 'm6i.xlarge', weight: 3 },
    { variant: 'aws-ecs-2', arch: 'aarch64', instanceType: 'm7g.xlarge', weight: 1 },
  ],
  services: SERVICES,
  standaloneTasks: [
    { family: 'nightly-export', cpu: 256, memory: 512, endsAfterSeconds: 420 },
    { family: 'legacy-import', cpu: 256, memory: 512 },
  ],
  listsServiceTasks: false,
  olderEvery: 9,
  clusterName: 'prod',
  region: 'eu-west-1',
  accountId: '111122223333',
  startAt: '2026-11-24T02:00:00.000Z',
  seed: 1,
};
