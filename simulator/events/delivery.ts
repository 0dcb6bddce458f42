// Carries a matched event to one target of a rule: late, doubled, lost or retried.

import type { Kernel } from '../kernel/kernel.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import { invokeAsynchronously } from './asynchronous-invocation.ts';
import { type TargetInput, targetPayload } from './input-transformer.ts';

/** A target as PutTargets stores it. */
export interface RuleTarget extends TargetInput {
  readonly Id: string;
  readonly Arn: string;
  readonly RoleArn?: string;
  readonly RetryPolicy?: {
    readonly MaximumRetryAttempts?: number;
    readonly MaximumEventAgeInSeconds?: number;
  };
  readonly DeadLetterConfig?: { readonly Arn?: string };
}

/** The rule a delivery belongs to. */
export interface DeliveringRule {
  readonly name: string;
  readonly arn: string;
}

/** An event that never reached its target, or that Lambda gave up. */
export interface DeadLetter {
  readonly at: number;
  readonly ruleArn: string;
  readonly targetArn: string;
  readonly errorCode: string;
  readonly errorMessage: string;
  /** Where AWS would have sent it; absent: dropped. */
  readonly queueArn?: string;
  readonly event: JsonObject;
}

/**
 * Usual delivery latency in milliseconds; a guess (AWS publishes no distribution for the classic
 * bus).
 */
const LATENCY_MILLISECONDS = { low: 200, high: 1000 };
/** EventBridge retries a target "for 24 hours and up to 185 times" (user guide, "Retry policy"). */
const RETRY_ATTEMPTS_DEFAULT = 185;
const EVENT_AGE_DEFAULT_SECONDS = 86_400;
const BACKOFF_MAX_SECONDS = 600;
/** How late an event is when the fault file does not say. */
const LATE_DEFAULT_SECONDS = 900;
/** How long after the first a repeated event comes when the fault file does not say. */
const REPEATED_DEFAULT_SECONDS = 7200;
/** How much later the second copy comes at most when the fault file does not say. */
const DUPLICATE_DEFAULT_SECONDS = 30;

interface Shipment {
  readonly rule: DeliveringRule;
  readonly target: RuleTarget;
  /** The event as text: the source may go on changing the objects it was made from. */
  readonly body: string;
  readonly sentAt: number;
}

/** Target kinds that this region can reach. */
export function targetKind(targetArn: string): 'lambda' | 'states' | 'logs' | undefined {
  if (/^arn:[^:]+:lambda:[^:]*:\d{12}:function:/.test(targetArn)) return 'lambda';
  if (/^arn:[^:]+:states:[^:]*:\d{12}:stateMachine:/.test(targetArn)) return 'states';
  if (/^arn:[^:]+:logs:[^:]*:\d{12}:log-group:[^:]+$/.test(targetArn)) return 'logs';
  return undefined;
}

/** An event that a rule wrote into a log group. */
export interface LoggedEvent {
  readonly at: number;
  readonly logGroupName: string;
  readonly event: unknown;
}

/** Errors that pass by themselves; anything else goes to the dead-letter queue at once. */
function isPassing(error: AwsError): boolean {
  return error.status >= 500 || /Throttl|TooManyRequests|LimitExceeded/.test(error.code);
}

export class EventDelivery {
  /** Everything that reached no target, oldest first. */
  readonly deadLetters: DeadLetter[] = [];
  /** Everything that log groups were given, oldest first. */
  readonly logged: LoggedEvent[] = [];
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /**
   * Sends one event to one target.
   *
   * Faults, asked once per delivery with the event's detail-type as subject: `event-lost` (F17),
   * `event-late` (F18; `seconds`), `event-repeated-late` (F16; `seconds` after the first),
   * `event-duplicated` (F15; `seconds` between the copies at most).
   */
  send(rule: DeliveringRule, target: RuleTarget, event: JsonObject): void {
    const { clock, faults, log } = this.#kernel;
    const detailType = String(event['detail-type']);
    if (faults.strikes('event-lost', detailType)) {
      log.append('events', 'event-lost', rule.name, { id: event.id, detailType });
      return;
    }
    const shipment = { rule, target, body: JSON.stringify(event), sentAt: clock.now() };
    const late = faults.strikes('event-late', detailType);
    const lateSeconds = late ? Number(late.parameters?.seconds ?? LATE_DEFAULT_SECONDS) : 0;
    this.#ship(shipment, this.#latency(rule) + lateSeconds * 1000);
    const again = faults.strikes('event-repeated-late', detailType);
    const againSeconds = Number(again?.parameters?.seconds ?? REPEATED_DEFAULT_SECONDS);
    if (again) this.#ship(shipment, this.#latency(rule) + againSeconds * 1000);
    const double = faults.strikes('event-duplicated', detailType);
    if (!double) return;
    const apartSeconds = Number(double.parameters?.seconds ?? DUPLICATE_DEFAULT_SECONDS);
    const stream = this.#kernel.random.stream(`events.duplicate/${rule.name}`);
    this.#ship(shipment, this.#latency(rule) + stream.between(0, apartSeconds * 1000));
  }

