// Speaks EventBridge Scheduler's API: schedules and schedule groups.

import { type Constraint, validate } from '../kernel/constraints.ts';
import { arn, type Kernel } from '../kernel/kernel.ts';
import { pageOf } from '../kernel/page.ts';
import { AwsError, type AwsService, type JsonObject, type Route } from '../kernel/service.ts';
import { type ScheduleDeadLetter, ScheduleFiring } from './firing.ts';
import { readDefinition } from './read-definition.ts';
import {
  conflict,
  DEFAULT_GROUP,
  describeGroup,
  describeSchedule,
  type Schedule,
  ScheduleGroups,
  summariseSchedule,
} from './schedules.ts';

const NAME: Constraint = { required: true, min: 1, max: 64, pattern: /^[0-9a-zA-Z-_.]+$/ };
const GROUP_NAME: Constraint = { ...NAME, required: false };
const PAGE_DEFAULT = 100;

const ROUTES: readonly Route[] = [
  { method: 'POST', path: '/schedules/{Name}', operation: 'CreateSchedule' },
  { method: 'GET', path: '/schedules/{Name}', operation: 'GetSchedule' },
  { method: 'PUT', path: '/schedules/{Name}', operation: 'UpdateSchedule' },
  { method: 'DELETE', path: '/schedules/{Name}', operation: 'DeleteSchedule' },
  { method: 'GET', path: '/schedules', operation: 'ListSchedules' },
  { method: 'POST', path: '/schedule-groups/{Name}', operation: 'CreateScheduleGroup' },
  { method: 'GET', path: '/schedule-groups/{Name}', operation: 'GetScheduleGroup' },
  { method: 'DELETE', path: '/schedule-groups/{Name}', operation: 'DeleteScheduleGroup' },
  { method: 'GET', path: '/schedule-groups', operation: 'ListScheduleGroups' },
];

/**
 * The group is a body member of some operations, and of others the query parameter `groupName` or
 * `ScheduleGroup`.
 */
function groupNameOf(input: JsonObject): string {
  return String(input.GroupName ?? input.groupName ?? DEFAULT_GROUP);
}

function badToken(): AwsError {
  return new AwsError('ValidationException', 'Invalid NextToken.');
}

export class SchedulerService implements AwsService {
  readonly id = 'scheduler';
  readonly protocol = 'restJson1';
  readonly routes = ROUTES;
  readonly operations = ROUTES.map((route) => route.operation);
  readonly #kernel: Kernel;
  readonly #groups: ScheduleGroups;
  readonly #firing: ScheduleFiring;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#groups = new ScheduleGroups(kernel);
    this.#firing = new ScheduleFiring(kernel, (schedule) => this.#complete(schedule));
  }

  /** Invocations that Scheduler gave up, oldest first. */
  get deadLetters(): readonly ScheduleDeadLetter[] {
    return this.#firing.deadLetters;
  }

  call(operation: string, input: JsonObject): JsonObject {
    if (operation.startsWith('List')) return this.#list(operation, input);
    validate(input, { Name: NAME });
    validate({ GroupName: groupNameOf(input) }, { GroupName: GROUP_NAME });
    switch (operation) {
      case 'CreateSchedule':
        return this.#create(input);
      case 'GetSchedule':
        return describeSchedule(this.#get(input));
      case 'UpdateSchedule':
        return this.#update(input);
      case 'DeleteSchedule':
        return this.#delete(this.#get(input));
      case 'CreateScheduleGroup':
        return { ScheduleGroupArn: this.#groups.create(String(input.Name)).arn };
      case 'GetScheduleGroup':
        return describeGroup(this.#groups.get(String(input.Name)));
      default:
        return this.#deleteGroup(String(input.Name));
    }
  }

  #get(input: JsonObject): Schedule {
    return this.#groups.schedule(groupNameOf(input), String(input.Name));
  }

  #create(input: JsonObject): JsonObject {
    const { definition, expression } = readDefinition(input);
    const group = this.#groups.get(groupNameOf(input));
    const name = String(input.Name);
    const before = group.schedules.get(name);
    const { ClientToken } = input;
    // The same request again, as a retry sends it, is the same schedule.
    if (before && ClientToken !== undefined && before.clientToken === ClientToken)
      return { ScheduleArn: before.arn };
    if (before) throw conflict(`Schedule ${name} already exists.`);
    const createdAt = this.#kernel.clock.now();
    const schedule: Schedule = {
      name,
      groupName: group.name,
      arn: arn(this.#kernel, 'scheduler', `schedule/${group.name}/${name}`),
      createdAt,
      modifiedAt: createdAt,
      clientToken: ClientToken,
      definition,
      expression,
    };
    group.schedules.set(name, schedule);
    this.#firing.arm(schedule);
    const detail = { expression: definition.ScheduleExpression, state: definition.State };
    this.#kernel.log.append('scheduler', 'schedule-created', name, detail);
    return { ScheduleArn: schedule.arn };
  }

  /**
   * Replaces the whole definition: "if you do not provide a value for an optional field, it is set
   * to its default".
   */
  #update(input: JsonObject): JsonObject {
    const { definition, expression } = readDefinition(input);
    const schedule = this.#get(input);
    schedule.definition = definition;
    schedule.expression = expression;
    schedule.modifiedAt = this.#kernel.clock.now();
    this.#firing.arm(schedule);
    const detail = { expression: definition.ScheduleExpression, state: definition.State };
    this.#kernel.log.append('scheduler', 'schedule-updated', schedule.name, detail);
    return { ScheduleArn: schedule.arn };
  }

  #delete(schedule: Schedule): JsonObject {
    this.#firing.disarm(schedule);
    this.#groups.get(schedule.groupName).schedules.delete(schedule.name);
    this.#kernel.log.append('scheduler', 'schedule-deleted', schedule.name);
    return {};
  }

  #complete(schedule: Schedule): void {
    if (schedule.definition.ActionAfterCompletion === 'DELETE') this.#delete(schedule);
  }

  #deleteGroup(name: string): JsonObject {
    if (name === DEFAULT_GROUP)
      throw new AwsError('ValidationException', 'Cannot delete the default schedule group.');
    for (const schedule of [...this.#groups.get(name).schedules.values()]) this.#delete(schedule);
    this.#groups.delete(name);
    return {};
  }

  #list(operation: string, input: JsonObject): JsonObject {
    const prefix = String(input.NamePrefix ?? '');
    const request = { limit: Number(input.MaxResults ?? PAGE_DEFAULT), token: input.NextToken };
    if (operation === 'ListScheduleGroups') {
      const groups = this.#groups.all().filter((group) => group.name.startsWith(prefix));
      const page = pageOf(groups, request, badToken);
      return { ScheduleGroups: page.items.map(describeGroup), NextToken: page.nextToken };
    }
    const groupName = input.ScheduleGroup ?? input.GroupName;
    const groups =
      groupName === undefined ? this.#groups.all() : [this.#groups.get(String(groupName))];
    const isListed = ({ name, definition }: Schedule) =>
      name.startsWith(prefix) && (input.State === undefined || definition.State === input.State);
    const schedules = groups.flatMap((group) => [...group.schedules.values()]).filter(isListed);
    const page = pageOf(schedules, request, badToken);
    return { Schedules: page.items.map(summariseSchedule), NextToken: page.nextToken };
  }
}
