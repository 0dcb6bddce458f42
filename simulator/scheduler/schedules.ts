// Keeps what EventBridge Scheduler was given: schedule groups and schedules.

import { arn, type Kernel } from '../kernel/kernel.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import type { ScheduleExpression } from './schedule-expression.ts';

/** A schedule's target, as CreateSchedule takes it. */
export interface ScheduleTarget {
  readonly Arn: string;
  readonly RoleArn: string;
  readonly Input?: string;
  readonly DeadLetterConfig?: { readonly Arn?: string };
  readonly RetryPolicy?: {
    readonly MaximumEventAgeInSeconds?: number;
    readonly MaximumRetryAttempts?: number;
  };
}

/** The members that UpdateSchedule replaces as a whole. */
export interface ScheduleDefinition {
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone: string;
  /** Epoch seconds. */
  readonly StartDate: number | undefined;
  /** Epoch seconds. */
  readonly EndDate: number | undefined;
  readonly State: 'ENABLED' | 'DISABLED';
  readonly Target: ScheduleTarget;
  readonly FlexibleTimeWindow: {
    readonly Mode: 'OFF' | 'FLEXIBLE';
    readonly MaximumWindowInMinutes?: number;
  };
  readonly ActionAfterCompletion: 'NONE' | 'DELETE';
  readonly Description: string | undefined;
  readonly KmsKeyArn: string | undefined;
}

export interface Schedule {
  readonly name: string;
  readonly groupName: string;
  readonly arn: string;
  readonly createdAt: number;
  /** Of the call that created it. */
  readonly clientToken: unknown;
  modifiedAt: number;
  definition: ScheduleDefinition;
  expression: ScheduleExpression;
}

export interface ScheduleGroup {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly schedules: Map<string, Schedule>;
}

export const DEFAULT_GROUP = 'default';

function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message, 404);
}

export function conflict(message: string): AwsError {
  return new AwsError('ConflictException', message, 409);
}

export class ScheduleGroups {
  readonly #kernel: Kernel;
  readonly #byName = new Map<string, ScheduleGroup>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.create(DEFAULT_GROUP);
  }

  create(name: string): ScheduleGroup {
    if (this.#byName.has(name)) throw conflict(`Schedule group ${name} already exists.`);
    const group: ScheduleGroup = {
      name,
      arn: arn(this.#kernel, 'scheduler', `schedule-group/${name}`),
      createdAt: this.#kernel.clock.now(),
      schedules: new Map(),
    };
    this.#byName.set(name, group);
    return group;
  }

  get(name: string): ScheduleGroup {
    const group = this.#byName.get(name);
    if (!group) throw notFound(`Schedule group ${name} does not exist.`);
    return group;
  }

  delete(name: string): void {
    this.#byName.delete(this.get(name).name);
  }

  all(): readonly ScheduleGroup[] {
    return [...this.#byName.values()];
  }

  schedule(groupName: string, name: string): Schedule {
    const schedule = this.get(groupName).schedules.get(name);
    if (!schedule) throw notFound(`Schedule ${name} does not exist.`);
    return schedule;
  }
}

export function describeGroup(group: ScheduleGroup): JsonObject {
  return {
    Arn: group.arn,
    Name: group.name,
    State: 'ACTIVE',
    CreationDate: group.createdAt / 1000,
    LastModificationDate: group.createdAt / 1000,
  };
}

export function describeSchedule(schedule: Schedule): JsonObject {
  return {
    ...schedule.definition,
    Arn: schedule.arn,
    Name: schedule.name,
    GroupName: schedule.groupName,
    CreationDate: schedule.createdAt / 1000,
    LastModificationDate: schedule.modifiedAt / 1000,
  };
}

/** The shorter form that ListSchedules answers. */
export function summariseSchedule(schedule: Schedule): JsonObject {
  return {
    Arn: schedule.arn,
    Name: schedule.name,
    GroupName: schedule.groupName,
    State: schedule.definition.State,
    CreationDate: schedule.createdAt / 1000,
    LastModificationDate: schedule.modifiedAt / 1000,
    Target: { Arn: schedule.definition.Target.Arn },
  };
}