  #latency(rule: DeliveringRule): number {
    const { low, high } = LATENCY_MILLISECONDS;
    return Math.round(this.#kernel.random.stream(`events.latency/${rule.name}`).between(low, high));
  }

  #ship(shipment: Shipment, milliseconds: number): void {
    this.#kernel.clock.after(milliseconds, () => this.#arrive(shipment, 0));
  }

  async #arrive(shipment: Shipment, retries: number): Promise<void> {
    const { rule, target } = shipment;
    const event = JSON.parse(shipment.body) as JsonObject;
    let payload: unknown;
    try {
      const ingestionTime = new Date(shipment.sentAt).toISOString();
      const context = { ruleArn: rule.arn, ruleName: rule.name, ingestionTime };
      payload = targetPayload(target, event, context);
    } catch (error) {
      return this.#bury(shipment, 'INVALID_JSON', String(error));
    }
    const detail = { id: event.id, detailType: event['detail-type'], target: target.Arn };
    this.#kernel.log.append('events', 'event-delivered', rule.name, detail);
    const kind = targetKind(target.Arn);
    if (kind === 'logs') {
      const logGroupName = target.Arn.split(':log-group:').at(-1) ?? '';
      this.logged.push({ at: this.#kernel.clock.now(), logGroupName, event: payload });
      return;
    }
    if (kind === 'lambda') {
      // The rule's dead-letter queue is for what Lambda would not take; what it took and then gave
      // up goes to the function's own destination.
      const withoutQueue = { ...shipment, target: { Id: target.Id, Arn: target.Arn } };
      invokeAsynchronously(this.#kernel, target.Arn, payload, (discarded) => {
        const refused = discarded.reason === 'NotInvokable';
        this.#bury(refused ? shipment : withoutQueue, discarded.reason, discarded.errorType);
      });
      return;
    }
    await this.#start(shipment, payload, retries);
  }

  async #start(shipment: Shipment, payload: unknown, retries: number): Promise<void> {
    try {
      await this.#kernel.startExecution(shipment.target.Arn, payload);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      this.#retry(shipment, retries, error);
    }
  }

  #retry(shipment: Shipment, retries: number, error: AwsError): void {
    const { clock, random } = this.#kernel;
    const policy = shipment.target.RetryPolicy;
    const attemptsMax = policy?.MaximumRetryAttempts ?? RETRY_ATTEMPTS_DEFAULT;
    const ageMax = policy?.MaximumEventAgeInSeconds ?? EVENT_AGE_DEFAULT_SECONDS;
    const backoff = Math.min(BACKOFF_MAX_SECONDS, 2 ** retries);
    const waitSeconds = random.stream('events.retry').between(backoff / 2, backoff);
    const ageSeconds = (clock.now() - shipment.sentAt) / 1000 + waitSeconds;
    if (isPassing(error) && retries < attemptsMax && ageSeconds <= ageMax)
      clock.after(waitSeconds * 1000, () => this.#arrive(shipment, retries + 1));
    else this.#bury(shipment, error.code, error.message);
  }

  #bury(shipment: Shipment, errorCode: string, errorMessage: string): void {
    const { rule, target } = shipment;
    const queueArn = target.DeadLetterConfig?.Arn;
    this.deadLetters.push({
      at: this.#kernel.clock.now(),
      ruleArn: rule.arn,
      targetArn: target.Arn,
      errorCode,
      errorMessage,
      event: JSON.parse(shipment.body) as JsonObject,
      ...(queueArn === undefined ? {} : { queueArn }),
    });
    const detail = { target: target.Arn, errorCode, queueArn: queueArn ?? null };
    this.#kernel.log.append('events', 'event-undeliverable', rule.name, detail);
  }
}
