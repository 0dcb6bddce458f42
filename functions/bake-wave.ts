// Watches the fleet after a wave: every gate must stay green for the whole bake time.

import { readAlarms } from './aws/alarms.ts';
import { now } from './aws/clock.ts';
import { describeServicesByName } from './aws/ecs.ts';
import { waveInput } from './aws/inputs.ts';
import { lambda } from './aws/lambda.ts';
import { renewLease } from './aws/lease.ts';
import { readPlan, readWave, updateWave } from './aws/plan-record.ts';
import { readRollout } from './aws/record.ts';
import { closedGates, type GateFacts, judgeBake } from './core/bake.ts';
import { isoInstant } from './core/instant.ts';

export const handler = lambda(waveInput, async ({ rolloutId, clusterArn, fence, wave }) => {
  await renewLease(clusterArn, rolloutId, fence);
  const { policy, control, waves = [] } = await readRollout(rolloutId);
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
  const plan = await readPlan(rolloutId);
  const planned = new Map(
    plan.services
      .filter((one) => one.schedulingStrategy === 'REPLICA')
      .map((one) => [one.serviceName, one.runningCount]),
  );
  const services: GateFacts['services'] = policy.gates.services
    ? (await describeServicesByName(clusterArn, [...planned.keys()])).map(
        ({ serviceName, runningCount, desiredCount }) => ({
          serviceName,
          running: runningCount,
          desired: desiredCount,
          runningAtPlan: planned.get(serviceName) ?? 0,
        }),
      )
    : [];
  const closed = closedGates({ services, alarms: await readAlarms(policy.gates.alarms) });
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
