// Builds a small ECS cluster on a test kernel: container instances by zone, services by a few
// words, a real ELB.

import { type EcsOptions, EcsService } from '../../../../simulator/ecs/ecs.ts';
import type { EcsHost } from '../../../../simulator/ecs/fleet/host-facts.ts';
import { ElbService } from '../../../../simulator/elb/elb.ts';
import type { FaultSpec } from '../../../../simulator/faults/faults.ts';
import { fleetSchema } from '../../../../simulator/fleet-file/schema.ts';
import type { BusEvent } from '../../../../simulator/kernel/kernel.ts';
import type { JsonObject } from '../../../../simulator/kernel/service.ts';
import { makeKernel, type TestKernel } from '../../../support/kernel.ts';

export const CLUSTER_ARN = 'arn:aws:ecs:eu-west-1:111122223333:cluster/prod';

/** The 17-digit id of the n-th machine, and its container instance. */
export const ec2Id = (n: number) => `i-${n.toString(16).padStart(17, '0')}`;
export const instanceId = (n: number) => n.toString(16).padStart(32, '0');
export const instanceArn = (n: number) =>
  `arn:aws:ecs:eu-west-1:111122223333:container-instance/prod/${instanceId(n)}`;
export const definitionArn = (name: string) =>
  `arn:aws:ecs:eu-west-1:111122223333:task-definition/${name}:1`;
export const targetGroupArn = (name: string) =>
  `arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/${name}/0123456789abcdef`;

export interface ServiceSketch {
  readonly name: string;
  readonly desiredCount?: number;
  readonly min?: number;
  readonly max?: number;
  readonly daemon?: boolean;
  readonly cpu?: number;
  readonly memory?: number;
  /** Host port; 0 for a dynamic one. */
  readonly hostPort?: number;
  /** Behind a target group with this deregistration delay. */
  readonly deregistrationDelaySeconds?: number;
  readonly healthCheckInterval?: number;
  readonly stopTimeout?: number;
  readonly more?: JsonObject;
  readonly definition?: JsonObject;
}

export interface Sketch {
  /** One entry per container instance, its Availability Zone; three in three zones unless said. */
  readonly zones?: readonly string[];
  readonly instanceType?: string;
  readonly services?: readonly ServiceSketch[];
  readonly tasks?: readonly JsonObject[];
  readonly instances?: (n: number) => JsonObject;
  readonly faults?: readonly FaultSpec[];
  readonly options?: EcsOptions;
  readonly seed?: number;
  readonly fleet?: JsonObject;
}

const NO_FLAPS: EcsOptions = { agentFlaps: { perHour: 0, minSeconds: 1, maxSeconds: 2 } };

function definitionOf(sketch: ServiceSketch): JsonObject {
  const { name, cpu = 256, memory = 512, hostPort, healthCheckInterval, stopTimeout } = sketch;
  const hasPort = hostPort !== undefined || sketch.deregistrationDelaySeconds !== undefined;
  return {
    taskDefinitionArn: definitionArn(name),
    containerDefinitions: [
      {
        name: 'app',
        cpu,
        memory,
        ...(hasPort ? { portMappings: [{ containerPort: 80, hostPort: hostPort ?? 0 }] } : {}),
        ...(healthCheckInterval ? { healthCheck: { interval: healthCheckInterval } } : {}),
        ...(stopTimeout === undefined ? {} : { stopTimeout }),
      },
    ],
    ...sketch.definition,
  };
}

function serviceOf(sketch: ServiceSketch): JsonObject {
  const { name, desiredCount = 1, daemon, min, max, deregistrationDelaySeconds, more } = sketch;
  const behind = deregistrationDelaySeconds !== undefined;
  return {
    serviceName: name,
    clusterArn: CLUSTER_ARN,
    taskDefinition: definitionArn(name),
    desiredCount,
    schedulingStrategy: daemon ? 'DAEMON' : 'REPLICA',
    deploymentConfiguration: {
      ...(min === undefined ? {} : { minimumHealthyPercent: min }),
      ...(max === undefined ? {} : { maximumPercent: max }),
    },
    loadBalancers: behind
      ? [{ targetGroupArn: targetGroupArn(name), containerName: 'app', containerPort: 80 }]
      : [],
    ...more,
  };
}

