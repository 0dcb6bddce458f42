// Tasks and rooms for the tests of placement: one plain task, one plain container instance.

import type { Room, TaskNeeds } from '../../../functions/core/packing.ts';

export function needsOf(over: Partial<TaskNeeds> = {}): TaskNeeds {
  return {
    cpuUnits: 256,
    memoryMebibytes: 512,
    ports: [],
    distinct: false,
    expressions: [],
    capacityProviders: [],
    ...over,
  };
}

export function roomOf(id: string, over: Partial<Room> = {}): Room {
  return {
    ec2InstanceId: `i-${id}`,
    availabilityZone: 'eu-west-1a',
    cpuUnits: 1024,
    memoryMebibytes: 4096,
    portsTaken: ['22/tcp'],
    gpus: 0,
    attributes: new Map([['ecs.cpu-architecture', 'x86_64']]),
    ...over,
  };
}
