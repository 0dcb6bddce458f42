// Packing: first fit by several orders, and an exact search that ends.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  exceedsTotal,
  type Homeless,
  type Item,
  ORDERS,
  packed,
  type Room,
  ruledOutBy,
  searched,
  shelvesOf,
  type TaskNeeds,
  toItems,
} from '../../../functions/core/packing.ts';
import { PROPERTY } from './samples.ts';
import { needsOf, roomOf } from './samples-placement.ts';

function itemsOf(homeless: readonly Homeless[], rooms = [roomOf('a'), roomOf('b')]) {
  return toItems(homeless, shelvesOf(rooms, homeless));
}

const [first = () => 0] = ORDERS;

/** One task each: CPU units, memory, ports, and whether it may run on the first room only. */
type Sized = readonly [cpuUnits: number, memory: number, ports?: readonly string[], pinned?: true];

function sized(tasks: readonly Sized[]): Homeless[] {
  return tasks.map(([cpuUnits, memoryMebibytes, ports = [], pinned], index) => {
    const expressions = pinned ? ['attribute:stack == prod'] : [];
    const needs = needsOf({ cpuUnits, memoryMebibytes, ports, expressions });
    return { serviceName: `s${index}`, tasks: 1, needs };
  });
}

/** CPU units and memory of each; only the first is of the stack that pinned tasks ask for. */
function roomsOf(...left: readonly (readonly [number, number])[]): Room[] {
  return left.map(([cpuUnits, memoryMebibytes], index) => {
    const attributes = new Map(index === 0 ? [['stack', 'prod']] : []);
    return roomOf(String(index), { cpuUnits, memoryMebibytes, portsTaken: [], attributes });
  });
}

describe('shelvesOf()', () => {
  it('shelvesOf() knows only the ports that are asked for, so that rooms are alike otherwise', () => {
    const homeless = sized([[1, 1, ['80/tcp']]]);
    const rooms = [roomOf('a', { portsTaken: ['22/tcp', '80/tcp', '81/tcp'] }), roomOf('b')];
    expect(shelvesOf(rooms, homeless).map(({ ports }) => [...ports])).toEqual([['80/tcp'], []]);
  });
});

function sizes(...tasks: readonly Sized[]): readonly Sized[] {
  return tasks;
}

