// Several waiters outside of virtual time share one clock.

import { describe, expect, test } from 'vitest';
import { Drive, StandstillError } from '../../../simulator/wire/drive.ts';
import { makeKernel } from '../../support/kernel.ts';

function makeDrive() {
  const { kernel } = makeKernel();
  return { clock: kernel.clock, startAt: kernel.clock.now(), drive: new Drive(kernel.clock) };
}

describe('Drive', () => {
  test('finishes works of different lengths that wait at once, each at its instant', async () => {
    const { clock, drive, startAt } = makeDrive();
    const ends: number[] = [];
    const wait = async (seconds: number) => {
      await drive.finish(clock.sleep(seconds * 1000));
      ends.push((clock.now() - startAt) / 1000);
    };
    await Promise.all([wait(30), wait(10), wait(20)]);
    expect(ends).toEqual([10, 20, 30]);
  });

  test('takes up a work that begins while another one is waiting', async () => {
    const { clock, drive } = makeDrive();
    const first = drive.finish(
      clock.sleep(1000).then(() => drive.finish(clock.sleep(5000)).then(() => 'inner')),
    );
    await expect(first).resolves.toBe('inner');
  });

  test('stops at the asked instant and no later', async () => {
    const { clock, drive, startAt } = makeDrive();
    clock.after(90_000, () => {});
    expect(await drive.run(() => false, startAt + 60_000)).toBe('until');
    expect(clock.now()).toBe(startAt + 60_000);
    expect(await drive.run(() => false)).toBe('idle');
  });

  test('throws a bug to everyone who waits', async () => {
    const { clock, drive } = makeDrive();
    clock.after(10, () => {
      throw new TypeError('a bug');
    });
    const waits = [drive.finish(clock.sleep(1000)), drive.finish(clock.sleep(2000))];
    const outcomes = await Promise.allSettled(waits);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  test('refuses to wait when nothing can come any more', async () => {
    const { drive } = makeDrive();
    await expect(drive.finish(new Promise(() => {}))).rejects.toBeInstanceOf(StandstillError);
  });
});
