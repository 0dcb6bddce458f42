// Has every chosen host download its target to the inactive partition while it still serves; failing here costs nothing.

import * as z from 'zod';
import { putBatchWait } from './aws/batch.ts';
import { now } from './aws/clock.ts';
import { rolloutInput, withToken } from './aws/inputs.ts';
import { readInstances } from './aws/instance-store.ts';
import { lambda } from './aws/lambda.ts';
import { requireLease } from './aws/lease.ts';
import { readRollout, updateRollout } from './aws/rollout-record.ts';

/** Seconds between the host's own limit and ours: delivery (120) and the events' way. */
const MARGIN_SECONDS = 180;

const input = rolloutInput.extend({
  ...withToken,
  /** Only this wave: the way back. Absent: everything that was planned. */
  wave: z.number().int().min(1).optional(),
});

export const handler = lambda(input, async ({ token, wave, ...held }) => {
  const { policy } = await readRollout(held.rolloutId);
  await requireLease(held);
  await updateRollout(held, { prepared: true });
  const chosen = (await readInstances(held.rolloutId)).filter(
    (instance) =>
      instance.outcome === undefined &&
      (wave === undefined ? instance.wave !== undefined : instance.wave === wave),
  );
  const { timeoutSeconds } = policy.prepare;
  const deadlineAt = now() + (timeoutSeconds + MARGIN_SECONDS) * 1000;
  const targets = [...new Set(chosen.map((instance) => instance.toVersion ?? ''))];
  return putBatchWait(held, token, {
    verb: 'prepare',
    batches: targets.map((target) => ({
      ec2InstanceIds: chosen
        .filter((instance) => instance.toVersion === target)
        .map((instance) => instance.ec2InstanceId),
      parameters: {
        TargetVersion: target,
        // On the way back the old version must be on offer whatever its repository wave.
        IgnoreWaves: String(wave !== undefined || !policy.target.respectRepositoryWaves),
        TimeoutSeconds: String(timeoutSeconds),
        NotAfterEpochSeconds: String(Math.floor(deadlineAt / 1000)),
      },
    })),
    deadlineAt,
  });
});
