// A rollout as its region shows it: what the record says, and where its executions stand.

import { whyNoApproval } from '../functions/core/approval.ts';
import type { SeenExecution, Standing } from './aws/executions.ts';
import { endingOfExecution, type RolloutEnd } from './ending.ts';
import type { RolloutRecord } from './record.ts';
import { phaseOf } from './steps.ts';

export interface RolloutView {
  readonly rolloutId: string;
  /** Empty until the rollout was opened; for ever, if it could not be. */
  readonly record: RolloutRecord;
  /** Absent once Step Functions has forgotten it. */
  readonly execution: SeenExecution | undefined;
  /** Absent unless it runs. */
  readonly standing: Standing | undefined;
  /** The wave that runs, and where its own execution stands. */
  readonly wave: number | undefined;
  readonly ofWave: Standing | undefined;
}

/** The wave to which a running rollout has come; one that goes back comes before those that had no turn. */
export function runningWave({ rollout, waves }: RolloutRecord): number | undefined {
  const ended = new Set(
    waves.filter(({ verdict }) => verdict !== undefined).map(({ wave }) => wave),
  );
  const left = (rollout?.waves ?? []).filter(({ wave }) => !ended.has(wave));
  return (left.find(({ kind }) => kind === 'rollback') ?? left[0])?.wave;
}

/** Undefined while it is open; the sweep may still have to close one whose execution is over. */
export function endOf({ record, execution }: RolloutView): RolloutEnd | undefined {
  const { rollout } = record;
  if (rollout?.ending !== undefined) {
    return { ending: rollout.ending, reason: rollout.reason ?? 'no reason given' };
  }
  if (execution === undefined || execution.status === 'RUNNING' || rollout !== undefined) {
    return undefined;
  }
  // It never opened, so nothing was touched.
  const reason = `its execution ended ${execution.status} before the rollout was opened`;
  const ending = execution.status === 'ABORTED' ? 'Halted' : 'FailedClean';
  return endingOfExecution(execution) ?? { ending, reason };
}

/** Where it stands, in words. */
export function phaseText({ rolloutId, execution, standing, wave, record }: RolloutView): string {
  if (execution !== undefined && execution.status !== 'RUNNING' && record.rollout !== undefined) {
    return `its execution is over (${execution.status}), the sweep ends what is open and closes rollout ${rolloutId}`;
  }
  const phase = phaseOf(standing?.state ?? '') ?? 'between two steps';
  const waves = record.rollout?.waves?.length;
  return wave === undefined ? phase : `${phase}, wave ${wave} of ${waves}`;
}

/** Why an approval would do nothing; undefined while the rollout waits for one, or will. */
export function whyNotWaiting(view: RolloutView): string | undefined {
  const end = endOf(view);
  if (end !== undefined) return `it ended ${end.ending}: ${end.reason}`;
  const { rollout } = view.record;
  if (!rollout) return 'it is not opened yet; ask again in a moment';
  const aborted = rollout.control?.abort;
  return aborted === undefined ? whyNoApproval(rollout) : `${aborted.by} aborted it`;
}
