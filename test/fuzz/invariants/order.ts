// Order: no start outside the window, past a closed gate, a halt or a person's word, nor before the wave has baked.

import type { FAILURES } from '../../../functions/core/model.ts';
import type { Item, Update } from '../world-events.ts';
import type { Truth } from '../world-watch.ts';
import { type Asked, IN_FLIGHT_MILLISECONDS, type Invariant } from './invariant.ts';

/** Spelled out here: the harness must not take the updater's word for what a failure is. */
const FAILED = [
  'Failed',
  'FellBack',
  'RolledBack',
  'Replaced',
  'NeedsAttention',
] satisfies (typeof FAILURES extends ReadonlySet<infer Outcome> ? Outcome : never)[];

/** What an undo may take at worst, as docs/POLICY.md promises. */
const UNDO_SECONDS = 4500;

/** Undone by the way back, which neither window nor gates nor failures may hold up. */
function goesBack(truth: Truth, { rolloutId, ec2InstanceId }: Update): boolean {
  return truth.instance(rolloutId, ec2InstanceId)?.direction === 'back';
}

/** The failures of a rollout that the start of an update could know of. */
function failuresBefore(truth: Truth, rolloutId: string, at: number): number {
  return truth.instancesOf(rolloutId).filter(({ outcome, finishedAt }) => {
    return FAILED.some((one) => one === outcome) && Number(finishedAt) < at;
  }).length;
}

/** What people have asked of a rollout, and not taken back, since before that instant. */
function stoppedBy({ control }: Asked, rolloutId: string, before: number): string | undefined {
  const words = control.filter((one) => one.rolloutId === rolloutId);
  if (words.some(({ action, at }) => action === 'abort' && at < before)) return 'after the abort';
  const last = words.findLast(({ action }) => action === 'pause' || action === 'resume');
  return last?.action === 'pause' && last.at < before ? 'during the pause' : undefined;
}

function closedCalendar({ fleet, policy }: Asked, from: number, until: number): string | undefined {
  return fleet.calendars
    .filter(({ name }) => policy.window.calendars.includes(name))
    .find(({ closed }) =>
      closed.some((one) => Date.parse(one.from) < from && until < Date.parse(one.until)),
    )?.name;
}

/** Instances of the wave before that must have returned, and been watched for the bake time. */
function unbaked(truth: Truth, record: Item, bakeSeconds: number): string | undefined {
  const wave = Number(record.wave);
  for (const other of truth.instancesOf(String(record.rolloutId))) {
    if (Number(other.wave) >= wave || other.wave === undefined) continue;
    const id = String(other.ec2InstanceId);
    if (truth.holds.has(id) && other.outcome !== 'NeedsAttention') {
      return `${id} of wave ${other.wave} is still out of service`;
    }
    const change = truth.lastChange(id);
    const isReturn =
      change?.status === 'ACTIVE' && change.byUs && Number(other.drainedAt) < change.at;
    if (isReturn && truth.now < change.at + bakeSeconds * 1000) {
      return `${id} of wave ${other.wave} came back ${Math.round((truth.now - change.at) / 1000)} seconds ago, the bake time is ${bakeSeconds}`;
    }
  }
  return undefined;
}

export function orderInvariants(): Invariant[] {
  return [
    {
      id: 'window',
      holds:
        'nothing is started that could not end before the window, or a change calendar, closes',
      broken(event, truth, asked) {
        if (event.kind !== 'update-started' || goesBack(truth, event.update)) return undefined;
        const { drain, reboot, verify, window } = asked.policy;
        const meta = truth.record.get(`ROLLOUT#${event.update.rolloutId} META`);
        const timeouts = drain.timeoutSeconds + reboot.timeoutSeconds + verify.timeoutSeconds;
        const worst = timeouts + UNDO_SECONDS;
        const from = truth.now - IN_FLIGHT_MILLISECONDS;
        if (window.durationMinutes !== undefined && meta !== undefined) {
          const closeAt = Number(meta.openedAt) + window.durationMinutes * 60_000;
          if (from + worst * 1000 > closeAt) {
            return `${event.update.ec2InstanceId} is started ${Math.round((closeAt - truth.now) / 60_000)} minutes before the close`;
          }
        }
        const calendar = closedCalendar(asked, from, truth.now);
        return calendar && `${event.update.ec2InstanceId} is started while ${calendar} is closed`;
      },
    },
    {
      id: 'halt',
      holds: 'nothing is started past the failure budget, a closed gate, an abort or a pause',
      broken(event, truth, asked) {
        if (event.kind !== 'update-started') return undefined;
        const { ec2InstanceId, rolloutId } = event.update;
        const from = truth.now - IN_FLIGHT_MILLISECONDS;
        const stopped = stoppedBy(asked, rolloutId, from);
        if (stopped) return `${ec2InstanceId} is started ${stopped}`;
        if (goesBack(truth, event.update)) return undefined;
        const failures = failuresBefore(truth, rolloutId, from);
        if (failures > asked.policy.failureBudget) {
          return `${ec2InstanceId} is started after ${failures} failures, the budget is ${asked.policy.failureBudget}`;
        }
        const closed = asked.policy.gates.alarms.find(
          (name) => (truth.alarmClosedAt.get(name) ?? truth.now) < from,
        );
        return closed && `${ec2InstanceId} is started while alarm ${closed} is not OK`;
      },
    },
    {
      id: 'waves-bake',
      holds:
        'no container instance of a wave is drained before the wave before it is back and has baked',
      broken(event, truth, { policy }) {
        if (event.kind !== 'drained' || !event.byUs) return undefined;
        const rolloutId = truth.holds.get(event.ec2InstanceId)?.rolloutId ?? '';
        const record = truth.instance(rolloutId, event.ec2InstanceId);
        if (!record || record.direction === 'back') return undefined;
        const why = unbaked(truth, record, policy.waves.bakeTimeSeconds);
        return why && `${event.ec2InstanceId} of wave ${record.wave} is drained, but ${why}`;
      },
    },
  ];
}
