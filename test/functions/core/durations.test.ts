// How long the steps of one container instance took, whatever of them was reached.

import { describe, expect, it } from 'vitest';
import { stepDurations } from '../../../functions/core/durations.ts';

const WHOLE = {
  drainedAt: 1000,
  emptyAt: 61_000,
  rebootSentAt: 62_000,
  bootedAt: 122_500,
  returnedAt: 140_000,
  finishedAt: 150_000,
};

describe('stepDurations()', () => {
  it('names every step that was seen to begin and to end', () => {
    expect(stepDurations(WHOLE)).toEqual([
      { name: 'DrainSeconds', seconds: 60 },
      { name: 'RebootSeconds', seconds: 60.5 },
      { name: 'VerifySeconds', seconds: 17.5 },
      { name: 'ConfirmSeconds', seconds: 10 },
      { name: 'OutOfServiceSeconds', seconds: 139 },
    ]);
  });

  it('leaves out what was not reached, or cannot be', () => {
    expect(stepDurations({})).toEqual([]);
    const { drainedAt, emptyAt } = WHOLE;
    expect(stepDurations({ drainedAt, emptyAt })).toEqual([{ name: 'DrainSeconds', seconds: 60 }]);
    expect(stepDurations({ drainedAt, emptyAt: drainedAt })).toEqual([
      { name: 'DrainSeconds', seconds: 0 },
    ]);
    // The clocks of two functions may differ.
    expect(stepDurations({ drainedAt: emptyAt, emptyAt: drainedAt })).toEqual([]);
  });
});
