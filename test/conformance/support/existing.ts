// The things of an account that no test can make for itself: their environment variables, and a fleet that has them here.

import { type Fleet, fleetSchema } from '../../../simulator/fleet-file/schema.ts';

const ACCOUNT = 'eu-west-1:111122223333';
const CLUSTER_ARN = `arn:aws:ecs:${ACCOUNT}:cluster/conformance`;
const TARGET_GROUP_ARN = `arn:aws:elasticloadbalancing:${ACCOUNT}:targetgroup/web/0123456789abcdef`;

const ec2InstanceId = (n: number) => `i-${n.toString(16).padStart(17, '0')}`;
const containerInstanceArn = (n: number) =>
  `arn:aws:ecs:${ACCOUNT}:container-instance/conformance/${n.toString(16).padStart(32, '0')}`;

export interface Existing {
  /** What it must be in an account. */
  readonly is: string;
  /** Its name in the simulated region. */
  readonly simulated: string;
}

/** By environment variable. */
export const EXISTING = {
  REMOTE_CLUSTER: {
    is: 'name of an ECS cluster with a container instance and a service',
    simulated: 'conformance',
  },
  REMOTE_CONTAINER_INSTANCE: {
    is: 'ARN of an ACTIVE container instance of that cluster, whose tasks may be moved',
    simulated: containerInstanceArn(1),
  },
  REMOTE_SPARE_CONTAINER_INSTANCE: {
    is: 'ARN of another one that may be lost',
    simulated: containerInstanceArn(4),
  },
  REMOTE_SERVICE: {
    is: 'name of a REPLICA service of that cluster, on EC2, with at least one task',
    simulated: 'web',
  },
  REMOTE_TASK_DEFINITION: {
    is: 'family:revision of a task that runs for minutes on the container instance',
    simulated: 'job:1',
  },
  REMOTE_EC2_INSTANCE: {
    is: 'id of a running EC2 instance that Systems Manager manages and that may be rebooted',
    simulated: ec2InstanceId(1),
  },
  REMOTE_SPARE_EC2_INSTANCE: {
    is: 'id of a running EC2 instance that may be terminated',
    simulated: ec2InstanceId(3),
  },
  REMOTE_AUTO_SCALING_GROUP: {
    is: 'name of an Auto Scaling group with room for one more and one less, and an instance InService',
    simulated: 'conformance-group',
  },
  REMOTE_TARGET_GROUP: {
    is: 'ARN of a target group of type instance whose load balancer listens',
    simulated: TARGET_GROUP_ARN,
  },
  REMOTE_CALENDAR: { is: 'name of a Change Calendar', simulated: 'conformance-calendar' },
  REMOTE_LAMBDA_ROLE: {
    is: 'ARN of a role that Lambda may assume',
    simulated: 'arn:aws:iam::111122223333:role/lambda',
  },
  REMOTE_STATES_ROLE: {
    is: 'ARN of a role that Step Functions may assume and that may invoke functions',
    simulated: 'arn:aws:iam::111122223333:role/states',
  },
  REMOTE_SCHEDULER_ROLE: {
    is: 'ARN of a role that EventBridge Scheduler may assume and that may invoke functions',
    simulated: 'arn:aws:iam::111122223333:role/scheduler',
  },
} as const satisfies Record<string, Existing>;

export type ExistingName = keyof typeof EXISTING;

function taskDefinition(name: string, more: object = {}) {
  return {
    taskDefinitionArn: `arn:aws:ecs:${ACCOUNT}:task-definition/${name}:1`,
    containerDefinitions: [
      {
        name: 'app',
        image: 'app',
        cpu: 128,
        memory: 128,
        portMappings: [{ containerPort: 80, hostPort: 0 }],
        ...more,
      },
    ],
  };
}

/** A small fleet in which all of them exist. */
export function conformanceFleet(): Fleet {
  // More than a smallest page of EC2 holds.
  const numbers = [1, 2, 3, 4, 5, 6];
  return fleetSchema.parse({
    clusters: [
      { clusterName: 'conformance', tags: [{ key: 'team', value: 'infra' }] },
      { clusterName: 'second' },
    ],
    containerInstances: numbers.map((n) => ({
      containerInstanceArn: containerInstanceArn(n),
      ec2InstanceId: ec2InstanceId(n),
      attributes: [{ name: 'rack', value: `r${n}` }],
      tags: [{ key: 'n', value: String(n) }],
    })),
    hosts: numbers.map((n) => ({
      ec2InstanceId: ec2InstanceId(n),
      availabilityZone: `eu-west-1${'ab'[n % 2]}`,
      autoScalingGroupName: n <= 2 ? 'conformance-group' : undefined,
      bottlerocket: { version: '1.64.0', variant: 'aws-ecs-2', arch: 'x86_64' },
      tags: [{ key: 'Name', value: `host-${n}` }],
    })),
    taskDefinitions: [taskDefinition('web'), taskDefinition('job'), taskDefinition('agent')],
    services: [
      {
        serviceName: 'web',
        clusterArn: CLUSTER_ARN,
        taskDefinition: 'web:1',
        desiredCount: 3,
        loadBalancers: [
          { targetGroupArn: TARGET_GROUP_ARN, containerName: 'app', containerPort: 80 },
        ],
      },
      {
        serviceName: 'agent',
        clusterArn: CLUSTER_ARN,
        taskDefinition: 'agent:1',
        schedulingStrategy: 'DAEMON',
      },
    ],
    targetGroups: [
      { TargetGroupArn: TARGET_GROUP_ARN, TargetGroupName: 'web', deregistrationDelaySeconds: 20 },
    ],
    autoScalingGroups: [
      {
        AutoScalingGroupName: 'conformance-group',
        MinSize: 0,
        MaxSize: 4,
        DesiredCapacity: 2,
        AvailabilityZones: ['eu-west-1a', 'eu-west-1b'],
        Instances: [{ InstanceId: ec2InstanceId(1) }, { InstanceId: ec2InstanceId(2) }],
        launches: {
          clusterName: 'conformance',
          version: '1.64.0',
          variant: 'aws-ecs-2',
          arch: 'x86_64',
        },
      },
    ],
    calendars: [
      {
        name: 'conformance-calendar',
        closed: [{ from: '2026-12-24T00:00:00Z', until: '2026-12-27T00:00:00Z' }],
      },
    ],
    updateRepository: {
      releases: [
        {
          version: '1.64.0',
          variant: 'aws-ecs-2',
          arch: 'x86_64',
          publishedAt: '2026-11-01T00:00:00Z',
        },
      ],
    },
  });
}
