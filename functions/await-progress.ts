// Waits until something changed that the dispatcher should judge again.

import * as z from 'zod';
import { now } from './aws/clock.ts';
import { waveInput, withToken } from './aws/inputs.ts';
import { lambda } from './aws/lambda.ts';
import { putWait } from './aws/wait-store.ts';
import { evaluate } from './aws/waits.ts';

const input = waveInput.extend({
  ...withToken,
  /** How many were open when the dispatcher looked. */
  open: z.number().int().min(0),
  controlVersion: z.number().int(),
  /** A pause or a closed calendar may last for days. */
  patient: z.boolean(),
});

/** With nothing open no event will come, so a budget or gate is looked at again once a sweep period. */
const LOOK_AGAIN_IDLE_SECONDS = 60;
/**
 * With instances open their ends are what is waited for, and a person's word wakes at once: this is for what nobody
 * thought of. Each look is about 13 of 25,000 history events, so a pause may last two weeks.
 */
const LOOK_AGAIN_SECONDS = 600;
/** The state's own limit in the state machine is a day. */
const DEADLINE_SECONDS = 82_800;

export const handler = lambda(
  input,
  async ({ token, wave, open, controlVersion, patient, ...held }) => {
    const at = now();
    const seconds = open === 0 && !patient ? LOOK_AGAIN_IDLE_SECONDS : LOOK_AGAIN_SECONDS;
    const wait = await putWait({
      ...held,
      subject: held.rolloutId,
      kind: 'progress',
      token,
      deadlineAt: at + DEADLINE_SECONDS * 1000,
      data: { wave, open, controlVersion, lookAgainAt: at + seconds * 1000 },
    });
    return evaluate(wait, 'begin');
  },
);
