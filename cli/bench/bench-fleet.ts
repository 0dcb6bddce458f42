// The fleets of the benchmark: the demo fleet's services on any number of container instances of one architecture.

import { buildFleet } from '../../simulator/fleet-file/build-fleet.ts';
import type { Fleet } from '../../simulator/fleet-file/schema.ts';

/**
 * About half of the capacity is free. Standalone tasks are left out, because every algorithm skips their container
 * instances, and so is a second architecture, whose few instances may leave a small fleet without room.
 */
export function benchFleet(containerInstances: number, seed: number): Fleet {
  return buildFleet({
    containerInstances,
    seed,
    variants: [{ variant: 'aws-ecs-2', arch: 'x86_64', instanceType: 'm6i.xlarge', weight: 1 }],
    standaloneTasks: [],
    listsServiceTasks: true,
  });
}
