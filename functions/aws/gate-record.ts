// Notes when a wave's gates close and open again, and what was tightened, so that people hear of the change and not of
// every look.

import { announce, journal } from './journal.ts';
import { updateWave, type WaveRecord } from './plan-record.ts';

/** @param closed Why the gates are closed; undefined when all are green. */
export async function noteGates(
  rolloutId: string,
  wave: number,
  before: WaveRecord | undefined,
  closed: string | undefined,
): Promise<void> {
  if (before?.gateClosed === closed) return;
  if (before?.gateClosed === undefined && closed !== undefined) {
    await announce(
      rolloutId,
      { what: 'gate closed', who: 'updater', why: closed, subject: `wave ${wave}` },
      { event: 'Gate Closed', wave, reason: closed },
    );
  }
  if (before?.gateClosed !== undefined && closed === undefined) {
    const reason = 'all gates are green';
    await announce(
      rolloutId,
      { what: 'gate opened', who: 'updater', why: reason, subject: `wave ${wave}` },
      { event: 'Gate Opened', wave, reason },
    );
  }
  if (closed === undefined) await updateWave(rolloutId, wave, {}, ['gateClosed']);
  else await updateWave(rolloutId, wave, { gateClosed: closed });
}

/** @param changes What is stricter than when the rollout opened. */
export async function noteTightened(
  rolloutId: string,
  wave: number,
  before: WaveRecord | undefined,
  changes: readonly string[],
): Promise<void> {
  const why = changes.join('; ');
  if ((before?.tightened ?? '') === why) return;
  const what = 'policy tightened';
  const none = 'as it was when the rollout opened';
  await journal(rolloutId, {
    what,
    who: 'fleet policy',
    why: why || none,
    subject: `wave ${wave}`,
  });
  await updateWave(rolloutId, wave, { tightened: why });
}
