// Fills an empty region with the fleet of a file: machines first, then what stands on them.

import type { Fleet, FleetAlarm, FleetGroup, FleetHost, FleetTargetGroup } from './schema.ts';

/** What loading needs of a region. */
export interface LoadableRegion {
  readonly hosts: { add(host: FleetHost): unknown };
  readonly elb: { load(targetGroups: readonly FleetTargetGroup[]): void };
  readonly ecs: {
    load(
      fleet: Pick<
        Fleet,
        'clusters' | 'containerInstances' | 'services' | 'taskDefinitions' | 'tasks'
      >,
    ): void;
    sizeOf(path: string, instanceType: string): unknown;
  };
  readonly autoScaling: { load(groups: readonly FleetGroup[]): void };
  readonly cloudWatch: { load(alarms: readonly FleetAlarm[]): void };
  readonly ssm: { load(fleet: Pick<Fleet, 'calendars' | 'hosts'>): void };
}

/**
 * Target groups come before the tasks that are behind them, Auto Scaling groups before ECS speaks
 * of tasks.
 *
 * @throws {FleetFileError} When parts of the file contradict each other, or something cannot be simulated.
 */
export function loadFleet(region: LoadableRegion, fleet: Fleet): void {
  for (const host of fleet.hosts) region.hosts.add(host);
  region.elb.load(fleet.targetGroups);
  region.autoScaling.load(fleet.autoScalingGroups);
  region.ecs.load(fleet);
  // Told now and not in the middle of a run, when a group replaces a machine.
  for (const [index, { launches }] of fleet.autoScalingGroups.entries()) {
    if (!launches) continue;
    const path = `autoScalingGroups[${index}].launches.instanceType`;
    region.ecs.sizeOf(path, launches.instanceType);
  }
  region.cloudWatch.load(fleet.alarms);
  region.ssm.load(fleet);
}
