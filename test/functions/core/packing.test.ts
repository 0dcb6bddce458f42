// Packing: first fit by several orders, and an exact search that ends.

import { describe, expect, it } from 'vitest';
import {
  exceedsTotal,
  type Homeless,
  ORDERS,
  packed,
  ruledOutBy,
  searched,
  shelvesOf,
  toItems,
} from '../../../functions/core/packing.ts';
import { needsOf, roomOf } from './samples-placement.ts';

function itemsOf(homeless: readonly Homeless[], rooms = [roomOf('a'), roomOf('b')]) {
  return toItems(homeless, shelvesOf(rooms, homeless));
}

const [first = () => 0] = ORDERS;

describe('packed()', () => {
  it('packed() places the biggest first, where it fits first', () => {
    const homeless = [
      { serviceName: 'small', tasks: 2, needs: needsOf({ cpuUnits: 512 }) },
      { serviceName: 'big', tasks: 1, needs: needsOf({ cpuUnits: 1024 }) },
    ];
    expect(packed(homeless, [roomOf('a'), roomOf('b')], first)).toBeUndefined();
  });

  it('packed() answers the task that found no place', () => {
    const homeless = [{ serviceName: 'big', tasks: 3, needs: needsOf({ cpuUnits: 1024 }) }];
    expect(packed(homeless, [roomOf('a'), roomOf('b')], first)?.serviceName).toBe('big');
  });

  it('packed() leaves out tasks whose needs are not known', () => {
    expect(packed([{ serviceName: 'new', tasks: 9, needs: undefined }], [], first)).toBeUndefined();
  });
});

describe('searched()', () => {
  /** First fit by size puts the two big ones together, and then nothing is left for the third on its own kind. */
  it('searched() finds what no order finds', () => {
    const rooms = [roomOf('a', { cpuUnits: 10 }), roomOf('b', { cpuUnits: 10 })];
    const homeless = [5, 4, 4, 3, 2, 2].map((cpuUnits, index) => ({
      serviceName: `s${index}`,
      tasks: 1,
      needs: needsOf({ cpuUnits, memoryMebibytes: 0 }),
    }));
    expect(searched(itemsOf(homeless, rooms))).toBe(true);
  });

  it('searched() proves that there is no assignment', () => {
    const homeless = [{ serviceName: 'web', tasks: 3, needs: needsOf({ cpuUnits: 600 }) }];
    expect(searched(itemsOf(homeless))).toBe(false);
  });

  it('searched() gives up on what would take too long', () => {
    const rooms = Array.from({ length: 12 }, (_, index) =>
      roomOf(String(index), { cpuUnits: 100 + index, memoryMebibytes: 100_000 }),
    );
    const homeless = Array.from({ length: 24 }, (_, index) => ({
      serviceName: `s${index}`,
      tasks: 1,
      needs: needsOf({ cpuUnits: 51 + (index % 3), memoryMebibytes: 1 }),
    }));
    expect(searched(itemsOf(homeless, rooms))).toBeUndefined();
  });

  it('searched() leaves the rooms as they were', () => {
    const homeless = [{ serviceName: 'web', tasks: 2, needs: needsOf({ ports: ['80/tcp'] }) }];
    const items = itemsOf(homeless);
    expect([searched(items), searched(items)]).toEqual([true, true]);
  });
});

describe('exceedsTotal()', () => {
  it.each([
    [{ cpuUnits: 1024 }, 2, false],
    [{ cpuUnits: 1024 }, 3, true],
    [{ memoryMebibytes: 4096 }, 2, false],
    [{ memoryMebibytes: 4097 }, 2, true],
  ])('exceedsTotal() of %o times %i is %s', (over, tasks, expected) => {
    const rooms = [roomOf('a'), roomOf('b')];
    const homeless = [{ serviceName: 'web', tasks, needs: needsOf(over) }];
    expect(exceedsTotal(itemsOf(homeless, rooms), rooms)).toBe(expected);
  });
});

describe('ruledOutBy()', () => {
  it.each([
    [{ architecture: 'arm64' }, 'has architecture arm64'],
    [{ architecture: 'x86_64' }, undefined],
    [{ capacityProviders: ['spot'] }, 'belongs to capacity provider spot'],
    [{ capacityProviders: ['base'] }, undefined],
    [
      { expressions: ['attribute:stack == prod'] },
      'matches the placement constraint "attribute:stack == prod"',
    ],
    [{ expressions: ['runningTasksCount < 3'] }, undefined],
  ])('ruledOutBy() of %o is %s', (over, expected) => {
    const room = roomOf('a', { capacityProviderName: 'base' });
    expect(ruledOutBy(room, needsOf(over))).toBe(expected);
  });

  it('ruledOutBy() holds no missing architecture against an instance', () => {
    const room = roomOf('a', { attributes: new Map() });
    expect(ruledOutBy(room, needsOf({ architecture: 'arm64' }))).toBeUndefined();
  });
});
