// Tells a rollout line by line from what the region shows of it: what happened, in its order, each thing once.

import type { InstanceRecord } from '../functions/aws/instance-record.ts';
import type { Milestone } from './progress.ts';
import type { RolloutRecord } from './record.ts';
import { waitingReasons } from './rollout-status.ts';
import { phaseText, type RolloutView } from './rollout-view.ts';
import { phaseOf } from './steps.ts';

/** By its key a milestone is known at the next look. */
export interface News extends Milestone {
  readonly key: string;
}

function news(at: number, ec2InstanceId: string, text: string): News {
  return { at, ec2InstanceId, text, key: `${at} ${ec2InstanceId} ${text}` };
}

/** The machine's own entries need no name beside them. */
const OWN: ReadonlySet<string> = new Set(['updater', 'planner']);

function ofJournal({ journal }: RolloutRecord): News[] {
  return journal.map(({ at, what, who, why, subject = '' }) =>
    news(at, subject, OWN.has(who) ? `${what}: ${why}` : `${what} by ${who}: ${why}`),
  );
}

/** Steps of one container instance by what was observed; its outcome is in the journal, unless it never had a turn. */
function ofInstance(record: InstanceRecord): News[] {
  const { ec2InstanceId, undo, outcome, startedAt, finishedAt, toVersion } = record;
  // Hundreds are NotStarted for the one reason that the rollout closes with.
  const hadNoTurn = startedAt === undefined && outcome !== 'NotStarted';
  const steps: readonly (readonly [number | undefined, string])[] = [
    [record.drainedAt, 'draining'],
    [record.rebootSentAt, `rebooting into ${toVersion}`],
    [record.bootedAt, 'verifying'],
    [record.returnedAt, 'in service, waits for its daemons'],
    [undo?.beganAt, `undoing: ${undo?.because}`],
    [hadNoTurn ? finishedAt : undefined, `${outcome}: ${record.reason}`],
  ];
  return steps.flatMap(([at, text]) => (at === undefined ? [] : [news(at, ec2InstanceId, text)]));
}

function ofWaves({ waves }: RolloutRecord): News[] {
  return waves.flatMap(({ wave, startedAt }) =>
    startedAt === undefined ? [] : [news(startedAt, '', `wave ${wave} begins`)],
  );
}

/** What only the executions know: a phase that takes time, a bake, and why nothing moves. */
function ofStanding(view: RolloutView): News[] {
  const { standing, wave, ofWave, record, execution } = view;
  const result: News[] = [];
  if (standing && wave === undefined && phaseOf(standing.state) !== undefined) {
    result.push(news(standing.enteredAt, '', phaseText(view)));
  }
  const { reason } = ofWave?.answer ?? {};
  if (ofWave?.state === 'LetBake' && reason !== undefined) {
    const text = String(reason);
    // Either `bakes until …`, or what keeps a gate closed.
    const bake = text.startsWith('bakes') ? text : `does not bake: ${text}`;
    result.push({ ...news(ofWave.answeredAt, '', `wave ${wave} ${bake}`), key: `${wave} ${bake}` });
  }
  // While some are on their way the reasons are those of any busy moment.
  if (ofWave?.answer?.open === 0) {
    for (const why of waitingReasons(view).keys()) {
      result.push({ ...news(ofWave.answeredAt, '', `waits: ${why}`), key: `${wave} ${why}` });
    }
  }
  const { status, stopDate } = execution ?? {};
  if (stopDate && status !== 'SUCCEEDED' && record.rollout && !record.rollout.ending) {
    result.push(news(stopDate.getTime(), '', phaseText(view)));
  }
  return result;
}

/** Everything there is to tell, in the order in which it happened. */
export function newsOf(view: RolloutView): News[] {
  const { record } = view;
  const all = [
    ...ofJournal(record),
    ...ofWaves(record),
    ...record.instances.flatMap(ofInstance),
    ...ofStanding(view),
  ];
  return all.sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : Number(a.key > b.key)));
}
