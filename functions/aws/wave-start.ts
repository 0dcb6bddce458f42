// Notes that a wave really began, and tells it.

import { announce } from './journal.ts';
import { beginWave, type WaveRecord } from './plan-record.ts';
import type { Rollout } from './rollout-record.ts';

/** Told before it is noted: whoever dies in between tells it twice rather than never. */
export async function startWave(
  { rolloutId, waves = [] }: Rollout,
  wave: number,
  record: WaveRecord | undefined,
): Promise<void> {
  if (record?.startedAt !== undefined) return;
  const { kind = 'wave', size = 0 } = waves.find((one) => one.wave === wave) ?? {};
  await announce(
    rolloutId,
    { what: `wave ${wave} started`, who: 'updater', why: `${size} container instances` },
    { event: 'Wave Started', wave, waves: waves.length, kind, size },
  );
  await beginWave(rolloutId, wave);
}
