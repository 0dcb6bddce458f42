// The fleet file: one region's clusters, machines and update repository, written or snapshot.
//
// Members under `clusters`, `containerInstances`, `services`, `taskDefinitions` and `tasks` have
// the shapes that `aws ecs describe-*` prints; members not listed here are allowed and ignored.

import * as z from 'zod';
import { cluster, containerInstance, service, tags, task, taskDefinition } from './ecs-shapes.ts';

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
        HealthCheckGracePeriod: z.number().int().min(0).default(0),
        AvailabilityZones: z.array(z.string()).optional(),
        NewInstancesProtectedFromScaleIn: z.boolean().default(false),
        Instances: z
          .array(
            z.looseObject({
              InstanceId: z.string(),
              ProtectedFromScaleIn: z.boolean().default(false),
            }),
          )
          .default([]),
        /**
         * Simulator only: what the capacity provider of the group says; ECS then protects instances
         * with tasks.
         */
        managedTerminationProtection: z.enum(['ENABLED', 'DISABLED']).default('DISABLED'),
        /**
         * Simulator only: the ECS cluster that a launched instance joins, and the image it boots.
         */
        launches: z
          .strictObject({
            clusterName: z.string(),
            version,
            variant: z.string(),
            arch: z.enum(['x86_64', 'aarch64']),
            instanceType: z.string().default('m6i.xlarge'),
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
        Protocol: z.string().default('HTTP'),
        Port: z.number().int().default(80),
        TargetType: z.enum(['instance', 'ip', 'lambda', 'alb']).default('instance'),
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
export type FleetGroup = Fleet['autoScalingGroups'][number];
export type FleetTargetGroup = Fleet['targetGroups'][number];
export type FleetAlarm = Fleet['alarms'][number];
export type FleetRelease = z.infer<typeof release>;
