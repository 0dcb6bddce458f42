// Writes down the services, target groups and standalone tasks of a made-up fleet.

import { Random } from '../kernel/random.ts';
import type { FleetDraft, Place } from './build-fleet.ts';
import { draftServiceTasks } from './draft-tasks.ts';
import {
  type FleetPlan,
  type ServicePlan,
  type StandaloneTaskPlan,
  TASKS_PER_SERVICE_MAX,
} from './fleet-plan.ts';

/**
 * One service to be: a plan, or one of the parts that a plan too big for one service is cut into.
 */
export interface ServiceShare {
  readonly plan: ServicePlan;
  readonly name: string;
  /** Undefined for a daemon. */
  readonly desiredCount: number | undefined;
}

/** ECS names an architecture `arm64` where Bottlerocket names it `aarch64`. */
function ecsArchitecture(arch: 'x86_64' | 'aarch64'): string {
  return arch === 'aarch64' ? 'arm64' : arch;
}

/** The services of a plan, with their sizes; one that no machine can carry is left out. */
export function serviceShares(plan: FleetPlan, places: readonly Place[]): readonly ServiceShare[] {
  return plan.services.flatMap((service): readonly ServiceShare[] => {
    const usable = places.filter(({ variant }) => !service.arch || variant.arch === service.arch);
    if (usable.length === 0) return [];
    const { name, tasksPerInstance } = service;
    if (tasksPerInstance === 'daemon') return [{ plan: service, name, desiredCount: undefined }];
    const tasks = Math.max(1, Math.round(usable.length * tasksPerInstance));
    const parts = Math.ceil(tasks / TASKS_PER_SERVICE_MAX);
    return Array.from({ length: parts }, (_, part) => ({
      plan: service,
      name: parts === 1 ? name : `${name}-${part + 1}`,
      desiredCount: Math.floor(tasks / parts) + (part < tasks % parts ? 1 : 0),
    }));
  });
}

function arnOf(plan: FleetPlan, service: string, resource: string): string {
  return `arn:aws:${service}:${plan.region}:${plan.accountId}:${resource}`;
}

function taskDefinitionArn(plan: FleetPlan, family: string): string {
  return arnOf(plan, 'ecs', `task-definition/${family}:1`);
}

function targetGroupArn(plan: FleetPlan, name: string): string {
  const id = new Random(plan.seed).stream(`fleet.target-group/${name}`).hex(16);
  return arnOf(plan, 'elasticloadbalancing', `targetgroup/${name}/${id}`);
}

function clusterArn(plan: FleetPlan): string {
  return arnOf(plan, 'ecs', `cluster/${plan.clusterName}`);
}

function draftTaskDefinition(plan: FleetPlan, { name, plan: service }: ServiceShare) {
  const { hostPort = 0, stopTimeoutSeconds } = service;
  const isServed = service.deregistrationDelaySeconds !== undefined;
  return {
    taskDefinitionArn: taskDefinitionArn(plan, name),
    family: name,
    revision: 1,
    networkMode: 'bridge',
    containerDefinitions: [
      {
        name,
        cpu: service.cpu,
        memory: service.memory,
        ...(isServed ? { portMappings: [{ containerPort: 8080, hostPort }] } : {}),
        ...(stopTimeoutSeconds === undefined ? {} : { stopTimeout: stopTimeoutSeconds }),
      },
    ],
  };
}

function draftService(plan: FleetPlan, { desiredCount, name, plan: service }: ServiceShare) {
  const { arch, maximumPercent, minimumHealthyPercent } = service;
  const isDaemon = desiredCount === undefined;
  const isServed = service.deregistrationDelaySeconds !== undefined;
  const expression = arch && `attribute:ecs.cpu-architecture == ${ecsArchitecture(arch)}`;
  const loadBalancer = {
    targetGroupArn: targetGroupArn(plan, name),
    containerName: name,
    containerPort: 8080,
  };
  return {
    serviceName: name,
    clusterArn: clusterArn(plan),
    taskDefinition: taskDefinitionArn(plan, name),
    launchType: 'EC2',
    ...(isDaemon ? { schedulingStrategy: 'DAEMON' as const } : { desiredCount }),
    deploymentConfiguration: { minimumHealthyPercent, maximumPercent },
    ...(isServed ? { loadBalancers: [loadBalancer], healthCheckGracePeriodSeconds: 60 } : {}),
    ...(expression ? { placementConstraints: [{ type: 'memberOf' as const, expression }] } : {}),
    ...(isDaemon
      ? {}
      : {
          placementStrategy: [
            { type: 'spread' as const, field: 'attribute:ecs.availability-zone' },
            { type: 'spread' as const, field: 'instanceId' },
          ],
        }),
  };
}

function draftTargetGroup(plan: FleetPlan, { name, plan: service }: ServiceShare) {
  return {
    TargetGroupArn: targetGroupArn(plan, name),
    TargetGroupName: name,
    HealthCheckIntervalSeconds: 15,
    HealthyThresholdCount: 3,
    deregistrationDelaySeconds: service.deregistrationDelaySeconds ?? 300,
  };
}

function draftStandaloneTask(plan: FleetPlan, task: StandaloneTaskPlan, place: Place) {
  const id = new Random(plan.seed).stream(`fleet.task/${task.family}`).hex(32);
  const { endsAfterSeconds } = task;
  return {
    taskArn: arnOf(plan, 'ecs', `task/${plan.clusterName}/${id}`),
    clusterArn: clusterArn(plan),
    taskDefinitionArn: taskDefinitionArn(plan, task.family),
    containerInstanceArn: place.containerInstanceArn,
    group: `family:${task.family}`,
    startedBy: 'operator',
    ...(endsAfterSeconds === undefined ? {} : { endsAfterSeconds }),
  };
}

export function draftServices(
  plan: FleetPlan,
  places: readonly Place[],
  shares: readonly ServiceShare[],
): Pick<FleetDraft, 'services' | 'taskDefinitions' | 'tasks' | 'targetGroups'> {
  const standalone = places.length === 0 ? [] : plan.standaloneTasks;
  const served = shares.filter(({ plan: one }) => one.deregistrationDelaySeconds !== undefined);
  const step = Math.max(1, Math.floor(places.length / (standalone.length + 1)));
  return {
    services: shares.map((share) => draftService(plan, share)),
    taskDefinitions: [
      ...shares.map((share) => draftTaskDefinition(plan, share)),
      ...standalone.map(({ cpu, family, memory }) => ({
        taskDefinitionArn: taskDefinitionArn(plan, family),
        family,
        revision: 1,
        networkMode: 'bridge',
        containerDefinitions: [{ name: family, cpu, memory }],
      })),
    ],
    tasks: [
      ...standalone.map((task, index) =>
        draftStandaloneTask(plan, task, places[((index + 1) * step) % places.length]!),
      ),
      ...(plan.listsServiceTasks ? draftServiceTasks(plan, places, shares) : []),
    ],
    targetGroups: served.map((share) => draftTargetGroup(plan, share)),
  };
}
