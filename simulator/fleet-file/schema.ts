// The fleet file: one region's clusters, machines and update repository, as people write it or snapshot it.
//
// Members under `clusters`, `containerInstances`, `services`, `taskDefinitions` and `tasks` have the shapes that
// `aws ecs describe-*` prints; members not listed here are allowed and ignored.

import * as z from 'zod';

const tags = z
  .array(z.object({ key: z.string().max(128), value: z.string().max(256).optional() }))
  .optional();

const attribute = z.looseObject({ name: z.string().min(1), value: z.string().optional() });

const resource = z.looseObject({
  name: z.string(),
  type: z.string().optional(),
  integerValue: z.number().int().optional(),
  doubleValue: z.number().optional(),
  longValue: z.number().optional(),
  stringSetValue: z.array(z.string()).optional(),
});

const cluster = z.looseObject({
  clusterName: z.string().regex(/^[A-Za-z0-9_-]{1,255}$/),
  clusterArn: z.string().optional(),
  tags,
});

const containerInstance = z.looseObject({
  containerInstanceArn: z
    .string()
    .regex(/^arn:aws[a-z-]*:ecs:[a-z0-9-]+:\d{12}:container-instance\/.+$/),
  ec2InstanceId: z.string().regex(/^(i-[0-9a-f]{8}|i-[0-9a-f]{17}|mi-[0-9a-f]{17})$/),
  status: z
    .enum(['ACTIVE', 'DRAINING', 'REGISTERING', 'DEREGISTERING', 'REGISTRATION_FAILED'])
    .default('ACTIVE'),
  agentConnected: z.boolean().default(true),
  version: z.number().int().optional(),
  versionInfo: z
    .looseObject({ agentVersion: z.string().optional(), dockerVersion: z.string().optional() })
    .optional(),
  registeredResources: z.array(resource).optional(),
  attributes: z.array(attribute).optional(),
  capacityProviderName: z.string().optional(),
  tags,
});

const placementConstraint = z.looseObject({
  type: z.enum(['distinctInstance', 'memberOf']),
  expression: z.string().optional(),
});

const service = z.looseObject({
  serviceName: z.string().min(1).max(255),
  clusterArn: z.string(),
  serviceArn: z.string().optional(),
  taskDefinition: z.string(),
  desiredCount: z.number().int().min(0).default(0),
  schedulingStrategy: z.enum(['REPLICA', 'DAEMON']).default('REPLICA'),
  launchType: z.string().optional(),
  deploymentConfiguration: z
    .looseObject({
      minimumHealthyPercent: z.number().int().min(0).optional(),
      maximumPercent: z.number().int().min(0).optional(),
    })
    .optional(),
  loadBalancers: z
    .array(
      z.looseObject({
        targetGroupArn: z.string().optional(),
        containerName: z.string().optional(),
        containerPort: z.number().int().optional(),
      }),
    )
    .optional(),
  placementConstraints: z.array(placementConstraint).optional(),
  placementStrategy: z
    .array(
      z.looseObject({
        type: z.enum(['random', 'spread', 'binpack']),
        field: z.string().optional(),
      }),
    )
    .optional(),
  healthCheckGracePeriodSeconds: z.number().int().min(0).optional(),
  tags,
});

const containerDefinition = z.looseObject({
  name: z.string(),
  cpu: z.number().int().min(0).default(0),
  memory: z.number().int().min(0).optional(),
  memoryReservation: z.number().int().min(0).optional(),
  essential: z.boolean().optional(),
  portMappings: z
    .array(
      z.looseObject({
        containerPort: z.number().int(),
        hostPort: z.number().int().optional(),
        protocol: z.string().optional(),
      }),
    )
    .optional(),
  stopTimeout: z.number().int().min(0).optional(),
  healthCheck: z
    .looseObject({
      interval: z.number().optional(),
      retries: z.number().optional(),
      startPeriod: z.number().optional(),
    })
    .optional(),
});

const taskDefinition = z.looseObject({
  taskDefinitionArn: z.string(),
  family: z.string().optional(),
  revision: z.number().int().optional(),
  cpu: z.string().optional(),
  memory: z.string().optional(),
  networkMode: z.string().optional(),
  containerDefinitions: z.array(containerDefinition).min(1),
  placementConstraints: z.array(placementConstraint).optional(),
});

const task = z.looseObject({
  taskArn: z.string(),
  clusterArn: z.string(),
  taskDefinitionArn: z.string(),
  containerInstanceArn: z.string(),
  group: z.string().optional(),
  startedBy: z.string().optional(),
  lastStatus: z.string().default('RUNNING'),
  desiredStatus: z.string().default('RUNNING'),
  healthStatus: z.string().optional(),
  /** Simulator only: protected against scale-in and deployments until this instant (ISO 8601). */
  protectedUntil: z.iso.datetime().optional(),
  /** Simulator only: a standalone task ends by itself after so many seconds. */
  endsAfterSeconds: z.number().positive().optional(),
});

/** Median and 99th percentile, in seconds, of one duration on a host. */
const duration = z.object({
  medianSeconds: z.number().positive(),
  p99Seconds: z.number().positive(),
});

