// Fires alarms from the fault file: once for a while, or flapping.

import type { FaultSpec } from '../faults/faults.ts';
import { watchFault } from '../faults/watch.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Alarm, AlarmState, Alarms } from './alarms.ts';

/** How long an alarm stays in the faulty state when the fault file does not say. */
const SECONDS_DEFAULT = 300;
const STATES: readonly AlarmState[] = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];

/**
 * Fault `alarm-fires` (F12, F13), looked for again and again with the alarm's name as subject: it
 * goes to `state` (ALARM unless said) for `seconds` (300 unless said; 0 means for good), back and
 * forth every `flapSeconds`.
 */
export function watchAlarmFaults(kernel: Kernel, alarms: Alarms): void {
  const firing = new Set<string>();
  watchFault(kernel, {
    name: 'alarm-fires',
    subjects: () =>
      alarms
        .all()
        .map((alarm) => alarm.name)
        .filter((name) => !firing.has(name)),
    strike(name, spec) {
      firing.add(name);
      fire(kernel, alarms, { alarm: alarms.get(name), spec, onEnd: () => firing.delete(name) });
    },
  });
}

interface Firing {
  readonly alarm: Alarm;
  readonly spec: FaultSpec;
  readonly onEnd: () => void;
}

function stateOf(spec: FaultSpec): AlarmState {
  return STATES.find((state) => state === spec.parameters?.state) ?? 'ALARM';
}

function fire(kernel: Kernel, alarms: Alarms, { alarm, spec, onEnd }: Firing): void {
  const { clock } = kernel;
  const bad = stateOf(spec);
  const before = alarm.state === bad ? 'OK' : alarm.state;
  const seconds = Number(spec.parameters?.seconds ?? SECONDS_DEFAULT);
  const flapSeconds = Number(spec.parameters?.flapSeconds ?? 0);
  const endAt = seconds > 0 ? clock.now() + seconds * 1000 : Number.POSITIVE_INFINITY;
  const turn = (state: AlarmState) => {
    alarms.set(alarm, state, `Threshold Crossed: set by the fault ${spec.name}`);
    if (flapSeconds > 0 && clock.now() + flapSeconds * 1000 < endAt)
      clock.after(flapSeconds * 1000, () => turn(state === bad ? before : bad));
  };
  turn(bad);
  if (!Number.isFinite(endAt)) return;
  clock.at(endAt, () => {
    alarms.set(alarm, before, `Threshold no longer crossed: the fault ${spec.name} is over`);
    onEnd();
  });
}
