// The dispatcher by the room there is: who waits for it, who is given up, and when it does not matter.

import { describe, expect, it } from 'vitest';
import { type DispatchWorld, decideDispatch } from '../../../functions/core/dispatch.ts';
import type { FleetRoom } from '../../../functions/core/room.ts';
import { MINUTE, NOW, serviceOf } from './samples.ts';
import { one, worldOf } from './samples-dispatch.ts';
import { needsOf, roomOf } from './samples-placement.ts';

describe('decideDispatch() by the room there is', () => {
  const services = [serviceOf({ minimumHealthyPercent: 100, needs: needsOf({ cpuUnits: 512 }) })];
  const rooms = [roomOf('a'), roomOf('b')];
  const room: FleetRoom = {
    ...{ rooms, complete: true, services },
    ...{ draining: [], moved: [], elsewhere: 0 },
  };
  const busy = (id: string, tasks: number) => one(id, { moving: [{ serviceName: 'web', tasks }] });
  const reason =
    'with the other 4 tasks placed, no other container instance of 2 has 512 CPU units free for a task of web; the most is 0 (i-a)';
  const world = (over: Partial<DispatchWorld> = {}) =>
    worldOf({ room, candidates: [busy('1', 3), busy('2', 2)], ...over });

  it('decideDispatch() starts what finds room together', () => {
    expect(decideDispatch(world({ candidates: [busy('1', 2), busy('2', 2)] }))).toMatchObject({
      start: ['i-1', 'i-2'],
    });
  });

  it('decideDispatch() lets one wait while another is out, and starts a smaller one', () => {
    const candidates = [busy('1', 3), busy('2', 2), busy('3', 1)];
    expect(decideDispatch(world({ candidates }))).toMatchObject({
      start: ['i-1', 'i-3'],
      wait: [{ ec2InstanceId: 'i-2', reason }],
      drop: [],
    });
  });

  it.each([
    ['at first', undefined, true, 0],
    ['for ten minutes', NOW - 10 * MINUTE, true, 1],
    ['for ten minutes, as far as was looked', NOW - 10 * MINUTE, false, 0],
  ])('decideDispatch() without room %s', (_, idleSinceAt, complete, dropped) => {
    const dispatch = decideDispatch(
      world({ candidates: [busy('1', 5)], idleSinceAt, room: { ...room, complete } }),
    );
    expect(dispatch.start).toEqual([]);
    expect(dispatch.drop).toHaveLength(dropped);
    expect(dispatch.lookFurther).toEqual(complete ? undefined : ['i-1']);
    if (dropped > 0)
      expect(dispatch.drop[0]?.verdict).toEqual({ outcome: 'Blocked', code: 'NoRoom', reason });
  });

  it('decideDispatch() never drops for want of room while something is open', () => {
    const open = [{ ec2InstanceId: 'i-9', availabilityZone: 'eu-west-1a', services: [] }];
    const candidates = [busy('1', 5)];
    const idleSinceAt = NOW - 60 * MINUTE;
    expect(decideDispatch(world({ candidates, open, idleSinceAt })).drop).toEqual([]);
  });

  it('decideDispatch() drops nothing for want of room in the same moment in which it starts another', () => {
    const candidates = [busy('1', 3), busy('2', 2)];
    const idleSinceAt = NOW - 60 * MINUTE;
    expect(decideDispatch(world({ candidates, idleSinceAt }))).toMatchObject({
      start: ['i-1'],
      wait: [{ ec2InstanceId: 'i-2' }],
      drop: [],
    });
  });

  it('decideDispatch() says of one that it starts why room is not known', () => {
    const candidates = [one('1', { moving: [{ serviceName: 'new', tasks: 1 }] })];
    expect(decideDispatch(world({ candidates }))).toMatchObject({
      start: ['i-1'],
      unsure: { 'i-1': 'what a task of new needs is not known' },
    });
  });

  it('decideDispatch() takes back what has no room: the version has to go', () => {
    const candidates = [busy('1', 5)];
    expect(decideDispatch(world({ candidates, goingBack: true })).start).toEqual(['i-1']);
  });
});
