// Shows the scheduling model's world to the shipped core, in the core's own words.

import type { DispatchWorld } from '../../functions/core/dispatch.ts';
import type { Service, Task } from '../../functions/core/model.ts';
import type { Room } from '../../functions/core/packing.ts';
import { type Plan, planRollout } from '../../functions/core/plan.ts';
import type { Policy } from '../../functions/core/policy.ts';
import type { ModelFleet, ModelInstance, ModelService } from './model-fleet.ts';

const FROM = '1.64.0';
const TO = '1.65.0';
/** Any instant: nothing in the model depends on the calendar. */
export const EPOCH = Date.parse('2026-11-24T02:00:00.000Z');

export function toService(service: ModelService): Service {
  const { name, desired, minimumHealthyPercent, maximumPercent, hostPort, architecture } = service;
  const delay = service.deregistrationDelaySeconds;
  return {
    serviceName: name,
    schedulingStrategy: service.isDaemon ? 'DAEMON' : 'REPLICA',
    desiredCount: desired,
    runningCount: desired,
    minimumHealthyPercent,
    maximumPercent,
    hasLoadBalancer: delay !== undefined,
    deregistrationDelaySeconds: delay,
    taskDefinitionArn: name,
    needs: {
      cpuUnits: service.cpuUnits,
      memoryMebibytes: service.memoryMebibytes,
      ports: hostPort === undefined ? [] : [hostPort],
      distinct: false,
      expressions:
        architecture === undefined ? [] : [`attribute:ecs.cpu-architecture == ${architecture}`],
      capacityProviders: [],
      architecture,
    },
  };
}

/** As ListTasks and DescribeTasks show them: what is stopping is no longer listed. */
export function tasksOn(instance: ModelInstance): Task[] {
  return [...instance.tasks]
    .filter(({ state }) => state !== 'stopping')
    .map(({ arn, service }) => ({
      taskArn: arn,
      containerInstanceArn: instance.containerInstanceArn,
      serviceName: service.name,
      taskDefinitionArn: service.name,
      lastStatus: 'RUNNING',
    }));
}

export function roomOn(instance: ModelInstance): Room {
  return {
    ec2InstanceId: instance.ec2InstanceId,
    availabilityZone: instance.zone,
    cpuUnits: instance.cpuUnits,
    memoryMebibytes: instance.memoryMebibytes,
    portsTaken: [...instance.ports],
    gpus: 0,
    attributes: new Map([
      ['ecs.cpu-architecture', instance.architecture],
      ['ecs.availability-zone', instance.zone],
    ]),
  };
}

/** The shipped planner's plan: every container instance is one release behind. */
export function planOf({ instances, services }: ModelFleet, policy: Policy): Plan {
  return planRollout({
    now: EPOCH,
    policy,
    asked: instances.map(({ ec2InstanceId, containerInstanceArn, zone, image }) => {
      const [variant = '', arch = ''] = image.split('/');
      return {
        ec2InstanceId,
        containerInstanceArn,
        availabilityZone: zone,
        image,
        report: { os: { version: FROM, variant, arch }, update: { available: [TO] } },
      };
    }),
    zones: instances.map(({ zone }) => zone),
    tasks: instances.flatMap(tasksOn),
    services: services.map(toService),
    knownVersions: new Map(
      [...new Set(instances.map(({ image }) => image))].map((image) => [
        image,
        [{ version: TO, firstSeenAt: EPOCH }],
      ]),
    ),
  });
}

/** Nobody speaks, no gate closes, no window ends. */
export const QUIET: Pick<
  DispatchWorld,
  'otherOut' | 'candidatesComplete' | 'failures' | 'control' | 'window'
> = {
  otherOut: [],
  candidatesComplete: true,
  failures: 0,
  control: {},
  window: { calendarsOpen: true },
};
