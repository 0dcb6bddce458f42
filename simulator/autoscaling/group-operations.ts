// The Auto Scaling operations on groups: describe, resize, suspend and resume processes.

import type { Kernel } from '../kernel/kernel.ts';
import { pageOf } from '../kernel/page.ts';
import { numberOf, textsOf } from '../kernel/query-members.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import { type Activities, describeActivity } from './activities.ts';
import type { Capacity } from './capacity.ts';
import { type Group, type Groups, PROCESSES, validationError } from './groups.ts';
import type { GroupHealth } from './health.ts';
import { describeGroup } from './shapes.ts';

export interface GroupOperationParts {
  readonly groups: Groups;
  readonly activities: Activities;
  readonly capacity: Capacity;
  readonly health: GroupHealth;
}

const RECORDS_DEFAULT = 50;
const RECORDS_MAX = 100;

export function badToken(): AwsError {
  return new AwsError('InvalidNextToken', 'Invalid next token.');
}

export function limitOf(input: JsonObject): number {
  return Math.min(RECORDS_MAX, numberOf(input.MaxRecords) ?? RECORDS_DEFAULT);
}

export class GroupOperations {
  readonly operations: readonly (readonly [string, (input: JsonObject) => JsonObject])[] = [
    ['DescribeAutoScalingGroups', (input) => this.#describe(input)],
    ['DescribeScalingActivities', (input) => this.#describeActivities(input)],
    ['SetDesiredCapacity', (input) => this.#setDesiredCapacity(input)],
    ['UpdateAutoScalingGroup', (input) => this.#update(input)],
    ['SuspendProcesses', (input) => this.#suspend(input)],
    ['ResumeProcesses', (input) => this.#resume(input)],
  ];
  readonly #kernel: Kernel;
  readonly #parts: GroupOperationParts;

  constructor(kernel: Kernel, parts: GroupOperationParts) {
    this.#kernel = kernel;
    this.#parts = parts;
  }

  /** Names that do not exist are left out of the answer, not refused. */
  #describe(input: JsonObject): JsonObject {
    const names = textsOf(input.AutoScalingGroupNames);
    const groups = this.#parts.groups.all();
    const chosen = names.length === 0 ? groups : groups.filter(({ name }) => names.includes(name));
    const page = pageOf(chosen, { limit: limitOf(input), token: input.NextToken }, badToken);
    return { AutoScalingGroups: page.items.map(describeGroup), NextToken: page.nextToken };
  }

  #describeActivities(input: JsonObject): JsonObject {
    const { activities, groups } = this.#parts;
    const name = input.AutoScalingGroupName;
    const chosen = name === undefined ? groups.all() : [groups.get(name)];
    const ids = textsOf(input.ActivityIds);
    const all = chosen
      .flatMap((group) => activities.of(group))
      .filter(({ id }) => ids.length === 0 || ids.includes(id));
    const page = pageOf(all, { limit: limitOf(input), token: input.NextToken }, badToken);
    return { Activities: page.items.map(describeActivity), NextToken: page.nextToken };
  }

  #setDesiredCapacity(input: JsonObject): JsonObject {
    const group = this.#parts.groups.get(input.AutoScalingGroupName);
    const wanted = numberOf(input.DesiredCapacity);
    if (wanted === undefined) throw validationError('DesiredCapacity is required.');
    const refuse = (how: string, bound: string, value: number) =>
      validationError(
        `New SetDesiredCapacity value ${wanted} is ${how} ${bound} value ${value} ` +
          'for the AutoScalingGroup.',
      );
    if (wanted > group.maxSize) throw refuse('above', 'max', group.maxSize);
    if (wanted < group.minSize) throw refuse('below', 'min', group.minSize);
    this.#resize(group, wanted);
    return {};
  }

  #update(input: JsonObject): JsonObject {
    const group = this.#parts.groups.get(input.AutoScalingGroupName);
    const minSize = numberOf(input.MinSize) ?? group.minSize;
    const maxSize = numberOf(input.MaxSize) ?? group.maxSize;
    if (minSize > maxSize)
      throw validationError(
        `Max bound, ${maxSize}, must be greater than or equal to min bound, ${minSize}`,
      );
    const asked = numberOf(input.DesiredCapacity);
    if (asked !== undefined && (asked < minSize || asked > maxSize))
      throw validationError(
        `Desired capacity:${asked} must be between the specified min size:${minSize} ` +
          `and max size:${maxSize}`,
      );
    group.minSize = minSize;
    group.maxSize = maxSize;
    this.#resize(group, Math.min(maxSize, Math.max(minSize, asked ?? group.desiredCapacity)));
    return {};
  }

  #resize(group: Group, wanted: number): void {
    const from = group.desiredCapacity;
    if (from === wanted) return;
    group.desiredCapacity = wanted;
    this.#kernel.log.append('autoscaling', 'desired-capacity-set', group.name, {
      from,
      to: wanted,
    });
    const cause =
      'a user request explicitly set group desired capacity changing the desired capacity ' +
      `from ${from} to ${wanted}.`;
    this.#parts.capacity.balance(group, cause);
  }

  #processesOf(input: JsonObject): readonly string[] {
    const named = textsOf(input.ScalingProcesses);
    const unknown = named.find((name) => !PROCESSES.some((process) => process === name));
    if (unknown !== undefined) throw validationError(`Unknown process name: ${unknown}`);
    return named.length === 0 ? PROCESSES : named;
  }

  #suspend(input: JsonObject): JsonObject {
    const group = this.#parts.groups.get(input.AutoScalingGroupName);
    const reason = `User suspended at ${this.#kernel.clock.isoNow().slice(0, 19)}Z`;
    const processes = this.#processesOf(input);
    for (const process of processes) group.suspended.set(process, reason);
    this.#kernel.log.append('autoscaling', 'processes-suspended', group.name, { processes });
    return {};
  }

  /** What was held back happens now: unhealthy instances are replaced, the capacity is compared. */
  #resume(input: JsonObject): JsonObject {
    const { capacity, groups, health } = this.#parts;
    const group = groups.get(input.AutoScalingGroupName);
    const processes = this.#processesOf(input);
    for (const process of processes) group.suspended.delete(process);
    this.#kernel.log.append('autoscaling', 'processes-resumed', group.name, { processes });
    health.replaceUnhealthy(group);
    capacity.balance(
      group,
      'an instance was started in response to a difference between desired and actual capacity.',
    );
    return {};
  }
}
