// The operations of EventBridge on buses and rules.

import { type Constraint, validate } from '../kernel/constraints.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { pageOf } from '../kernel/page.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import { parseScheduleExpression } from '../scheduler/schedule-expression.ts';
import { compileEventPattern } from './event-pattern.ts';
import { badToken, requested } from './paging.ts';
import { type Bus, type Buses, DEFAULT_BUS, type Rule } from './rules.ts';

const RULE_NAME: Constraint = { required: true, min: 1, max: 64, pattern: /^[.\-_A-Za-z0-9]+$/ };
const BUS_NAME: Constraint = { required: true, min: 1, max: 256, pattern: /^[/.\-_A-Za-z0-9]+$/ };
const STATES = ['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'];
/** Quota "Rules per event bus". */
const RULES_MAX = 300;

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

function text(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}

export class RuleOperations {
  readonly operations: readonly (readonly [string, (input: JsonObject) => JsonObject])[] = [
    ['CreateEventBus', (input) => this.#createBus(input)],
    ['DescribeEventBus', (input) => describeBus(this.#buses.get(input.Name))],
    ['ListEventBuses', (input) => this.#listBuses(input)],
    ['DeleteEventBus', (input) => this.#deleteBus(input)],
    ['PutRule', (input) => this.#putRule(input)],
    ['DescribeRule', (input) => this.#describeRule(input)],
    ['EnableRule', (input) => this.#setState(input, 'ENABLED')],
    ['DisableRule', (input) => this.#setState(input, 'DISABLED')],
    ['DeleteRule', (input) => this.#deleteRule(input)],
    ['ListRules', (input) => this.#listRules(input)],
    ['TestEventPattern', (input) => testEventPattern(input)],
  ];
  readonly #kernel: Kernel;
  readonly #buses: Buses;
  readonly #fire: (rule: Rule) => void;

  /** @param fire Sends the event of a scheduled rule. */
  constructor(kernel: Kernel, buses: Buses, fire: (rule: Rule) => void) {
    this.#kernel = kernel;
    this.#buses = buses;
    this.#fire = fire;
  }

  #createBus(input: JsonObject): JsonObject {
    validate(input, { Name: BUS_NAME });
    if (String(input.Name).includes('/')) throw invalid("Event bus name must not contain '/'.");
    const bus = this.#buses.create(String(input.Name), text(input.Description));
    return { EventBusArn: bus.arn };
  }

  #listBuses(input: JsonObject): JsonObject {
    const prefix = text(input.NamePrefix) ?? '';
    const buses = this.#buses.all().filter((bus) => bus.name.startsWith(prefix));
    const page = pageOf(buses, requested(input), badToken);
    return { EventBuses: page.items.map(describeBus), NextToken: page.nextToken };
  }

  #deleteBus(input: JsonObject): JsonObject {
    validate(input, { Name: BUS_NAME });
    this.#buses.delete(String(input.Name));
    return {};
  }

  #putRule(input: JsonObject): JsonObject {
    const constraints = { max: 4096 };
    const schedule = { max: 256 };
    const state = { oneOf: STATES };
    validate(input, {
      Name: RULE_NAME,
      EventPattern: constraints,
      ScheduleExpression: schedule,
      State: state,
    });
    const bus = this.#buses.get(input.EventBusName);
    const eventPattern = text(input.EventPattern);
    const scheduleExpression = text(input.ScheduleExpression);
    if (!eventPattern && !scheduleExpression)
      throw invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.');
    if (scheduleExpression) this.#checkSchedule(bus, scheduleExpression);
    const matches = eventPattern ? compileEventPattern(eventPattern) : undefined;
    const rule = this.#ruleFor(bus, String(input.Name));
    // PutRule replaces: what is not given is removed, except the targets.
    Object.assign(rule, {
      eventPattern,
      scheduleExpression,
      matches,
      description: text(input.Description),
      roleArn: text(input.RoleArn),
      state: text(input.State) ?? 'ENABLED',
    });
    this.#arm(rule);
    return { RuleArn: rule.arn };
  }

  #checkSchedule(bus: Bus, expression: string): void {
    if (bus.name !== DEFAULT_BUS)
      throw invalid('ScheduleExpression is supported only on the default event bus.');
    const parsed = parseScheduleExpression(expression, 'UTC');
    if (!parsed || parsed.kind === 'at')
      throw invalid('Parameter ScheduleExpression is not valid.');
  }

  #ruleFor(bus: Bus, name: string): Rule {
    const existing = bus.rules.get(name);
    if (existing) return existing;
    if (bus.rules.size >= RULES_MAX)
      throw new AwsError(
        'LimitExceededException',
        'The requested resource exceeds the maximum number allowed.',
      );
    const rule: Rule = {
      name,
      arn: this.#buses.ruleArn(bus, name),
      busName: bus.name,
      state: 'ENABLED',
      targets: new Map(),
    };
    bus.rules.set(name, rule);
    return rule;
  }

  /** Plans the next firing of a scheduled rule, in UTC; a rate counts from now. */
  #arm(rule: Rule): void {
    rule.timer?.cancel();
    rule.timer = undefined;
    if (!rule.scheduleExpression || rule.state === 'DISABLED') return;
    const expression = parseScheduleExpression(rule.scheduleExpression, 'UTC');
    const anchor = this.#kernel.clock.now();
    const armNext = () => {
      const next = expression?.next(this.#kernel.clock.now(), anchor);
      if (next === undefined) return;
      rule.timer = this.#kernel.clock.at(next, () => {
        this.#fire(rule);
        armNext();
      });
    };
    armNext();
  }

  #describeRule(input: JsonObject): JsonObject {
    validate(input, { Name: RULE_NAME });
    return {
      ...describeRule(this.#buses.rule(input.Name, input.EventBusName)),
      CreatedBy: this.#kernel.accountId,
    };
  }

  #setState(input: JsonObject, state: string): JsonObject {
    validate(input, { Name: RULE_NAME });
    const rule = this.#buses.rule(input.Name, input.EventBusName);
    const changed = rule.state !== state;
    rule.state = state;
    if (changed) this.#arm(rule);
    this.#kernel.log.append('events', 'rule-state-set', rule.name, { state });
    return {};
  }

  #deleteRule(input: JsonObject): JsonObject {
    validate(input, { Name: RULE_NAME });
    const bus = this.#buses.get(input.EventBusName);
    const rule = bus.rules.get(String(input.Name));
    if (!rule) return {};
    if (rule.targets.size > 0) throw invalid("Rule can't be deleted since it has targets.");
    rule.timer?.cancel();
    bus.rules.delete(rule.name);
    return {};
  }

  #listRules(input: JsonObject): JsonObject {
    const prefix = text(input.NamePrefix) ?? '';
    const bus = this.#buses.get(input.EventBusName);
    const rules = [...bus.rules.values()].filter((rule) => rule.name.startsWith(prefix));
    const page = pageOf(rules, requested(input), badToken);
    return { Rules: page.items.map(describeRule), NextToken: page.nextToken };
  }
}

function describeBus(bus: Bus): JsonObject {
  const createdAt = bus.createdAt / 1000;
  return {
    Name: bus.name,
    Arn: bus.arn,
    Description: bus.description,
    CreationTime: createdAt,
    LastModifiedTime: createdAt,
  };
}

function describeRule(rule: Rule): JsonObject {
  return {
    Name: rule.name,
    Arn: rule.arn,
    EventPattern: rule.eventPattern,
    ScheduleExpression: rule.scheduleExpression,
    State: rule.state,
    Description: rule.description,
    RoleArn: rule.roleArn,
    EventBusName: rule.busName,
  };
}

function testEventPattern(input: JsonObject): JsonObject {
  validate(input, { EventPattern: { required: true }, Event: { required: true } });
  let event: unknown;
  try {
    event = JSON.parse(String(input.Event));
  } catch {
    throw invalid('Parameter Event is not valid.');
  }
  return { Result: compileEventPattern(String(input.EventPattern))(event as JsonObject) };
}
