// The event history of one execution, kept as compact records and shown in the shape of the API.

import type { VirtualClock } from '../kernel/clock.ts';
import type { JsonObject } from '../kernel/service.ts';
import { StateError } from './state-error.ts';

/** "Maximum execution history size: 25,000 events", Step Functions service quotas. */
export const HISTORY_EVENTS_MAX = 25_000;

interface HistoryRecord {
  readonly at: number;
  readonly type: string;
  readonly previousEventId: number;
  readonly details: JsonObject | undefined;
}

/** Members that GetExecutionHistory leaves out when `includeExecutionData` is false. */
const EXECUTION_DATA: readonly string[] = [
  'input',
  'output',
  'parameters',
  'cause',
  'assignedVariables',
];

export class History {
  readonly #clock: VirtualClock;
  readonly #eventsMax: number;
  #records: HistoryRecord[] = [];
  #length = 0;

  /** @param eventsMax The quota, or a fault's lower one. */
  constructor(clock: VirtualClock, eventsMax = HISTORY_EVENTS_MAX) {
    this.#clock = clock;
    this.#eventsMax = eventsMax;
  }

  get length(): number {
    return this.#length;
  }

  /** Whether a redrive has room: fewer than all but one of the events, and none dropped. */
  get mayGrow(): boolean {
    return this.kept && this.#length < this.#eventsMax - 1;
  }

  /** Whether the records are still there. */
  get kept(): boolean {
    return this.#records.length === this.#length;
  }

  /**
   * Appends an event and returns its id.
   *
   * @throws {StateError} States.Runtime when only the last place is left, kept for the end.
   */
  append(type: string, previousEventId: number, details?: JsonObject): number {
    if (this.#length >= this.#eventsMax - 1) {
      throw new StateError(
        'States.Runtime',
        `The execution reached the maximum number of history events (${this.#eventsMax}).`,
      );
    }
    return this.end(type, previousEventId, details);
  }

  /** Appends the last event of an execution. */
  end(type: string, previousEventId: number, details?: JsonObject): number {
    this.#records.push({ at: Math.floor(this.#clock.now()), type, previousEventId, details });
    this.#length++;
    return this.#length;
  }

  /** Forgets the records, not their number. */
  drop(): void {
    this.#records = [];
  }

  /** Events as GetExecutionHistory answers them, oldest first. */
  view(includeExecutionData: boolean): JsonObject[] {
    return this.#records.map((record, index) => {
      return showEvent(record, index + 1, includeExecutionData);
    });
  }
}

/** botocore stepfunctions HistoryEvent: the member that carries the details of an event type. */
function detailsMember(type: string): string {
  if (type.endsWith('StateEntered')) return 'stateEnteredEventDetails';
  if (type.endsWith('StateExited')) return 'stateExitedEventDetails';
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
}

function showEvent(record: HistoryRecord, id: number, includeExecutionData: boolean): JsonObject {
  const event: JsonObject = {
    timestamp: record.at / 1000,
    type: record.type,
    id,
    previousEventId: record.previousEventId,
  };
  if (!record.details) return event;
  const details: JsonObject = {};
  for (const [name, value] of Object.entries(record.details)) {
    if (!includeExecutionData && EXECUTION_DATA.includes(name)) continue;
    details[name] = value;
    // Only the input and output of states, executions and functions carry a `…Details` member.
    if (name === 'input' || name === 'output' || name === 'assignedVariables') {
      details[`${name}Details`] = { truncated: false };
    }
  }
  return { ...event, [detailsMember(record.type)]: details };
}
