// The Auto Scaling operations on instances: describe, protect, Standby, health, terminate.

import type { Kernel } from '../kernel/kernel.ts';
import { pageOf } from '../kernel/page.ts';
import { isTrue, textsOf } from '../kernel/query-members.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import { type Activities, type Activity, describeActivity } from './activities.ts';
import type { Capacity } from './capacity.ts';
import { badToken, limitOf } from './group-operations.ts';
import { type Group, type GroupInstance, type Groups, validationError } from './groups.ts';
import type { GroupHealth } from './health.ts';
import { describeInstance } from './shapes.ts';

export interface InstanceOperationParts {
  readonly groups: Groups;
  readonly activities: Activities;
  readonly capacity: Capacity;
  readonly health: GroupHealth;
}

/** Ids per call (API reference). */
const PROTECT_MAX = 50;
const STANDBY_MAX = 20;
const DESCRIBE_MAX = 50;
/** `EnteringStandby`, and `Pending` on the way back, last about this long, in seconds; a guess. */
const STANDBY_SECONDS = { low: 3, high: 15 };
/** SetInstanceProtection refuses `Pending` (infrahouse-toolkit#223) and `Terminating` (riff-raff#510). */
const PROTECTABLE: ReadonlySet<string> = new Set(['InService', 'EnteringStandby', 'Standby']);

function tooMany(ids: readonly string[], max: number): void {
  if (ids.length > max)
    throw validationError(
      `1 validation error detected: Value '[${ids.join(', ')}]' at 'instanceIds' failed to satisfy ` +
        `constraint: Member must have length less than or equal to ${max}`,
    );
}

function byUser({ ec2InstanceId }: GroupInstance, what: string): string {
  return `instance ${ec2InstanceId} was ${what} in response to a user request.`;
}

function sizesForbid(group: Group, what: string, count: number) {
  const sizes =
    `AutoScalingGroup ${group.name} has min-size=${group.minSize}, max-size=${group.maxSize}, ` +
    `and desired-size=${group.desiredCapacity}.`;
  const instances = `${count} instance${count === 1 ? '' : 's'}`;
  return validationError(
    `${sizes} ${what} ${instances}, please update the AutoScalingGroup sizes appropriately.`,
  );
}

