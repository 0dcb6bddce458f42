// Reads a fleet file into what the scheduling model knows: instances with room, services with rules, where tasks run.

import type { Fleet } from '../../simulator/fleet-file/schema.ts';
import { BootTimings } from '../../simulator/host/boot-timings.ts';
import type { Random } from '../../simulator/kernel/random.ts';

/** Registered by an m6i.xlarge or m7g.xlarge: 4 vCPU, 16 GiB less what the operating system keeps. */
const CPU_UNITS = 4096;
const MEMORY_MEBIBYTES = 15_500;
/** ECS agent's default ECS_CONTAINER_STOP_TIMEOUT. */
const STOP_TIMEOUT_SECONDS = 30;

export interface ModelService {
  readonly name: string;
  readonly isDaemon: boolean;
  readonly desired: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly deregistrationDelaySeconds: number | undefined;
  readonly healthCheckIntervalSeconds: number;
  readonly stopTimeoutSeconds: number;
  readonly cpuUnits: number;
  readonly memoryMebibytes: number;
  readonly hostPort: string | undefined;
  /** As ECS names it; undefined: any. */
  readonly architecture: string | undefined;
}

export interface ModelTask {
  readonly arn: string;
  readonly service: ModelService;
  readonly instance: ModelInstance;
  state: 'starting' | 'running' | 'stopping';
  /** Its container instance drains, so it has to go. */
  leaving: boolean;
  healthy: boolean;
}

/** One container instance. What an instant has not come yet for is undefined. */
export interface ModelInstance {
  readonly ec2InstanceId: string;
  readonly containerInstanceArn: string;
  readonly zone: string;
  readonly architecture: string;
  /** `variant/architecture` in Bottlerocket's words. */
  readonly image: string;
  readonly timings: BootTimings;
  status: 'ACTIVE' | 'DRAINING';
  readonly tasks: Set<ModelTask>;
  cpuUnits: number;
  memoryMebibytes: number;
  readonly ports: Set<string>;
}

export interface ModelFleet {
  readonly instances: readonly ModelInstance[];
  readonly services: readonly ModelService[];
  readonly tasks: readonly ModelTask[];
}

type Definition = Fleet['taskDefinitions'][number];

function toService(fleet: Fleet, service: Fleet['services'][number]): ModelService {
  const definition = fleet.taskDefinitions.find(
    ({ taskDefinitionArn }) => taskDefinitionArn === service.taskDefinition,
  ) as Definition;
  const [container] = definition.containerDefinitions;
  const group = fleet.targetGroups.find(
    ({ TargetGroupArn }) => TargetGroupArn === service.loadBalancers?.[0]?.targetGroupArn,
  );
  const expression = service.placementConstraints?.[0]?.expression ?? '';
  const port = container?.portMappings?.[0]?.hostPort ?? 0;
  const rules = service.deploymentConfiguration;
  return {
    name: service.serviceName,
    isDaemon: service.schedulingStrategy === 'DAEMON',
    desired: service.desiredCount ?? 0,
    minimumHealthyPercent: rules?.minimumHealthyPercent ?? 100,
    maximumPercent: rules?.maximumPercent ?? 200,
    deregistrationDelaySeconds: group?.deregistrationDelaySeconds,
    healthCheckIntervalSeconds: group?.HealthCheckIntervalSeconds ?? 30,
    stopTimeoutSeconds: container?.stopTimeout ?? STOP_TIMEOUT_SECONDS,
    cpuUnits: container?.cpu ?? 0,
    memoryMebibytes: container?.memory ?? 0,
    hostPort: port > 0 ? `${port}/tcp` : undefined,
    architecture: /cpu-architecture == (\w+)/.exec(expression)?.[1],
  };
}

/** Takes or gives back what a task needs. */
export function occupy(task: ModelTask, sign: 1 | -1): void {
  const { instance, service } = task;
  instance.cpuUnits -= sign * service.cpuUnits;
  instance.memoryMebibytes -= sign * service.memoryMebibytes;
  if (sign === 1) instance.tasks.add(task);
  else instance.tasks.delete(task);
  if (service.hostPort === undefined) return;
  if (sign === 1) instance.ports.add(service.hostPort);
  else instance.ports.delete(service.hostPort);
}

/** Standalone tasks are left out: whoever has one is skipped by all algorithms alike. */
export function modelFleet(fleet: Fleet, random: Random): ModelFleet {
  const instances = fleet.hosts.map((host, index): ModelInstance => {
    const { ec2InstanceId, availabilityZone, bottlerocket } = host;
    const arch = bottlerocket?.arch ?? 'x86_64';
    return {
      ec2InstanceId,
      containerInstanceArn: fleet.containerInstances[index]!.containerInstanceArn,
      zone: availabilityZone,
      architecture: arch === 'aarch64' ? 'arm64' : arch,
      image: `${bottlerocket?.variant}/${arch}`,
      timings: new BootTimings(host.timings, random.stream(`host.boot/${ec2InstanceId}`)),
      status: 'ACTIVE',
      tasks: new Set(),
      cpuUnits: CPU_UNITS,
      memoryMebibytes: MEMORY_MEBIBYTES,
      ports: new Set(),
    };
  });
  const byArn = new Map(instances.map((one) => [one.containerInstanceArn, one]));
  const services = fleet.services.map((service) => toService(fleet, service));
  const byName = new Map(services.map((one) => [`service:${one.name}`, one]));
  const tasks = fleet.tasks.flatMap(({ taskArn, containerInstanceArn, group }): ModelTask[] => {
    const instance = byArn.get(containerInstanceArn ?? '');
    const service = byName.get(group ?? '');
    if (!instance || !service) return [];
    return [{ arn: taskArn, service, instance, state: 'running', leaving: false, healthy: true }];
  });
  for (const task of tasks) occupy(task, 1);
  return { instances, services, tasks };
}
