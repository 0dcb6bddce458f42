// Tests what becomes of a version lock when nothing is recorded of the rollout that set it.

import { describe, expect, it } from 'vitest';
import { decidePinned, type Pin, type PinAnswer } from '../../../functions/core/pinned.ts';

const NOW = Date.UTC(2026, 10, 24, 4);
const MINUTE = 60_000;
const own = { versionLock: 'latest', ignoreWaves: false };
const ours = { versionLock: 'v1.65.0', ignoreWaves: false };

const pin: Pin = { target: '1.65.0', ignoredWaves: false, found: own };

function heard(over: Partial<PinAnswer> = {}, settings = ours): PinAnswer {
  const said = { version: '1.64.0', settings, restored: false };
  return { sentAt: NOW - 60 * MINUTE, bySweep: false, isOver: true, said, ...over };
}
const bySweep = (minutesAgo: number, over: Partial<PinAnswer> = {}, settings = ours) =>
  heard({ bySweep: true, sentAt: NOW - minutesAgo * MINUTE, ...over }, settings);
const silent = { said: undefined };
const kindOf = (answers: readonly PinAnswer[], one = pin) => decidePinned(one, answers, NOW).kind;

describe('is put back', () => {
  it('to what the host had, if the version runs that it said last', () => {
    expect(decidePinned(pin, [heard()], NOW)).toEqual({
      kind: 'put-back',
      expectVersion: '1.64.0',
      restore: own,
      stranded: undefined,
    });
    const other = { version: '1.63.0', settings: ours, restored: false };
    expect(decidePinned(pin, [heard(), bySweep(10, { said: other })], NOW)).toMatchObject({
      expectVersion: '1.63.0',
    });
  });

  it('where only repository waves are ours', () => {
    const locked = { ...pin, found: ours, ignoredWaves: true };
    expect(decidePinned(locked, [heard()], NOW)).toMatchObject({ restore: ours });
  });

  it('by a host whose answers cannot be read: its version is asked for first', () => {
    expect(decidePinned(pin, [heard(silent)], NOW)).toMatchObject({ expectVersion: '0.0.0' });
  });

  it('by asking again at the next look, three times, and then every hour', () => {
    const twice = [heard(), bySweep(20, silent), bySweep(10, silent)];
    expect(kindOf(twice)).toBe('put-back');
    const thrice = [heard(), bySweep(30, silent), ...twice.slice(1)];
    expect(kindOf(thrice)).toBe('wait');
    const later = [heard(), bySweep(79, silent), bySweep(69, silent), bySweep(59, silent)];
    expect(kindOf(later)).toBe('put-back');
  });

  it('what a repeated sweep asked counts once', () => {
    const repeated = [heard(), ...[12, 11, 10].map((ago) => bySweep(ago, silent))];
    expect(decidePinned(pin, repeated, NOW)).toMatchObject({
      kind: 'put-back',
      stranded: undefined,
    });
  });
});

describe('owes nothing', () => {
  it.each<[string, readonly PinAnswer[], Pin, string]>([
    [
      'that was there before',
      [heard()],
      { ...pin, found: ours },
      'it was locked to v1.65.0 before',
    ],
    [
      'that a failed download took back',
      [heard({}, own)],
      pin,
      'its version-lock is latest, not ours',
    ],
    [
      'that somebody has changed',
      [heard(), bySweep(5, {}, { ...own, versionLock: '1.65.0' })],
      pin,
      'its version-lock is 1.65.0, not ours',
    ],
    [
      'that the reboot put back',
      [heard(), heard({ said: { ...heard().said!, restored: true } })],
      pin,
      'its settings were put back',
    ],
    [
      'that was put back once, whatever it is now',
      [heard(), bySweep(50, { said: { ...heard().said!, restored: true } }), heard()],
      pin,
      'its settings were put back',
    ],
  ])('a lock %s', (_, answers, one, reason) => {
    expect(decidePinned(one, answers, NOW)).toEqual({ kind: 'nothing', reason });
  });
});

describe('waits', () => {
  it('while a download is under way, and until the next look', () => {
    const underWay = { kind: 'wait', reason: 'its host is still at work for the rollout' };
    expect(decidePinned(pin, [heard({ isOver: false, ...silent })], NOW)).toEqual(underWay);
    expect(decidePinned(pin, [heard(), heard({ isOver: false, ...silent })], NOW)).toEqual(
      underWay,
    );
    const asked = [heard(), bySweep(8, { isOver: false, ...silent })];
    expect(decidePinned(pin, asked, NOW)).toEqual({
      kind: 'wait',
      reason: 'it was asked once, and is not asked again yet',
    });
    const thrice = [heard(), ...[25, 20, 9].map((ago) => bySweep(ago, silent))];
    expect(decidePinned(pin, thrice, NOW)).toMatchObject({
      reason: expect.stringContaining('asked 3 times'),
    });
    expect(kindOf([heard(), bySweep(9, { isOver: false, ...silent })])).toBe('put-back');
  });
});

describe('a person is told', () => {
  const thrice = (over: Partial<PinAnswer>) => [
    heard(),
    ...[200, 150, 100].map((ago) => bySweep(ago, over)),
  ];

  it.each<[string, readonly PinAnswer[], Pin, string]>([
    ['a host that is silent', thrice(silent), pin, 'its host does not answer'],
    ['a host that does not do it', thrice({}), pin, 'its host keeps version-lock v1.65.0'],
    [
      'a host of which nobody knows what it had',
      [heard(), bySweep(10)],
      { ...pin, found: undefined },
      'nothing says any more what its update settings were',
    ],
  ])('of %s', (_, answers, one, stranded) => {
    expect(decidePinned(one, answers, NOW)).toMatchObject({ kind: 'put-back', stranded });
  });

  it('only once its lock is known to be ours still', () => {
    const unknown = { ...pin, found: undefined };
    expect(decidePinned(unknown, [heard()], NOW)).toMatchObject({
      restore: 'keep',
      stranded: undefined,
    });
  });
});
