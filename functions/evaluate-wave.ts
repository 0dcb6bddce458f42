// Decides after each wave whether the next one begins, the rollout is finished, or it halts.

import * as z from 'zod';
import { now } from './aws/clock.ts';
import { readTaken } from './aws/dispatch-index.ts';
import { waveInput } from './aws/inputs.ts';
import { readInstances } from './aws/instance-store.ts';
import { announce } from './aws/journal.ts';
import { lambda } from './aws/lambda.ts';
import { renewLease } from './aws/lease.ts';
import { updateWave } from './aws/plan-record.ts';
import { type Rollout, readRollout, updateRollout } from './aws/rollout-record.ts';
import { judgeWave } from './core/wave-verdict.ts';

const input = waveInput.extend({
  /** What run-wave ended with. */
  result: z.object({ verdict: z.string(), reason: z.string() }),
});

const NONE = { inWave: 0, inRollout: 0 };

/** Read only when a wave did not end well: it goes through the whole rollout. */
async function countUpdated(rolloutId: string, wave: number) {
  const updated = (await readInstances(rolloutId)).filter((one) => one.outcome === 'Updated');
  return { inWave: updated.filter((one) => one.wave === wave).length, inRollout: updated.length };
}

/** Images of the canary wave that nobody was updated to: their next ones are started as canaries would be. */
async function unprovenAfter({ rolloutId, targets = {} }: Rollout): Promise<string[]> {
  const updated = (await readInstances(rolloutId)).filter((one) => one.outcome === 'Updated');
  const proven = new Set(updated.map((one) => one.image));
  return Object.keys(targets).filter((image) => !proven.has(image));
}

export const handler = lambda(input, async ({ rolloutId, clusterArn, fence, wave, result }) => {
  await renewLease(clusterArn, rolloutId, fence);
  const rollout = await readRollout(rolloutId);
  const { waves = [], policy, control } = rollout;
  const planned = waves.find((one) => one.wave === wave);
  const kind = planned?.kind === 'rollback' ? 'rollback' : 'forward';
  const { failed, stuck } = await readTaken(rolloutId);
  const failures = failed.length + stuck.length;
  const decision = judgeWave({
    wave,
    waves: waves.length,
    kind,
    wentBackFor: planned?.why,
    aborted: control?.abort !== undefined,
    onHalt: policy.rollback.onHalt,
    updated:
      failures > policy.failureBudget || result.verdict !== 'baked'
        ? await countUpdated(rolloutId, wave)
        : NONE,
    ended: result,
    failures,
    failureBudget: policy.failureBudget,
  });
  if (planned?.kind === 'canary' && decision.verdict === 'next') {
    const unprovenImages = await unprovenAfter(rollout);
    await updateRollout({ rolloutId, fence }, { unprovenImages });
  }
  await updateWave(rolloutId, wave, { ...decision, endedAt: now() });
  await announce(
    rolloutId,
    { what: `wave ${wave} ${result.verdict}`, who: 'updater', why: decision.reason },
    { event: 'Wave Ended', wave, ...decision },
  );
  return { ...decision, nextWave: wave + 1 };
});