describe('packed()', () => {
  it('packed() places the biggest first, where it fits first', () => {
    const homeless = sized([
      [1, 1],
      [2, 1],
    ]);
    expect(packed(homeless, roomsOf([2, 9], [1, 9]), first)).toBeUndefined();
    expect(packed(homeless, roomsOf([2, 9]), first)?.serviceName).toBe('s0');
  });

  /** Which orders find places for all: some cases need one of them, the others how it tells equals apart. */
  const CASES: readonly (readonly [string, readonly Sized[], Room[], readonly boolean[]])[] = [
    [
      'CPU is short',
      sizes([3, 0], [1, 1, ['81/tcp']], [3, 0]),
      roomsOf([6, 1], [1, 1], [1, 1]),
      [true, false, false],
    ],
    [
      'CPU is equal, memory short',
      [
        [2, 0],
        [2, 0],
        [2, 1, [], true],
      ],
      roomsOf([2, 1], [2, 0], [2, 0]),
      [true, true, true],
    ],
    [
      'memory is short',
      sizes([0, 5], [0, 0], [1, 1]),
      roomsOf([1, 5], [1, 1]),
      [false, true, false],
    ],
    [
      'memory is equal, CPU short',
      sizes([1, 0], [0, 0], [4, 0]),
      roomsOf([4, 1], [1, 1], [1, 1]),
      [true, true, true],
    ],
    [
      'one may run on one only',
      [
        [0, 0, ['81/tcp']],
        [0, 0, ['81/tcp'], true],
      ],
      roomsOf([1, 1], [1, 1]),
      [false, false, true],
    ],
    [
      'memory is equal, and one wants a port',
      sizes([0, 1], [0, 4], [0, 4, ['81/tcp']]),
      roomsOf([1, 4], [1, 5], [1, 1]),
      [true, true, true],
    ],
    [
      'both want ports, one more CPU',
      sizes([2, 0, ['80/tcp']], [4, 0, ['81/tcp']]),
      roomsOf([5, 1], [2, 1]),
      [true, true, true],
    ],
    [
      'what may run on one only goes before what wants a port',
      [
        [0, 1, ['81/tcp']],
        [0, 4, [], true],
      ],
      roomsOf([1, 4], [1, 1]),
      [true, true, true],
    ],
  ];

  it.each(CASES)('packed() by each order when %s', (_, tasks, rooms, expected) => {
    const placed = ORDERS.map((order) => packed(sized(tasks), rooms, order) === undefined);
    expect(placed).toEqual(expected);
  });

  it('packed() gives the GPUs to those that want more of them first, where constraints count', () => {
    const gpus = (serviceName: string, number: number) => ({
      serviceName,
      tasks: 1,
      needs: needsOf({ cpuUnits: number === 1 ? 512 : 256, gpus: number }),
    });
    const rooms = [roomOf('two', { gpus: 2 }), roomOf('one', { gpus: 1 })];
    const placed = ORDERS.map((order) => packed([gpus('a', 1), gpus('b', 2)], rooms, order));
    expect(placed.map((item) => item?.serviceName)).toEqual(['b', 'b', undefined]);
  });

  it('packed() answers the task that found no place', () => {
    const homeless = [{ serviceName: 'big', tasks: 3, needs: needsOf({ cpuUnits: 1024 }) }];
    expect(packed(homeless, [roomOf('a'), roomOf('b')], first)?.serviceName).toBe('big');
  });

  it('packed() leaves out tasks whose needs are not known', () => {
    expect(packed([{ serviceName: 'new', tasks: 9, needs: undefined }], [], first)).toBeUndefined();
  });
});

/** Whether some assignment exists, by trying each: every item on every room, judged only when all are placed. */
function tried(items: readonly Item[], placed: readonly Room[] = []): boolean {
  const item = items[placed.length];
  if (!item) return items.length === 0 || placed.every((room) => holds(room, items, placed));
  return item.allowed.some(({ room }) => tried(items, [...placed, room]));
}