const version = z.string().regex(/^\d+\.\d+\.\d+$/, 'expected a version such as 1.64.0');

const host = z.strictObject({
  ec2InstanceId: z.string(),
  availabilityZone: z.string(),
  instanceType: z.string().default('m6i.xlarge'),
  /** Absent: the instance does not run Bottlerocket. */
  bottlerocket: z
    .strictObject({
      version,
      variant: z.string(),
      arch: z.enum(['x86_64', 'aarch64']),
      /** Place in the repository waves, 0 to 2047; drawn from the seed unless said. */
      seed: z.number().int().min(0).max(2047).optional(),
      settings: z
        .strictObject({
          versionLock: z.string().default('latest'),
          ignoreWaves: z.boolean().default(false),
          adminContainerEnabled: z.boolean().default(false),
        })
        .prefault({}),
      /** Image in the other partition set; empty unless said. */
      otherPartitionVersion: version.optional(),
    })
    .optional(),
  autoScalingGroupName: z.string().optional(),
  /** False: no SSM agent is registered (for example a missing role). */
  ssmRegistered: z.boolean().default(true),
  /** `ConnectionLost` hosts are registered but never answer. */
  ssmPingStatus: z.enum(['Online', 'ConnectionLost']).default('Online'),
  timings: z
    .strictObject({
      prepare: duration.optional(),
      reboot: duration.optional(),
      ecsAgentConnect: duration.optional(),
      ssmAgentStart: duration.optional(),
    })
    .prefault({}),
  tags,
});

const release = z.strictObject({
  version,
  variant: z.string(),
  arch: z.enum(['x86_64', 'aarch64']),
  publishedAt: z.iso.datetime(),
  /** Repository waves: the schedule's name of Bottlerocket, or none (everyone at once). */
  waves: z.enum(['default', 'accelerated', 'emergency', 'none']).default('none'),
  /** ECS agent shipped with the release. */
  ecsAgentVersion: z.string().default('1.98.0'),
  /** How hosts fare on this image. `good` unless said. */
  behaviour: z
    .enum(['good', 'falls-back', 'never-boots', 'ecs-agent-fails', 'hangs-after-boot'])
    .default('good'),
});

const fleet = z.strictObject({
  $schema: z.string().optional(),
  region: z.string().default('eu-west-1'),
  accountId: z
    .string()
    .regex(/^\d{12}$/)
    .default('111122223333'),
  /** Virtual time at the start of the run. */
  startAt: z.iso.datetime().default('2026-11-24T02:00:00.000Z'),
  clusters: z.array(cluster).min(1),
  containerInstances: z.array(containerInstance).default([]),
  services: z.array(service).default([]),
  taskDefinitions: z.array(taskDefinition).default([]),
  tasks: z.array(task).default([]),
  hosts: z.array(host).default([]),
  autoScalingGroups: z
    .array(
      z.looseObject({
        AutoScalingGroupName: z.string(),
        MinSize: z.number().int(),
        MaxSize: z.number().int(),
        DesiredCapacity: z.number().int(),
        HealthCheckType: z.string().default('EC2'),
        Instances: z
          .array(
            z.looseObject({
              InstanceId: z.string(),
              ProtectedFromScaleIn: z.boolean().default(false),
            }),
          )
          .default([]),
        /** Simulator only: the ECS cluster that a launched instance joins, and the image it boots. */
        launches: z
          .strictObject({
            clusterName: z.string(),
            version,
            variant: z.string(),
            arch: z.enum(['x86_64', 'aarch64']),
          })
          .optional(),
      }),
    )
    .default([]),
  targetGroups: z
    .array(
      z.looseObject({
        TargetGroupArn: z.string(),
        TargetGroupName: z.string().optional(),
        HealthCheckIntervalSeconds: z.number().default(30),
        HealthyThresholdCount: z.number().int().default(5),
        UnhealthyThresholdCount: z.number().int().default(2),
        /** Of `describe-target-group-attributes`: deregistration_delay.timeout_seconds. */
        deregistrationDelaySeconds: z.number().int().min(0).max(3600).default(300),
      }),
    )
    .default([]),
  alarms: z
    .array(
      z.looseObject({
        AlarmName: z.string(),
        StateValue: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']).default('OK'),
      }),
    )
    .default([]),
  /** Systems Manager Change Calendars: closed during `closed`, open otherwise. */
  calendars: z
    .array(
      z.strictObject({
        name: z.string(),
        closed: z
          .array(z.strictObject({ from: z.iso.datetime(), until: z.iso.datetime() }))
          .default([]),
      }),
    )
    .default([]),
  updateRepository: z.strictObject({
    releases: z.array(release).default([]),
    /** Highest version that may be offered, per variant; lowered when a release is pulled. */
    maxVersion: z.record(z.string(), version).default({}),
    reachable: z.boolean().default(true),
  }),
});

/** Checks a fleet file; every key with its default. */
export const fleetSchema = fleet;
export type Fleet = z.infer<typeof fleet>;
export type FleetHost = z.infer<typeof host>;
export type FleetRelease = z.infer<typeof release>;
