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
  };
  readonly autoScaling: { load(groups: readonly FleetGroup[]): void };
  readonly cloudWatch: { load(alarms: readonly FleetAlarm[]): void };
  readonly ssm: { load(fleet: Pick<Fleet, 'calendars' | 'hosts'>): void };
}

/**
 * Target groups come before the tasks that are behind them, Auto Scaling groups before ECS speaks
 * of tasks.
 */
export function loadFleet(region: LoadableRegion, fleet: Fleet): void {
  for (const host of fleet.hosts) region.hosts.add(host);
  region.elb.load(fleet.targetGroups);
  region.autoScaling.load(fleet.autoScalingGroups);
  region.ecs.load(fleet);
  region.cloudWatch.load(fleet.alarms);
  region.ssm.load(fleet);
}
