// The scaling activities of Auto Scaling groups, newest first, with the words that AWS gives them.

import type { Kernel } from '../kernel/kernel.ts';
import type { JsonObject } from '../kernel/service.ts';
import type { Group } from './groups.ts';

export interface Activity {
  readonly id: string;
  readonly groupName: string;
  readonly description: string;
  readonly cause: string;
  readonly startedAt: number;
  endedAt?: number;
  statusCode: 'InProgress' | 'PreInService' | 'Successful' | 'Failed';
  statusMessage?: string;
  readonly availabilityZone?: string | undefined;
}

/** What an activity is about. */
export interface Undertaking {
  readonly description: string;
  readonly cause: string;
  readonly availabilityZone?: string;
}

export class Activities {
  readonly #kernel: Kernel;
  readonly #byGroup = new Map<string, Activity[]>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  begin(group: Group, { description, cause, availabilityZone }: Undertaking): Activity {
    const activity: Activity = {
      id: this.#kernel.random.stream('autoscaling.activity').uuid(),
      groupName: group.name,
      description,
      cause: `At ${this.#kernel.clock.isoNow().slice(0, 19)}Z ${cause}`,
      startedAt: this.#kernel.clock.now(),
      statusCode: 'InProgress',
      availabilityZone,
    };
    const list = this.#byGroup.get(group.name) ?? [];
    list.unshift(activity);
    this.#byGroup.set(group.name, list);
    this.#kernel.log.append('autoscaling', 'activity-begun', group.name, { description });
    return activity;
  }

  end(activity: Activity, failure?: string): void {
    activity.endedAt = this.#kernel.clock.now();
    activity.statusCode = failure === undefined ? 'Successful' : 'Failed';
    if (failure !== undefined) activity.statusMessage = failure;
    const detail = { description: activity.description, status: activity.statusCode };
    this.#kernel.log.append('autoscaling', 'activity-ended', activity.groupName, detail);
  }

  /** The newest activity about one instance. */
  ofInstance(group: Group, ec2InstanceId: string): Activity | undefined {
    return this.of(group).find(({ description }) => description.endsWith(`: ${ec2InstanceId}`));
  }

  /** Newest first, as DescribeScalingActivities answers. */
  of(group: Group): readonly Activity[] {
    return this.#byGroup.get(group.name) ?? [];
  }
}

/** As the examples of the API reference have it. */
const PROGRESS = { InProgress: 50, PreInService: 30, Successful: 100, Failed: 100 } as const;

export function describeActivity(activity: Activity): JsonObject {
  const { availabilityZone, endedAt, statusCode } = activity;
  return {
    ActivityId: activity.id,
    AutoScalingGroupName: activity.groupName,
    Description: activity.description,
    Cause: activity.cause,
    StartTime: new Date(activity.startedAt).toISOString(),
    EndTime: endedAt === undefined ? undefined : new Date(endedAt).toISOString(),
    StatusCode: statusCode,
    StatusMessage: activity.statusMessage,
    Progress: PROGRESS[statusCode],
    Details: JSON.stringify(availabilityZone ? { 'Availability Zone': availabilityZone } : {}),
  };
}
