// Speaks EventBridge's API and routes every event of the region to the targets of its rules.

import type { BusEvent, Kernel } from '../kernel/kernel.ts';
import type { AwsService, JsonObject } from '../kernel/service.ts';
import { Archives } from './archives.ts';
import { type DeadLetter, EventDelivery, type LoggedEvent } from './delivery.ts';
import { judgeEntry, readEntries } from './put-events.ts';
import { RuleOperations } from './rule-operations.ts';
import { type Bus, Buses, type Rule } from './rules.ts';
import { TargetOperations } from './target-operations.ts';

type Operation = (input: JsonObject) => JsonObject;

/** What is known about an event before it gets its envelope. */
interface Arriving {
  readonly id: string;
  readonly source: string;
  readonly detailType: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. */
  readonly time: number;
}

/** "yyyy-mm-ddThh:mm:ssZ": the envelope's time has whole seconds. */
function envelopeTime(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

export class EventsService implements AwsService {
  readonly id = 'events';
  readonly protocol = 'awsJson1.1';
  readonly targetPrefix = 'AWSEvents';
  readonly operations: readonly string[];
  readonly #kernel: Kernel;
  readonly #buses: Buses;
  readonly #archives: Archives;
  readonly #delivery: EventDelivery;
  readonly #byName: ReadonlyMap<string, Operation>;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#buses = new Buses(kernel);
    this.#archives = new Archives(kernel, this.#buses);
    this.#delivery = new EventDelivery(kernel);
    const rules = new RuleOperations(kernel, this.#buses, (rule) => this.#fireSchedule(rule));
    const targets = new TargetOperations(this.#buses);
    this.#byName = new Map<string, Operation>([
      ['PutEvents', (input) => this.#putEvents(input)],
      ...rules.operations,
      ...targets.operations,
      ...this.#archives.operations,
    ]);
    this.operations = [...this.#byName.keys()];
  }

  /** Events that reached no target, oldest first. */
  get deadLetters(): readonly DeadLetter[] {
    return this.#delivery.deadLetters;
  }

  /** What rules wrote into log groups, oldest first. */
  get logged(): readonly LoggedEvent[] {
    return this.#delivery.logged;
  }

  call(operation: string, input: JsonObject): JsonObject {
    return this.#byName.get(operation)!(input);
  }

  /**
   * Routes an event that a service of the region, or a client, put on a bus; an unknown bus
   * swallows it.
   */
  deliver(event: BusEvent): void {
    const bus = this.#buses.find(event.eventBusName);
    if (bus) this.#route(bus, { ...event, id: this.#newId(), time: this.#kernel.clock.now() });
  }

  #newId(): string {
    return this.#kernel.random.stream('events.id').uuid();
  }

  #route(bus: Bus, event: Arriving): void {
    const envelope = this.#envelope(event);
    this.#archives.store(bus, envelope);
    for (const rule of this.#buses.matching(bus, envelope)) this.#sendToTargets(rule, envelope);
  }

  #envelope(event: Arriving): JsonObject {
    return {
      version: '0',
      id: event.id,
      'detail-type': event.detailType,
      source: event.source,
      account: this.#kernel.accountId,
      time: envelopeTime(event.time),
      region: this.#kernel.region,
      resources: event.resources,
      detail: event.detail,
    };
  }

  #sendToTargets(rule: Rule, envelope: JsonObject): void {
    for (const target of rule.targets.values()) this.#delivery.send(rule, target, envelope);
  }

  /** A scheduled rule sends its own event, to its own targets only. */
  #fireSchedule(rule: Rule): void {
    const event: Arriving = {
      id: this.#newId(),
      source: 'aws.events',
      detailType: 'Scheduled Event',
      resources: [rule.arn],
      detail: {},
      time: this.#kernel.clock.now(),
    };
    this.#sendToTargets(rule, this.#envelope(event));
  }

  #putEvents(input: JsonObject): JsonObject {
    let failed = 0;
    const answers = readEntries(input).map((entry): JsonObject => {
      const judged = judgeEntry(entry);
      if (!judged.ok) {
        failed++;
        return { ErrorCode: judged.errorCode, ErrorMessage: judged.errorMessage };
      }
      const id = this.#newId();
      const { eventBusName, time = this.#kernel.clock.now(), ...event } = judged.entry;
      // "If you specify an event bus that does not exist, the event is dropped" (user guide,
      // PutEvents).
      const bus = this.#buses.find(eventBusName);
      if (bus) this.#route(bus, { ...event, id, time });
      const detail = { id, detailType: event.detailType, dropped: !bus };
      this.#kernel.log.append('events', 'event-put', event.source, detail);
      return { EventId: id };
    });
    return { FailedEntryCount: failed, Entries: answers };
  }
}
