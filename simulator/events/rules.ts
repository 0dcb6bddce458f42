// Keeps the buses with their rules and targets, and finds the rules an event matches.

import type { Timer } from '../kernel/clock.ts';
import { arn, type Kernel } from '../kernel/kernel.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import type { RuleTarget } from './delivery.ts';
import type { EventPattern } from './event-pattern.ts';

export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  eventPattern?: string;
  scheduleExpression?: string;
  description?: string;
  roleArn?: string;
  state: string;
  matches?: EventPattern | undefined;
  /** The next firing of a scheduled rule. */
  timer?: Timer | undefined;
  readonly targets: Map<string, RuleTarget>;
}

export interface Bus {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  readonly createdAt: number;
  readonly rules: Map<string, Rule>;
}

export const DEFAULT_BUS = 'default';

/** Takes a name or an ARN of a bus. */
export function busNameOf(nameOrArn: unknown): string {
  const text = nameOrArn === undefined || nameOrArn === null ? DEFAULT_BUS : String(nameOrArn);
  return text.split(':event-bus/').at(-1) ?? DEFAULT_BUS;
}

export class Buses {
  readonly #byName = new Map<string, Bus>();
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.create(DEFAULT_BUS);
  }

  create(name: string, description?: string): Bus {
    if (this.#byName.has(name))
      throw new AwsError('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
    const bus: Bus = {
      name,
      arn: arn(this.#kernel, 'events', `event-bus/${name}`),
      createdAt: this.#kernel.clock.now(),
      rules: new Map(),
      ...(description === undefined ? {} : { description }),
    };
    this.#byName.set(name, bus);
    return bus;
  }

  all(): readonly Bus[] {
    return [...this.#byName.values()];
  }

  /** Undefined for a bus that does not exist. */
  find(nameOrArn: unknown): Bus | undefined {
    return this.#byName.get(busNameOf(nameOrArn));
  }

  get(nameOrArn: unknown): Bus {
    const bus = this.find(nameOrArn);
    if (bus) return bus;
    const name = busNameOf(nameOrArn);
    throw new AwsError('ResourceNotFoundException', `Event bus ${name} does not exist.`);
  }

  /** Deleting what does not exist is no error, as in AWS. */
  delete(name: string): void {
    if (name === DEFAULT_BUS)
      throw new AwsError('ValidationException', 'Cannot delete event bus default.');
    if ((this.find(name)?.rules.size ?? 0) > 0)
      throw new AwsError('ValidationException', "Event bus can't be deleted since it has rules.");
    this.#byName.delete(name);
  }

  rule(ruleName: unknown, busNameOrArn: unknown): Rule {
    const bus = this.get(busNameOrArn);
    const rule = bus.rules.get(String(ruleName));
    if (rule) return rule;
    const message = `Rule ${String(ruleName)} does not exist on EventBus ${bus.name}.`;
    throw new AwsError('ResourceNotFoundException', message);
  }

  /** ARN of a rule; the default bus is not named in it. */
  ruleArn(bus: Bus, ruleName: string): string {
    const path = bus.name === DEFAULT_BUS ? ruleName : `${bus.name}/${ruleName}`;
    return arn(this.#kernel, 'events', `rule/${path}`);
  }

  /** The enabled rules of a bus whose pattern the event matches, in the order they were made. */
  matching(bus: Bus, event: JsonObject): readonly Rule[] {
    const matching: Rule[] = [];
    for (const rule of bus.rules.values())
      if (rule.state !== 'DISABLED' && rule.matches?.(event)) matching.push(rule);
    return matching;
  }
}
