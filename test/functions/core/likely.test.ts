// Which candidates a dispatch looks at, and what becomes of the others.

import { describe, expect, it } from 'vitest';
import { hasPlaces, holdUnseen, likelyToStart } from '../../../functions/core/likely.ts';
import { one, worldOf } from './samples-dispatch.ts';

const nobody = () => false;

describe('likelyToStart()', () => {
  it('likelyToStart() names as many as there are places', () => {
    expect(likelyToStart(worldOf(), nobody)).toEqual(['i-1', 'i-2']);
  });

  it('likelyToStart() names the next when a look took a place away', () => {
    const candidates = [one('1', { waitFor: 'its agent' }), one('2'), one('3')];
    const seen = new Set(['i-1', 'i-2']);
    expect(likelyToStart(worldOf({ candidates }), (id) => seen.has(id))).toEqual(['i-3']);
  });

  it('likelyToStart() names nobody once all that would start are fresh', () => {
    expect(likelyToStart(worldOf(), () => true)).toEqual([]);
  });
});

describe('holdUnseen()', () => {
  it('holdUnseen() lets only those start that were looked at', () => {
    const held = holdUnseen(worldOf(), (id) => id === 'i-2');
    expect(held.map((entry) => entry.waitFor)).toEqual([
      'its turn has not come',
      undefined,
      '2 of at most 2 container instances are out of service',
    ]);
  });
});

describe('hasPlaces()', () => {
  it.each([
    [0, true],
    [1, false],
  ])('hasPlaces() with one open and %i started of 2: %s', (started, expected) => {
    expect(hasPlaces(worldOf({ open: [one('9')] }), started, 2)).toBe(expected);
  });
});
