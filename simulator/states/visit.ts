// One visit to one state: what its expressions see, and what it writes into the history.

import type { JsonObject } from '../kernel/service.ts';
import { EXPRESSION } from './definition/schema.ts';
import type { Execution } from './execution.ts';
import { EvaluationError } from './jsonata.ts';
import { makePayload, type Payload } from './payload.ts';
import type { Frame, Runtime, StateResult } from './runtime.ts';
import { StateError, whileExecuting } from './state-error.ts';

/** `$states.result` or `$states.errorOutput`, where there is one. */
export type Extra = { readonly result?: unknown; readonly errorOutput?: unknown };

/** The fields by which a state, a Choice rule or a Catch leaves. */
interface Leaving {
  readonly Output?: unknown;
  readonly Assign?: Record<string, unknown> | undefined;
  readonly Next?: string | undefined;
}

type JsonType = 'number' | 'boolean' | 'array' | 'string' | 'object' | 'null';

export class Visit {
  readonly runtime: Runtime;
  readonly execution: Execution;
  readonly frame: Frame;
  readonly stateName: string;
  readonly input: Payload;
  /** Id of the `…StateEntered` event. */
  readonly enteredEventId: number;
  readonly #enteredTime: string;
  retryCount = 0;
  /** `$states.context.Task.Token`. */
  token: string | undefined;

  constructor(
    runtime: Runtime,
    place: Pick<Visit, 'execution' | 'frame' | 'stateName' | 'input' | 'enteredEventId'>,
  ) {
    this.runtime = runtime;
    this.execution = place.execution;
    this.frame = place.frame;
    this.stateName = place.stateName;
    this.input = place.input;
    this.enteredEventId = place.enteredEventId;
    this.#enteredTime = runtime.kernel.clock.isoNow();
  }

  /** Appends an event after the last one of this line. */
  record(type: string, details?: JsonObject): void {
    this.frame.lastEventId = this.recordAside(type, details);
  }

  /** Appends an event that the next event of this line does not follow. */
  recordAside(type: string, details?: JsonObject): number {
    this.frame.scope.check();
    return this.execution.history.append(type, this.frame.lastEventId, details);
  }

  /**
   * Evaluates a template: JSON in which strings of the form `{% … %}` are JSONata.
   *
   * @param field Where it stands in the state, for example `Arguments`.
   * @throws {StateError} States.QueryEvaluationError, after an EvaluationFailed event.
   */
  evaluate(template: unknown, field: string, extra: Extra = {}): Promise<unknown> {
    return this.#evaluate(template, field, this.#bindings(extra, this.frame.mapItem));
  }

  /** As `evaluate`, with `$states.context.Map.Item` of an iteration that is about to start. */
  evaluateForItem(template: unknown, field: string, item: Frame['mapItem']): Promise<unknown> {
    return this.#evaluate(template, field, this.#bindings({}, item));
  }

  /** As `evaluate`, for a field whose expression must give a certain type. */
  async evaluateAs(template: unknown, field: string, type: JsonType): Promise<unknown> {
    const value = await this.evaluate(template, field);
    const found = typeOf(value);
    if (found === type) return value;
    const source = expressionIn(template);
    const shown = `Expected '${type}', but was '${found}' for value: ${JSON.stringify(value)}`;
    if (source === undefined) return this.refuse(field, shown);
    return this.refuse(
      field,
      `${quote(source, field)} returned an unexpected result type. ${shown}`,
    );
  }

  /** A duration field: a whole number of seconds, or undefined when the state has none. */
  async evaluateSeconds(template: unknown, field: string): Promise<number | undefined> {
    if (template === undefined) return undefined;
    const seconds = Number(await this.evaluateAs(template, field, 'number'));
    const least = field === 'Seconds' ? 0 : 1;
    if (Number.isInteger(seconds) && seconds >= least && seconds <= 99_999_999) return seconds;
    return this.refuse(field, `The ${field} field must be a whole number of seconds: ${seconds}`);
  }

  /** Evaluates Output and Assign; both see the variables as they were on entry. */
  async leave(
    leaving: Leaving,
    fallback: Payload,
    extra: Extra = {},
    prefix = '',
  ): Promise<StateResult> {
    const { Output: output, Assign: assign, Next: next } = leaving;
    const left =
      output === undefined
        ? fallback
        : makePayload(await this.evaluate(output, `${prefix}Output`, extra), this.stateName);
    if (assign === undefined) return { output: left, next };
    const values = await this.evaluate(assign, `${prefix}Assign`, extra);
    return { output: left, assigned: makePayload(values, this.stateName), next };
  }

  /** @throws {StateError} Always: States.QueryEvaluationError, after an EvaluationFailed event. */
  refuse(field: string, reason: string): never {
    const cause = `${whileExecuting(this.stateName, this.enteredEventId)} ${reason}`;
    const error = new StateError('States.QueryEvaluationError', cause);
    this.record('EvaluationFailed', { ...error.details, location: field, state: this.stateName });
    throw error;
  }

  async #evaluate(
    template: unknown,
    field: string,
    bindings: Readonly<Record<string, unknown>>,
  ): Promise<unknown> {
    if (typeof template === 'string') {
      const source = expressionIn(template);
      return source === undefined ? template : this.#evaluateSource(source, field, bindings);
    }
    if (typeof template !== 'object' || template === null) return template;
    if (Array.isArray(template)) {
      const items: unknown[] = [];
      for (const [index, item] of template.entries()) {
        items.push(await this.#evaluate(item, `${field}[${index}]`, bindings));
      }
      return items;
    }
    const members: JsonObject = {};
    for (const [name, member] of Object.entries(template)) {
      members[name] = await this.#evaluate(member, `${field}/${name}`, bindings);
    }
    return members;
  }

  async #evaluateSource(
    source: string,
    field: string,
    bindings: Readonly<Record<string, unknown>>,
  ): Promise<unknown> {
    try {
      return await this.runtime.jsonata.evaluate(source, bindings);
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      return this.refuse(field, `${quote(source, field)} ${error.message}`);
    }
  }

  #bindings(extra: Extra, item: Frame['mapItem']): Readonly<Record<string, unknown>> {
    const states = { input: this.input.value, ...extra, context: this.#context(item) };
    return { ...this.frame.variables, states };
  }

  /** Developer Guide, "Accessing execution data from the Context object". */
  #context(item: Frame['mapItem']): JsonObject {
    const { execution } = this;
    const { stateMachine } = execution;
    return {
      Execution: {
        Id: execution.arn,
        Input: execution.input.value,
        Name: execution.name,
        RoleArn: stateMachine.roleArn,
        StartTime: new Date(execution.startAt).toISOString(),
        RedriveCount: execution.redriveCount,
      },
      StateMachine: { Id: stateMachine.arn, Name: stateMachine.name },
      State: {
        Name: this.stateName,
        EnteredTime: this.#enteredTime,
        RetryCount: this.retryCount,
      },
      ...(item === undefined ? {} : { Map: { Item: item } }),
      ...(this.token === undefined ? {} : { Task: { Token: this.token } }),
    };
  }
}

function expressionIn(template: unknown): string | undefined {
  return typeof template === 'string' ? EXPRESSION.exec(template)?.[1]?.trim() : undefined;
}

function quote(source: string, field: string): string {
  return `The JSONata expression '${source}' specified for the field '${field}'`;
}

function typeOf(value: unknown): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as JsonType;
}
