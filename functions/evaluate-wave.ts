// Decides after each wave whether the next one begins, the rollout is finished, or it halts.

import * as z from 'zod';
import { now } from './aws/clock.ts';
import { publish } from './aws/events.ts';
import { waveInput } from './aws/inputs.ts';
import { lambda } from './aws/lambda.ts';
import { renewLease } from './aws/lease.ts';
import { updateWave } from './aws/plan-record.ts';
import { journal, readByDispatch, readRollout } from './aws/record.ts';
import { judgeWave } from './core/wave-verdict.ts';

const input = waveInput.extend({
  /** What run-wave ended with. */
  result: z.object({ verdict: z.string(), reason: z.string() }),
});

export const handler = lambda(input, async ({ rolloutId, clusterArn, fence, wave, result }) => {
  await renewLease(clusterArn, rolloutId, fence);
  const { waves = [], policy } = await readRollout(rolloutId);
  const failed = await readByDispatch(rolloutId, 'FAILED#');
  const stuck = await readByDispatch(rolloutId, 'STUCK#');
  const decision = judgeWave({
    wave,
    waves: waves.length,
    ended: result,
    failures: failed.length + stuck.length,
    failureBudget: policy.failureBudget,
  });
  await updateWave(rolloutId, wave, { ...decision, endedAt: now() });
  await journal(rolloutId, {
    what: `wave ${wave} ${result.verdict}`,
    who: 'updater',
    why: decision.reason,
  });
  const nextWave = wave + 1;
  await publish(
    { event: 'Wave Ended', detail: { rolloutId, wave, ...decision } },
    ...(decision.verdict === 'next'
      ? [{ event: 'Wave Started' as const, detail: { rolloutId, wave: nextWave } }]
      : []),
  );
  return { ...decision, nextWave };
});