export interface EcsTestRegion extends TestKernel {
  readonly ecs: EcsService;
  readonly elb: ElbService;
  readonly hosts: Map<string, EcsHost>;
  ask(operation: string, input?: JsonObject): Promise<JsonObject>;
  refuse(operation: string, input?: JsonObject): Promise<{ code: string; message: string }>;
  drain(...numbers: number[]): Promise<JsonObject>;
  activate(...numbers: number[]): Promise<JsonObject>;
  /**
   * How many tasks of a service have each `lastStatus desiredStatus`, on one machine or anywhere.
   */
  statuses(service: string, n?: number): Record<string, number>;
  messages(service: string): Promise<string[]>;
  events(detailType: string): BusEvent[];
}

function makeFleet(sketch: Sketch) {
  const zones = sketch.zones ?? ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'];
  const services = sketch.services ?? [];
  const { instanceType = 'm6i.xlarge' } = sketch;
  return fleetSchema.parse({
    clusters: [{ clusterName: 'prod', tags: [{ key: 'team', value: 'infra' }] }],
    containerInstances: zones.map((_, n) => ({
      containerInstanceArn: instanceArn(n),
      ec2InstanceId: ec2Id(n),
      ...sketch.instances?.(n),
    })),
    services: services.map(serviceOf),
    taskDefinitions: services.map(definitionOf),
    tasks: sketch.tasks ?? [],
    hosts: zones.map((availabilityZone, n) => ({
      ec2InstanceId: ec2Id(n),
      availabilityZone,
      instanceType,
      bottlerocket: { version: '1.64.0', variant: 'aws-ecs-2', arch: 'x86_64' },
    })),
    targetGroups: services
      .filter(({ deregistrationDelaySeconds }) => deregistrationDelaySeconds !== undefined)
      .map(({ name, deregistrationDelaySeconds }) => ({
        TargetGroupArn: targetGroupArn(name),
        deregistrationDelaySeconds,
      })),
    updateRepository: {},
    ...sketch.fleet,
  });
}

export function makeEcs(sketch: Sketch = {}): EcsTestRegion {
  const { faults = [], seed = 1 } = sketch;
  const test = makeKernel({ faults, seed });
  const fleet = makeFleet(sketch);
  const hosts = new Map(
    fleet.hosts.map(({ ec2InstanceId, availabilityZone, instanceType, bottlerocket }) => [
      ec2InstanceId,
      {
        ...{ availabilityZone, instanceType, tags: [], state: 'running' },
        ...{ variant: bottlerocket?.variant, arch: bottlerocket?.arch },
      } satisfies EcsHost,
    ]),
  );
  const elb = new ElbService(test.kernel);
  elb.load(fleet.targetGroups);
  const ecs = new EcsService(
    test.kernel,
    { hosts, targetGroups: elb },
    { ...NO_FLAPS, ...sketch.options },
  );
  ecs.load(fleet);
  const ask = (operation: string, input: JsonObject = {}) =>
    test.call(ecs, operation, { cluster: 'prod', ...input });
  const change =
    (status: string) =>
    (...numbers: number[]) =>
      ask('UpdateContainerInstancesState', {
        containerInstances: numbers.map(instanceArn),
        status,
      });
  return {
    ...test,
    ecs,
    elb,
    hosts,
    ask,
    async refuse(operation, input = {}) {
      const { code, message } = await test.refusal(ecs, operation, { cluster: 'prod', ...input });
      return { code, message };
    },
    drain: change('DRAINING'),
    activate: change('ACTIVE'),
    statuses(service, n) {
      const counts: Record<string, number> = {};
      const tasks = n === undefined ? ecs.world.tasks('prod') : ecs.world.tasksOn(ec2Id(n));
      for (const { serviceName, lastStatus, desiredStatus } of tasks) {
        if (serviceName !== service) continue;
        const key = `${lastStatus} ${desiredStatus}`;
        counts[key] = (counts[key] ?? 0) + 1;
      }
      return counts;
    },
    async messages(service) {
      const { services } = await ask('DescribeServices', { services: [service] });
      const [found] = services as { events: { message: string }[] }[];
      return (found?.events ?? []).map(({ message }) => message);
    },
    events: (detailType) => test.emitted.filter((event) => event.detailType === detailType),
  };
}
