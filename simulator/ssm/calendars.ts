// Change Calendars: open or closed at an instant, and when that changes next.
//
// API reference, GetCalendarState; user guide, "Amazon EventBridge event examples for Systems
// Manager".

import { happenOnce } from '../faults/instants.ts';
import type { Fleet } from '../fleet-file/schema.ts';
import { validate } from '../kernel/constraints.ts';
import { arn, type Kernel } from '../kernel/kernel.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import { text, texts } from './members.ts';

interface Interval {
  readonly from: number;
  readonly until: number;
}

/** The user guide promises the event within 15 minutes of the change. */
const EVENT_LATE_SECONDS_MAX = 60;

/** F61, unless the fault file says how long. */
const CLOSED_SECONDS = 3600;
const FOR_GOOD_MILLISECONDS = 365 * 86_400_000;

/** ISO 8601 without fractions, as the API prints it. */
const iso = (at: number) => new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');

/** Overlapping and touching intervals become one. */
function merge(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const interval of [...intervals].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && interval.from <= last.until) {
      merged[merged.length - 1] = {
        from: last.from,
        until: Math.max(last.until, interval.until),
      };
    } else merged.push(interval);
  }
  return merged;
}

function stateAt(closed: readonly Interval[], at: number): 'OPEN' | 'CLOSED' {
  return closed.some(({ from, until }) => from <= at && at < until) ? 'CLOSED' : 'OPEN';
}

function nextTransition(closed: readonly Interval[], at: number): number | undefined {
  const instants = closed.flatMap(({ from, until }) => [from, until]).filter((one) => one > at);
  return instants.length > 0 ? Math.min(...instants) : undefined;
}

export class Calendars {
  readonly #kernel: Kernel;
  readonly #closed = new Map<string, Interval[]>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    happenOnce(kernel, {
      name: 'calendar-closes',
      subjects: () => this.#closed.keys(),
      happen: (name, { parameters }) =>
        this.#close(name, Number(parameters?.seconds ?? CLOSED_SECONDS)),
    });
  }

  load(calendars: Fleet['calendars']): void {
    for (const { name, closed } of calendars) {
      const intervals = closed.map(({ from, until }) => ({
        from: Date.parse(from),
        until: Date.parse(until),
      }));
      this.#closed.set(name, merge(intervals));
      this.#announce(name);
    }
  }

  /** Somebody adds an event to the calendar that begins now; one of 0 seconds has no end in sight. */
  #close(name: string, seconds: number): void {
    const from = this.#kernel.clock.now();
    const until = from + (seconds > 0 ? seconds * 1000 : FOR_GOOD_MILLISECONDS);
    this.#closed.set(name, merge([...this.#find(name), { from, until }]));
    this.#tell(name, from);
    this.#announce(name);
  }

  getState(input: JsonObject): JsonObject {
    validate(input, { CalendarNames: { required: true } });
    const names = texts(input, 'CalendarNames');
    const closed = merge(names.flatMap((name) => this.#find(name)));
    const said = text(input, 'AtTime');
    const at = said === undefined ? this.#kernel.clock.now() : Date.parse(said);
    if (Number.isNaN(at)) {
      throw new AwsError('ValidationException', `Invalid ISO 8601 time: ${said}`);
    }
    const next = nextTransition(closed, at);
    return {
      // Several calendars are open only when all of them are.
      State: stateAt(closed, at),
      AtTime: iso(at),
      ...(next === undefined ? {} : { NextTransitionTime: iso(next) }),
    };
  }

  #find(nameOrArn: string): readonly Interval[] {
    const name = nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1);
    const closed = this.#closed.get(name);
    if (closed) return closed;
    throw new AwsError('InvalidDocument', `Document with name ${name} does not exist.`);
  }

  /** One event per transition, each best effort and a little late. */
  #announce(name: string): void {
    const closed = this.#closed.get(name) ?? [];
    const at = nextTransition(closed, this.#kernel.clock.now());
    if (at === undefined) return;
    this.#kernel.clock.at(at, () => this.#announce(name));
    this.#tell(name, at);
  }

  /** The event of a change, a little late. */
  #tell(name: string, at: number): void {
    const random = this.#kernel.random.stream('ssm.calendar');
    const lateSeconds = random.between(0, EVENT_LATE_SECONDS_MAX);
    this.#kernel.clock.at(at + lateSeconds * 1000, () => {
      const closed = this.#closed.get(name) ?? [];
      const next = nextTransition(closed, at);
      this.#kernel.emit({
        source: 'aws.ssm',
        detailType: 'Calendar State Change',
        resources: [arn(this.#kernel, 'ssm', `document/${name}`)],
        detail: {
          state: stateAt(closed, at),
          atTime: iso(at),
          ...(next === undefined ? {} : { nextTransitionTime: iso(next) }),
        },
      });
    });
  }
}
