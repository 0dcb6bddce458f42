// The parts of a fleet file that have the shapes of `aws ecs describe-*`.

import * as z from 'zod';

export const tags = z
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

export const cluster = z.looseObject({
  clusterName: z.string().regex(/^[A-Za-z0-9_-]{1,255}$/),
  clusterArn: z.string().optional(),
  tags,
});

export const containerInstance = z.looseObject({
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

export const service = z.looseObject({
  serviceName: z.string().min(1).max(255),
  clusterArn: z.string(),
  serviceArn: z.string().optional(),
  /** Absent for the deployment controller EXTERNAL: its task sets have one each. */
  taskDefinition: z.string().optional(),
  taskSets: z
    .array(z.looseObject({ status: z.string().optional(), taskDefinition: z.string().optional() }))
    .optional(),
  /** What is not ACTIVE is being deleted, or was: it is left out. */
  status: z.string().default('ACTIVE'),
  desiredCount: z.number().int().min(0).default(0),
  schedulingStrategy: z.enum(['REPLICA', 'DAEMON']).default('REPLICA'),
  /** Services and tasks of Fargate run on no container instance: they are left out. */
  launchType: z.string().optional(),
  capacityProviderStrategy: z.array(z.looseObject({ capacityProvider: z.string() })).optional(),
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
        /** Absent where a range is mapped (`containerPortRange`): the agent takes free ports for it. */
        containerPort: z.number().int().optional(),
        hostPort: z.number().int().optional(),
        protocol: z.string().optional(),
      }),
    )
    .optional(),
  stopTimeout: z.number().int().min(0).optional(),
  /** Only GPUs count, as whole numbers or `ALL`. */
  resourceRequirements: z
    .array(z.looseObject({ type: z.string(), value: z.string().optional() }))
    .optional(),
  healthCheck: z
    .looseObject({
      interval: z.number().optional(),
      retries: z.number().optional(),
      startPeriod: z.number().optional(),
    })
    .optional(),
});

export const taskDefinition = z.looseObject({
  taskDefinitionArn: z.string(),
  family: z.string().optional(),
  revision: z.number().int().optional(),
  cpu: z
    .string()
    .regex(/^\d+$|^\d+(\.\d+)? ?vCPU$/i, 'expected CPU units such as "1024", or "1 vCPU"')
    .optional(),
  memory: z
    .string()
    .regex(/^\d+$|^\d+(\.\d+)? ?GB$/i, 'expected MiB such as "2048", or "2 GB"')
    .optional(),
  networkMode: z.string().optional(),
  containerDefinitions: z.array(containerDefinition).min(1),
  runtimePlatform: z.looseObject({ cpuArchitecture: z.string().optional() }).optional(),
  placementConstraints: z.array(placementConstraint).optional(),
});

export const task = z.looseObject({
  taskArn: z.string(),
  clusterArn: z.string(),
  taskDefinitionArn: z.string(),
  /** Absent for what runs on no container instance (yet): it is left out. */
  containerInstanceArn: z.string().optional(),
  launchType: z.string().optional(),
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
