// Watches the fleet after a wave: every gate must stay green for the whole bake time.

import { now } from './aws/clock.ts';
import { noteGates } from './aws/gate-record.ts';
import { readClosedGates } from './aws/gates.ts';
import { waveInput } from './aws/inputs.ts';
import { lambda } from './aws/lambda.ts';
import { renewLease } from './aws/lease.ts';
import { readPlan, readWave, updateWave } from './aws/plan-record.ts';
import { readRollout } from './aws/rollout-record.ts';
import { judgeBake } from './core/bake.ts';
import { isoInstant } from './core/instant.ts';

export const handler = lambda(waveInput, async ({ rolloutId, clusterArn, fence, wave }) => {
  await renewLease(clusterArn, rolloutId, fence);
  const rollout = await readRollout(rolloutId);
  const { policy, control, waves = [] } = rollout;
  if (waves.find((one) => one.wave === wave)?.kind === 'rollback') {
    return { verdict: 'baked', reason: 'every container instance of the way back is over' };
  }
  if (control?.abort) {
    const { by, at } = control.abort;
    return { verdict: 'failed', reason: `aborted by ${by} at ${isoInstant(at)}` };
  }
  const record = await readWave(rolloutId, wave);
  if (record?.startedAt === undefined) {
    return { verdict: 'baked', reason: 'nothing was started in this wave' };
  }
  const closed = await readClosedGates(rollout, await readPlan(rolloutId), wave);
  await noteGates(rolloutId, wave, record, closed.length > 0 ? closed.join('; ') : undefined);
  const state = record.bake ?? { startedAt: now() };
  const verdict = judgeBake(state, closed, policy.waves.bakeTimeSeconds, now());
  if (verdict.kind === 'baking') {
    const bake = { startedAt: state.startedAt, lastClosedAt: verdict.lastClosedAt };
    await updateWave(rolloutId, wave, { bake });
    const { reason, lookAgainSeconds } = verdict;
    return { verdict: 'baking', reason, lookAgainSeconds };
  }
  return { verdict: verdict.kind, reason: verdict.reason };
});
