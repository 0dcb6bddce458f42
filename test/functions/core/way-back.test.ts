// Tests what is written on a container instance for the way back, and that it is read back as it was.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readWayBack, type WayBack, writeWayBack } from '../../../functions/core/way-back.ts';

const whole: WayBack = {
  attempt: 1,
  fromVersion: '1.64.0',
  toVersion: '1.65.0',
  bootIdBefore: 'c6d2a8a8-260a-4627-8e18-7376e03cdd91',
  saved: { versionLock: 'latest', ignoreWaves: false },
  protectedByUs: true,
};
/** ECS API reference, Attribute. */
const VALUE = /^(?! )[A-Za-z0-9_\-.@:/\\ ]{1,128}(?<! )$/;

const version = fc
  .tuple(fc.nat(99_999), fc.nat(99_999), fc.nat(99_999))
  .map((parts) => parts.join('.'));
const anyWayBack = fc.record({
  attempt: fc.integer({ min: 1, max: 99 }),
  fromVersion: fc.option(version, { nil: undefined }),
  toVersion: fc.option(version, { nil: undefined }),
  bootIdBefore: fc.option(fc.uuid(), { nil: undefined }),
  saved: fc.option(
    fc.record({
      versionLock: fc.oneof(fc.constant('latest'), version, fc.string({ maxLength: 60 })),
      ignoreWaves: fc.boolean(),
    }),
    { nil: undefined },
  ),
  protectedByUs: fc.boolean(),
});

describe('the way back', () => {
  it('is one value that a person can read', () => {
    expect(writeWayBack(whole)).toBe(
      '1/1.64.0/1.65.0/c6d2a8a8-260a-4627-8e18-7376e03cdd91/latest/respected/ours',
    );
    expect(readWayBack(writeWayBack(whole))).toEqual(whole);
  });

  it('is accepted by ECS whatever a host says, and read back as it was, or not known', () => {
    fc.assert(
      fc.property(anyWayBack, (given) => {
        const text = writeWayBack(given);
        expect(text).toMatch(VALUE);
        const read = readWayBack(text);
        expect(read).toMatchObject({
          attempt: given.attempt,
          fromVersion: given.fromVersion,
          toVersion: given.toVersion,
          bootIdBefore: given.bootIdBefore,
          protectedByUs: given.protectedByUs,
        });
        expect([given.saved, undefined]).toContainEqual(read?.saved);
      }),
    );
  });

  it('says of no settings half: neither of a lock that is no name, nor of one that is too long', () => {
    const text = '1/1.64.0/1.65.0/c6d2a8a8-260a-4627-8e18-7376e03cdd91/-/-/ours';
    for (const versionLock of ['a b', '-', 'x'.repeat(100)]) {
      const given = { ...whole, saved: { versionLock, ignoreWaves: true } };
      expect(writeWayBack(given)).toBe(text);
    }
    expect(writeWayBack({ ...whole, saved: undefined })).toBe(text);
    expect(readWayBack(text)).toEqual({ ...whole, saved: undefined });
    // The last that fits: 128 characters in all.
    const lock = 'x'.repeat(128 - (text.length - 3 + '/ignored'.length));
    const longest = { ...whole, saved: { versionLock: lock, ignoreWaves: true } };
    expect(writeWayBack(longest)).toHaveLength(128);
    expect(readWayBack(writeWayBack(longest))).toEqual(longest);
    const longer = { ...whole, saved: { versionLock: `${lock}x`, ignoreWaves: true } };
    expect(writeWayBack(longer)).toBe(text);
  });

  it.each([
    ...[undefined, '', 'night-7', '1/2/3', '0/a/b/c/latest/respected/ours'],
    ...['100/a/b/c/latest/respected/ours', 'x1/a/b/c/latest/respected/ours'],
    '1x/a/b/c/latest/respected/ours',
  ])('is not made up from %j', (text) => {
    expect(readWayBack(text)).toBeUndefined();
  });
});
