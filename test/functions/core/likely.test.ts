// Which candidates a dispatch looks at, and what becomes of the others.

import { describe, expect, it } from 'vitest';
import {
  hasPlaces,
  holdUnseen,
  isLastRound,
  likelyToStart,
} from '../../../functions/core/likely.ts';
import { serviceOf } from './samples.ts';
import { one, worldOf } from './samples-dispatch.ts';
import { needsOf } from './samples-placement.ts';

const nobody = () => false;
const web = serviceOf({ minimumHealthyPercent: 100, needs: needsOf() });

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

  const room = { rooms: [], services: [web], draining: [], moved: [], elsewhere: 0 };
  const moving = [{ serviceName: 'web', tasks: 3 }];
  const busy = Array.from({ length: 12 }, (_, index) => one(String(index), { moving }));

  it('likelyToStart() looks at ten without room when nothing starts and nothing is open', () => {
    const world = { candidates: busy, room: { ...room, complete: false } };
    const first = busy.slice(0, 10).map((candidate) => candidate.ec2InstanceId);
    expect(likelyToStart(worldOf(world), nobody)).toEqual(first);
    expect(likelyToStart(worldOf(world), (id) => id === 'i-0')).toEqual(first.slice(1));
  });

  it('likelyToStart() looks at none without room while one is open, one starts, or no room is unknown', () => {
    const world = { candidates: busy, room: { ...room, complete: false } };
    expect(likelyToStart(worldOf({ ...world, open: [one('99')] }), nobody)).toEqual([]);
    const candidates = [...busy, one('98')];
    expect(likelyToStart(worldOf({ ...world, candidates }), nobody)).toEqual(['i-98']);
    const complete = { ...world, room: { ...room, complete: true } };
    expect(likelyToStart(worldOf(complete), nobody)).toEqual([]);
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
  it('hasPlaces() counts what others took', () => {
    const world = worldOf({ open: [one('9')], otherOut: [one('8')] });
    expect([hasPlaces(world, 0, 2), hasPlaces(world, 0, 3)]).toEqual([false, true]);
  });

  it.each([
    [0, true],
    [1, false],
  ])('hasPlaces() with one open and %i started of 2: %s', (started, expected) => {
    expect(hasPlaces(worldOf({ open: [one('9')] }), started, 2)).toBe(expected);
  });
});

describe('isLastRound()', () => {
  it.each([
    ['fewer than places', true, 1, true],
    ['as many as places', true, 2, true],
    ['more than places', true, 3, false],
    ['as many as places were read, and there are more', false, 2, false],
  ])('%s', (_, candidatesComplete, waiting, last) => {
    expect(isLastRound({ candidatesComplete }, waiting, 2)).toBe(last);
  });
});
