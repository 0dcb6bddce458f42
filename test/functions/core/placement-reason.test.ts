// Reasons of placement: one sentence when one thing binds everywhere, a count of each when several do.

import { describe, expect, it } from 'vitest';
import { type Room, shelvesOf, toItems } from '../../../functions/core/packing.ts';
import { whyNot } from '../../../functions/core/placement-reason.ts';
import { needsOf, roomOf } from './samples-placement.ts';

function why(rooms: readonly Room[], over: Parameters<typeof needsOf>[0]): string | undefined {
  const homeless = [{ serviceName: 'web', tasks: 1, needs: needsOf(over) }];
  const shelves = shelvesOf(rooms, homeless);
  const [item] = toItems(homeless, shelves);
  return item && whyNot(item, shelves);
}

describe('whyNot()', () => {
  it('whyNot() says the most that is left, and never less than nothing', () => {
    const rooms = [roomOf('a', { cpuUnits: -128 }), roomOf('b', { cpuUnits: -64 })];
    expect(why(rooms, {})).toBe(
      'no other container instance of 2 has 256 CPU units free for a task of web; the most is 0 (i-a)',
    );
  });

  it('whyNot() says where most is left', () => {
    const rooms = [roomOf('a', { cpuUnits: 64 }), roomOf('b', { cpuUnits: 128 })];
    expect(why(rooms, {})).toContain('; the most is 128 (i-b)');
    expect(why(rooms.toReversed(), {})).toContain('; the most is 128 (i-b)');
  });

  it('whyNot() names the port where memory is just enough', () => {
    const rooms = [roomOf('a', { memoryMebibytes: 512, portsTaken: ['80/tcp'] })];
    expect(why(rooms, { ports: ['80/tcp'] })).toContain('has host port 80/tcp free');
  });

  it('whyNot() names GPUs where everything else is there', () => {
    const rooms = [roomOf('a'), roomOf('b', { gpus: 1 })];
    expect(why(rooms, { gpus: 2 })).toBe(
      'no other container instance of 2 has 2 GPUs free for a task of web; the most is 1 (i-b)',
    );
    expect(why([roomOf('a')], { gpus: 1 })).toContain('has 1 GPU free');
  });

  it('whyNot() says that another task of the service is in the way', () => {
    const homeless = [{ serviceName: 'web', tasks: 1, needs: needsOf({ distinct: true }) }];
    const [shelf] = shelvesOf([roomOf('a')], homeless);
    const [item] = toItems(homeless, [shelf!]);
    shelf!.distinct.add('web');
    expect(whyNot(item!, [shelf!])).toBe(
      'no other container instance of 1 runs no other task of web (distinctInstance) for a task of web',
    );
  });

  it('whyNot() counts what several lack', () => {
    const rooms = [
      roomOf('a', { cpuUnits: 128 }),
      roomOf('b', { memoryMebibytes: 256 }),
      roomOf('c', { portsTaken: ['80/tcp'] }),
    ];
    expect(why(rooms, { ports: ['80/tcp'] })).toBe(
      'no place among 3 other container instances for a task of web: ' +
        'none of 1 has 256 CPU units free, the most is 128 (i-a); ' +
        'none of 1 has 512 MiB of memory free, the most is 256 (i-b); ' +
        'none of 1 has host port 80/tcp free',
    );
  });
});