function holds(room: Room, items: readonly Item[], placed: readonly Room[]): boolean {
  const here = items.filter((_, index) => placed[index] === room);
  const ports = [...room.portsTaken, ...here.flatMap(({ needs }) => needs.ports)];
  const alone = here.filter(({ needs }) => needs.distinct).map(({ serviceName }) => serviceName);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
  return (
    sum(here.map(({ needs }) => needs.cpuUnits)) <= room.cpuUnits &&
    sum(here.map(({ needs }) => needs.memoryMebibytes)) <= room.memoryMebibytes &&
    sum(here.map(({ needs }) => needs.gpus ?? 0)) <= room.gpus &&
    new Set(ports).size === ports.length &&
    new Set(alone).size === alone.length
  );
}

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

  it('searched() proves it although there are many alike: it tries only one of each kind', () => {
    const rooms = Array.from({ length: 10 }, (_, index) => roomOf(String(index)));
    const homeless = [{ serviceName: 'web', tasks: 11, needs: needsOf({ cpuUnits: 600 }) }];
    expect(searched(itemsOf(homeless, rooms))).toBe(false);
  });

  it.each<[string, Partial<TaskNeeds>, Partial<Room>, Partial<Room>]>([
    ['a port', { ports: ['80/tcp'] }, {}, { portsTaken: ['80/tcp'] }],
    ['a GPU', { gpus: 1 }, { gpus: 1 }, {}],
  ])('searched() takes rooms for alike only where neither lacks %s', (_, over, has, lacks) => {
    const one = { cpuUnits: 1, memoryMebibytes: 0 };
    const rooms = [roomOf('has', { ...one, ...has }), roomOf('lacks', { ...one, ...lacks })];
    const tasks = [needsOf(one), needsOf({ ...one, ...over })];
    const homeless = tasks.map((needs, index) => ({ serviceName: `s${index}`, tasks: 1, needs }));
    expect(searched(itemsOf(homeless, rooms))).toBe(true);
  });

  it('searched() finds an assignment exactly where trying all of them finds one', () => {
    const needs = fc.record({
      cpuUnits: fc.integer({ min: 0, max: 3 }),
      memoryMebibytes: fc.constantFrom(0, 0, 1, 3),
      ports: fc.subarray(['80/tcp', '81/tcp']),
      gpus: fc.constantFrom(undefined, undefined, 0, 1),
      distinct: fc.boolean(),
      expressions: fc.subarray(['attribute:stack == prod']),
    });
    const service = fc.record({ tasks: fc.integer({ min: 1, max: 2 }), needs });
    // Many that are alike but for one thing: those are what the search takes for each other, or must not.
    const room = fc.record({
      cpuUnits: fc.integer({ min: 1, max: 4 }),
      memoryMebibytes: fc.constantFrom(4, 4, 4, 5),
      portsTaken: fc.subarray(['81/tcp']),
      gpus: fc.constantFrom(1, 1, 2),
      attributes: fc.constantFrom(new Map(), new Map([['stack', 'prod']])),
    });
    const cases = fc.tuple(
      fc.array(service, { maxLength: 4 }),
      fc.array(room, { minLength: 1, maxLength: 3 }),
    );
    const answers = { true: 0, false: 0 };
    fc.assert(
      fc.property(cases, ([services, given]) => {
        const rooms = given.map((one, index) => roomOf(String(index), one));
        const homeless = services.map((one, index) => ({
          serviceName: `s${index}`,
          tasks: one.tasks,
          needs: needsOf(one.needs),
        }));
        const exists = tried(itemsOf(homeless, rooms));
        answers[`${exists}`]++;
        expect(searched(itemsOf(homeless, rooms))).toBe(exists);
      }),
      { ...PROPERTY, numRuns: 3000 },
    );
    // Both answers were really asked for.
    expect(Math.min(answers.true, answers.false)).toBeGreaterThan(500);
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
    [{ gpus: 1 }, 2, false],
    [{ gpus: 1 }, 3, true],
  ])('exceedsTotal() of %o times %i is %s', (over, tasks, expected) => {
    const rooms = [roomOf('a', { gpus: 2 }), roomOf('b')];
    const homeless = [{ serviceName: 'web', tasks, needs: needsOf({ cpuUnits: 1, ...over }) }];
    expect(exceedsTotal(itemsOf(homeless, rooms), rooms)).toBe(expected);
  });
});

describe('ruledOutBy()', () => {
  it.each([
    [{ architecture: 'arm64' }, 'has architecture arm64'],
    [{ architecture: 'x86_64' }, undefined],
    [{ capacityProviders: ['spot'] }, 'belongs to capacity provider spot'],
    [{ capacityProviders: ['base'] }, undefined],
    [{ capacityProviders: ['spot', 'mixed'] }, 'belongs to capacity provider spot or mixed'],
    [
      { expressions: ['attribute:stack == prod'] },
      'matches the placement constraint "attribute:stack == prod"',
    ],
    [{ expressions: ['runningTasksCount < 3'] }, undefined],
  ])('ruledOutBy() of %o is %s', (over, expected) => {
    const room = roomOf('a', { capacityProviderName: 'base' });
    expect(ruledOutBy(room, needsOf(over))).toBe(expected);
  });

  it('ruledOutBy() keeps what wants a capacity provider off an instance without one', () => {
    const needs = needsOf({ capacityProviders: ['spot'] });
    expect(ruledOutBy(roomOf('a'), needs)).toBe('belongs to capacity provider spot');
  });

  it('ruledOutBy() holds no missing architecture against an instance', () => {
    const room = roomOf('a', { attributes: new Map() });
    expect(ruledOutBy(room, needsOf({ architecture: 'arm64' }))).toBeUndefined();
  });
});
