// Has every chosen host download its target to the inactive partition while it still serves; failing here costs nothing.

import * as z from 'zod';
import { sendBatches } from './aws/batch.ts';
import { now } from './aws/clock.ts';
import { type DownloadCommand, putDownloading } from './aws/downloads.ts';
import { rolloutInput } from './aws/inputs.ts';
import type { InstanceRecord } from './aws/instance-record.ts';
import { readInstances } from './aws/instance-store.ts';
import { lambda } from './aws/lambda.ts';
import { requireLease } from './aws/lease.ts';
import { readRollout, updateRollout } from './aws/rollout-record.ts';

/** Seconds between the host's own limit and ours: delivery (120) and the events' way. */
const MARGIN_SECONDS = 180;

const input = rolloutInput.extend({
  /** Only this wave: the way back. Absent: everything that was planned. */
  wave: z.number().int().min(1).optional(),
});

/** In the order in which they are begun: a look at the first commands then tells who may start. */
function byTurn(a: InstanceRecord, b: InstanceRecord): number {
  return (a.wave ?? 0) - (b.wave ?? 0) || (a.place ?? 0) - (b.place ?? 0);
}

/**
 * Sent, and not waited for: the dispatcher looks who has downloaded. Intent, then effect: that downloads are out is
 * written before anything is sent, and again with the commands. A crash in between leaves hosts that were asked and
 * nobody who listens; the state machine then asks once more, which the document allows.
 */
export const handler = lambda(input, async ({ wave, ...held }) => {
  const { policy } = await readRollout(held.rolloutId);
  await requireLease(held);
  await updateRollout(held, { prepared: true });
  const chosen = (await readInstances(held.rolloutId))
    .filter(
      (instance) =>
        instance.outcome === undefined &&
        (wave === undefined ? instance.wave !== undefined : instance.wave === wave),
    )
    .sort(byTurn);
  const { timeoutSeconds } = policy.prepare;
  const sentAt = now();
  const deadlineAt = sentAt + (timeoutSeconds + MARGIN_SECONDS) * 1000;
  const { rolloutId, fence } = held;
  const downloading = { rolloutId, fence, sentAt, deadlineAt };
  await putDownloading({ ...downloading, commands: [] });
  const targets = [...new Set(chosen.map((instance) => instance.toVersion ?? ''))];
  const sent = await sendBatches(
    held,
    'prepare',
    targets.map((target) => ({
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
  );
  const waveOf = new Map(chosen.map((one) => [one.ec2InstanceId, one.wave ?? 0]));
  const commands = sent.map(({ commandId, ec2InstanceIds }): DownloadCommand => {
    const waves = ec2InstanceIds.map((id) => waveOf.get(id) ?? 0);
    return { commandId, fromWave: Math.min(...waves), toWave: Math.max(...waves) };
  });
  await putDownloading({ ...downloading, commands });
  return { verdict: 'sent', reason: `prepare sent in ${commands.length} commands` };
});
