// Paced mode: virtual time follows the wall clock. The only test here that lets real time pass: a
// fraction of a second.

import { describe, expect, test } from 'vitest';
import { Drive } from '../../../simulator/wire/drive.ts';
import { Pace } from '../../../simulator/wire/pace.ts';
import { makeKernel } from '../../support/kernel.ts';

describe('Pace.start()', () => {
  test('runs what falls due as real time passes, times the factor', async () => {
    const { kernel } = makeKernel();
    const drive = new Drive(kernel.clock);
    const pace = new Pace(kernel.clock, drive);
    const startedAt = kernel.clock.now();
    const tenMinutesLater = kernel.clock.sleep(600_000);
    pace.start(6000, (error) => {
      throw error;
    });
    await drive.finish(tenMinutesLater);
    pace.stop();
    const stoodAt = kernel.clock.now();
    expect(stoodAt - startedAt).toBeGreaterThanOrEqual(600_000);
    await drive.finish(kernel.clock.sleep(1000));
    expect(kernel.clock.now() - stoodAt).toBeGreaterThanOrEqual(1000);
  });

  test('tells of a bug and stands still', async () => {
    const { kernel } = makeKernel();
    const pace = new Pace(kernel.clock, new Drive(kernel.clock));
    kernel.clock.after(1, () => {
      throw new TypeError('a bug');
    });
    const bug = await new Promise((resolve) => {
      pace.start(1000, resolve);
    });
    pace.stop();
    expect(bug).toBeInstanceOf(TypeError);
  });
});
