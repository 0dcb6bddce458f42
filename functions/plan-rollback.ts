// Plans the way back: the updated container instances of a wave, or of the rollout, become a wave of their own.

import * as z from 'zod';
import { waveInput } from './aws/inputs.ts';
import { readInstances, reopenInstance } from './aws/instance-store.ts';
import { journal } from './aws/journal.ts';
import { lambda } from './aws/lambda.ts';
import { requireLease } from './aws/lease.ts';
import { inParallel } from './aws/parallel.ts';
import { readRollout, updateRollout } from './aws/rollout-record.ts';

/** Parallel writes to the record. */
const WRITES_MAX = 25;

const input = waveInput.extend({ reason: z.string() });

export const handler = lambda(input, async ({ wave: halted, reason, ...held }) => {
  await requireLease(held);
  const { waves = [], policy } = await readRollout(held.rolloutId);
  const updated = (await readInstances(held.rolloutId)).filter(
    (one) =>
      one.outcome === 'Updated' && (policy.rollback.onHalt === 'rollout' || one.wave === halted),
  );
  // A repeated call finds the wave it planned, and whatever it had not reopened yet.
  const planned = waves.find((one) => one.kind === 'rollback');
  const wave = planned?.wave ?? waves.length + 1;
  if (!planned) {
    const back = { wave, kind: 'rollback', size: updated.length, why: reason };
    await updateRollout(held, { waves: [...waves, back] });
  }
  await inParallel(updated, WRITES_MAX, (one) => reopenInstance(held, one, wave, reason));
  const why = `${updated.length} container instances are taken back: ${reason}`;
  await journal(held.rolloutId, { what: 'rollback planned', who: 'updater', why });
  return { verdict: 'roll-back', wave, reason: why };
});
