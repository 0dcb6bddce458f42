// Keeps the alarms' states, and puts an event on the default bus for every change of state.

import type { FleetAlarm } from '../fleet-file/schema.ts';
import { arn, type Kernel } from '../kernel/kernel.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export interface Alarm {
  readonly name: string;
  readonly arn: string;
  /** Members of PutMetricAlarm, kept and shown as given. */
  configuration: JsonObject;
  configurationUpdatedAt: number;
  state: AlarmState;
  reason: string;
  stateUpdatedAt: number;
}

/** What a new alarm says of itself until it was evaluated. */
const UNCHECKED = 'Unchecked: Initial alarm creation';

/** CloudWatch's own form of an instant inside events: `2026-11-24T02:00:00.000+0000`. */
function eventTime(instant: number): string {
  return new Date(instant).toISOString().replace('Z', '+0000');
}

export class Alarms {
  readonly #kernel: Kernel;
  readonly #byName = new Map<string, Alarm>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  load(record: FleetAlarm): void {
    const { AlarmName, StateValue, ...configuration } = record;
    const alarm = this.#create(AlarmName, configuration);
    alarm.state = StateValue;
    alarm.reason = String(record.StateReason ?? 'As the fleet file says.');
  }

  all(): readonly Alarm[] {
    return [...this.#byName.values()];
  }

  get(name: unknown): Alarm {
    const alarm = this.#byName.get(String(name));
    // The model calls the shape ResourceNotFound, without "Exception", and answers 404.
    if (!alarm) throw new AwsError('ResourceNotFound', 'Unknown', 404);
    return alarm;
  }

  /** A changed alarm keeps its state; a new one has not been checked yet. */
  put(name: string, configuration: JsonObject): void {
    const alarm = this.#byName.get(name) ?? this.#create(name, configuration);
    alarm.configuration = configuration;
    alarm.configurationUpdatedAt = this.#kernel.clock.now();
  }

  delete(name: string): void {
    this.#byName.delete(name);
  }

  /** Sets a state; only a change is announced. */
  set(alarm: Alarm, state: AlarmState, reason: string): void {
    const previous = { value: alarm.state, reason: alarm.reason, at: alarm.stateUpdatedAt };
    const isChange = alarm.state !== state;
    alarm.state = state;
    alarm.reason = reason;
    alarm.stateUpdatedAt = this.#kernel.clock.now();
    if (!isChange) return;
    this.#kernel.log.append('cloudwatch', 'alarm-state-changed', alarm.name, {
      from: previous.value,
      to: state,
    });
    this.#kernel.emit({
      source: 'aws.cloudwatch',
      detailType: 'CloudWatch Alarm State Change',
      resources: [alarm.arn],
      detail: {
        alarmName: alarm.name,
        state: { value: state, reason, timestamp: eventTime(alarm.stateUpdatedAt) },
        previousState: {
          value: previous.value,
          reason: previous.reason,
          timestamp: eventTime(previous.at),
        },
        configuration: {
          description: String(alarm.configuration.AlarmDescription ?? ''),
          metrics: [],
        },
      },
    });
  }

  #create(name: string, configuration: JsonObject): Alarm {
    const now = this.#kernel.clock.now();
    const alarm: Alarm = {
      name,
      arn: arn(this.#kernel, 'cloudwatch', `alarm:${name}`),
      configuration,
      configurationUpdatedAt: now,
      state: 'INSUFFICIENT_DATA',
      reason: UNCHECKED,
      stateUpdatedAt: now,
    };
    this.#byName.set(name, alarm);
    return alarm;
  }
}

export function describeAlarm(alarm: Alarm): JsonObject {
  return {
    ActionsEnabled: true,
    OKActions: [],
    AlarmActions: [],
    InsufficientDataActions: [],
    Dimensions: [],
    ...alarm.configuration,
    AlarmName: alarm.name,
    AlarmArn: alarm.arn,
    AlarmConfigurationUpdatedTimestamp: alarm.configurationUpdatedAt / 1000,
    StateValue: alarm.state,
    StateReason: alarm.reason,
    StateUpdatedTimestamp: alarm.stateUpdatedAt / 1000,
  };
}