export class InstanceOperations {
  readonly operations: readonly (readonly [string, (input: JsonObject) => JsonObject])[] = [
    ['DescribeAutoScalingInstances', (input) => this.#describe(input)],
    ['SetInstanceProtection', (input) => this.#protect(input)],
    ['SetInstanceHealth', (input) => this.#setHealth(input)],
    ['EnterStandby', (input) => this.#enterStandby(input)],
    ['ExitStandby', (input) => this.#exitStandby(input)],
    ['TerminateInstanceInAutoScalingGroup', (input) => this.#terminate(input)],
  ];
  readonly #kernel: Kernel;
  readonly #parts: InstanceOperationParts;

  constructor(kernel: Kernel, parts: InstanceOperationParts) {
    this.#kernel = kernel;
    this.#parts = parts;
  }

  #describe(input: JsonObject): JsonObject {
    const ids = textsOf(input.InstanceIds);
    tooMany(ids, DESCRIBE_MAX);
    const rows = this.#parts.groups
      .all()
      .flatMap((group) =>
        [...group.instances.values()]
          .filter(({ ec2InstanceId }) => ids.length === 0 || ids.includes(ec2InstanceId))
          .map((instance) => ({ ...describeInstance(instance), AutoScalingGroupName: group.name })),
      );
    const page = pageOf(rows, { limit: limitOf(input), token: input.NextToken }, badToken);
    return { AutoScalingInstances: page.items, NextToken: page.nextToken };
  }

  #chosen(input: JsonObject, max: number): { group: Group; instances: readonly GroupInstance[] } {
    const ids = textsOf(input.InstanceIds);
    tooMany(ids, max);
    const group = this.#parts.groups.get(input.AutoScalingGroupName);
    return { group, instances: this.#parts.groups.instancesOf(group, ids) };
  }

  #protect(input: JsonObject): JsonObject {
    const { instances } = this.#chosen(input, PROTECT_MAX);
    const isProtected = isTrue(input.ProtectedFromScaleIn);
    const absent = instances.find(({ lifecycleState }) => !PROTECTABLE.has(lifecycleState));
    if (absent)
      throw validationError(
        `The instance ${absent.ec2InstanceId} is not in InService or EnteringStandby or Standby.`,
      );
    for (const instance of instances) {
      instance.protectedFromScaleIn = isProtected;
      const detail = { isProtected, by: 'api' };
      this.#kernel.log.append('autoscaling', 'protection-set', instance.ec2InstanceId, detail);
    }
    return {};
  }

  #setHealth(input: JsonObject): JsonObject {
    const { group, instance } = this.#managed(input.InstanceId);
    if (input.HealthStatus !== 'Healthy' && input.HealthStatus !== 'Unhealthy')
      throw validationError('Valid instance health states are: [Healthy, Unhealthy].');
    instance.healthStatus = input.HealthStatus === 'Unhealthy' ? 'Unhealthy' : 'Healthy';
    this.#parts.health.replaceUnhealthy(group);
    return {};
  }

  #managed(id: unknown): { group: Group; instance: GroupInstance } {
    const found = this.#parts.groups.ofInstance(String(id));
    if (found) return found;
    throw validationError(
      `Instance Id not found - No managed instance found for instance ID: ${String(id)}`,
    );
  }

  #enterStandby(input: JsonObject): JsonObject {
    const { group, instances } = this.#chosen(input, STANDBY_MAX);
    const busy = instances.find(({ lifecycleState }) => lifecycleState !== 'InService');
    if (busy) throw validationError(`The instance ${busy.ec2InstanceId} is not in InService.`);
    const count = instances.length;
    const decrements = isTrue(input.ShouldDecrementDesiredCapacity);
    if (decrements && group.desiredCapacity - count < group.minSize)
      throw sizesForbid(group, 'To place into standby', count);
    const activities = instances.map((instance) => this.#toStandby(group, instance, decrements));
    if (!decrements)
      this.#parts.capacity.balance(
        group,
        'an instance was started in response to a difference between desired and actual capacity.',
      );
    return { Activities: activities.map(describeActivity) };
  }

  #toStandby(group: Group, instance: GroupInstance, decrements: boolean): Activity {
    const { activities } = this.#parts;
    const { ec2InstanceId, availabilityZone } = instance;
    if (decrements) group.desiredCapacity--;
    instance.lifecycleState = 'EnteringStandby';
    const description = `Moving EC2 instance to Standby: ${ec2InstanceId}`;
    const cause = byUser(instance, 'moved to standby');
    const activity = activities.begin(group, { description, cause, availabilityZone });
    const { low, high } = STANDBY_SECONDS;
    const wait = this.#kernel.random.stream('autoscaling.standby').between(low, high);
    this.#kernel.clock.after(wait * 1000, () => {
      if (instance.lifecycleState !== 'EnteringStandby') return;
      instance.lifecycleState = 'Standby';
      activities.end(activity);
    });
    return activity;
  }

  /** "When you return the instances to service, Auto Scaling increments the desired capacity." */
  #exitStandby(input: JsonObject): JsonObject {
    const { group, instances } = this.#chosen(input, STANDBY_MAX);
    const busy = instances.find(({ lifecycleState }) => lifecycleState !== 'Standby');
    if (busy) throw validationError(`The instance ${busy.ec2InstanceId} is not in Standby.`);
    if (group.desiredCapacity + instances.length > group.maxSize)
      throw sizesForbid(group, 'To move out of standby', instances.length);
    const activities = instances.map((instance) => {
      group.desiredCapacity++;
      return this.#outOfStandby(group, instance);
    });
    return { Activities: activities.map(describeActivity) };
  }

  /**
   * Through `Pending`, as when it was new: the API reference's example of ExitStandby answers an
   * activity in `PreInService`.
   */
  #outOfStandby(group: Group, instance: GroupInstance): Activity {
    const { activities } = this.#parts;
    const { ec2InstanceId, availabilityZone } = instance;
    instance.lifecycleState = 'Pending';
    const description = `Moving EC2 instance out of Standby: ${ec2InstanceId}`;
    const cause = byUser(instance, 'moved out of standby');
    const activity = activities.begin(group, { description, cause, availabilityZone });
    activity.statusCode = 'PreInService';
    const { low, high } = STANDBY_SECONDS;
    const wait = this.#kernel.random.stream('autoscaling.standby-exit').between(low, high);
    this.#kernel.clock.after(wait * 1000, () => {
      if (instance.lifecycleState !== 'Pending') return activities.end(activity, 'Cancelled');
      instance.lifecycleState = 'InService';
      activities.end(activity);
    });
    return activity;
  }

  #terminate(input: JsonObject): JsonObject {
    const { group, instance } = this.#managed(input.InstanceId);
    // Seen while an instance enters Standby (keikoproj/upgrade-manager#77).
    if (instance.lifecycleState === 'EnteringStandby')
      throw new AwsError(
        'ScalingActivityInProgress',
        `Instance ${instance.ec2InstanceId} has an activity in progress.`,
      );
    // The first request stands: nothing is ended or taken off twice (a guess).
    const ending = this.#parts.activities.ofInstance(group, instance.ec2InstanceId);
    if (instance.lifecycleState === 'Terminating' && ending)
      return { Activity: describeActivity(ending) };
    const decrements = isTrue(input.ShouldDecrementDesiredCapacity);
    if (decrements && group.desiredCapacity <= group.minSize)
      throw validationError(
        `Currently, desiredSize equals minSize (${group.minSize}). Terminating instance without ` +
          "replacement will violate group's min size constraint. Either set " +
          "shouldDecrementDesiredCapacity flag to false or lower group's min size.",
      );
    const cause = byUser(instance, 'taken out of service');
    const isStandby = instance.lifecycleState === 'Standby';
    const activity = this.#parts.capacity.terminate(group, instance, 'request', cause);
    // An instance in Standby does not count, so nothing has to be taken off or replaced for it.
    if (decrements && !isStandby) group.desiredCapacity--;
    this.#parts.capacity.balance(
      group,
      'an instance was started in response to a difference between desired and actual capacity.',
    );
    return { Activity: describeActivity(activity) };
  }
}
