// Placement: fits, does not fit and what binds, cannot tell; and never "does not fit" where there is a place.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesQuery } from '../../../functions/core/cluster-query.ts';
import type { Homeless, Room, TaskNeeds } from '../../../functions/core/packing.ts';
import { judgePlacement } from '../../../functions/core/placement.ts';
import { PROPERTY } from './samples.ts';
import { needsOf, roomOf } from './samples-placement.ts';

function web(tasks: number, over: Partial<TaskNeeds> = {}): Homeless {
  return { serviceName: 'web', tasks, needs: needsOf(over) };
}

const TWO = [roomOf('a'), roomOf('b', { cpuUnits: 512 })];

describe('judgePlacement()', () => {
  it('judgePlacement() finds room for what has room, and for nothing', () => {
    expect(judgePlacement([web(4)], TWO)).toEqual({ kind: 'fits' });
    expect(judgePlacement([web(0)], [])).toEqual({ kind: 'fits' });
    expect(judgePlacement([], [])).toEqual({ kind: 'fits' });
  });

  it.each([
    [
      web(1, { cpuUnits: 2048 }),
      'no other container instance of 2 has 2048 CPU units free for a task of web; the most is 1024 (i-a)',
    ],
    [
      web(1, { memoryMebibytes: 8192 }),
      'no other container instance of 2 has 8192 MiB of memory free for a task of web; the most is 4096 (i-a)',
    ],
    [
      web(1, { ports: ['22/tcp'] }),
      'no other container instance of 2 has host port 22/tcp free for a task of web',
    ],
    [
      web(1, { architecture: 'arm64' }),
      'no other container instance of 2 has architecture arm64 for a task of web',
    ],
    [
      web(1, { expressions: ['attribute:stack == prod'] }),
      'no other container instance of 2 matches the placement constraint "attribute:stack == prod" for a task of web',
    ],
    [
      web(3, { cpuUnits: 512, distinct: true }),
      'with the other 2 tasks placed, no other container instance of 2 runs no other task of web (distinctInstance) for a task of web',
    ],
    [
      web(4, { cpuUnits: 512 }),
      'with the other 3 tasks placed, no other container instance of 2 has 512 CPU units free for a task of web; the most is 0 (i-a)',
    ],
    [
      web(3, { ports: ['80/tcp'] }),
      'with the other 2 tasks placed, no other container instance of 2 has host port 80/tcp free for a task of web',
    ],
  ])('judgePlacement() names what binds: %#', (homeless, reason) => {
    const placement = judgePlacement([homeless], TWO);
    if (homeless.needs?.distinct) expect(placement.kind).toBe('does-not-fit');
    else expect(placement).toEqual({ kind: 'does-not-fit', reason });
  });

  it('judgePlacement() says when there is nowhere to go', () => {
    expect(judgePlacement([web(1)], [])).toEqual({
      kind: 'does-not-fit',
      reason: 'there is no other container instance for a task of web',
    });
  });

  it('judgePlacement() cannot tell where it would have to know the needs', () => {
    const unknown = { serviceName: 'new', tasks: 1, needs: undefined };
    expect(judgePlacement([unknown], TWO)).toEqual({
      kind: 'cannot-tell',
      reason: 'what a task of new needs is not known',
    });
    expect(judgePlacement([unknown, web(1, { cpuUnits: 4096 })], TWO).kind).toBe('does-not-fit');
  });

  it('judgePlacement() cannot tell what an expression means that it does not understand', () => {
    expect(judgePlacement([web(1, { expressions: ['runningTasksCount < 3'] })], TWO)).toEqual({
      kind: 'cannot-tell',
      reason: 'the placement constraint "runningTasksCount < 3" of web cannot be judged here',
    });
  });

  it('judgePlacement() does not rule out that a capacity provider adds room', () => {
    const rooms = [roomOf('a', { capacityProviderName: 'spot' })];
    const homeless = [web(1, { cpuUnits: 2048, capacityProviders: ['spot'] })];
    expect(judgePlacement(homeless, rooms)).toEqual({
      kind: 'cannot-tell',
      reason:
        'no other container instance of 1 has 2048 CPU units free for a task of web; the most is 1024 (i-a); capacity provider spot of web may add some',
    });
  });

  it('judgePlacement() names every capacity provider that may add room', () => {
    const homeless = [web(1, { cpuUnits: 2048, capacityProviders: ['spot', 'base'] })];
    const placement = judgePlacement(homeless, TWO);
    expect(placement).toMatchObject({
      kind: 'cannot-tell',
      reason: expect.stringMatching(/; capacity provider spot, base of web may add some$/),
    });
  });

  it('judgePlacement() does not ask what a task needs that does not have to move', () => {
    const unknown = { serviceName: 'new', tasks: 0, needs: undefined };
    expect(judgePlacement([unknown, web(1)], TWO)).toEqual({ kind: 'fits' });
  });

  /** Tasks of one service each, by what they take of CPU alone. */
  const each = (...cpuUnits: readonly number[]) =>
    cpuUnits.map((one, index): Homeless => {
      const needs = needsOf({ cpuUnits: one, memoryMebibytes: 0 });
      return { serviceName: `s${index}`, tasks: 1, needs };
    });

  it('judgePlacement() finds room where only a search does', () => {
    const rooms = [roomOf('a', { cpuUnits: 10 }), roomOf('b', { cpuUnits: 10 })];
    expect(judgePlacement(each(5, 4, 4, 3, 2, 2), rooms)).toEqual({ kind: 'fits' });
  });

  it('judgePlacement() cannot tell what would take too long to find out', () => {
    const rooms = Array.from({ length: 12 }, (_, index) =>
      roomOf(String(index), { cpuUnits: 100 + index }),
    );
    const tasks = Array.from({ length: 24 }, (_, index) => 51 + (index % 3));
    expect(judgePlacement(each(...tasks), rooms)).toMatchObject({
      kind: 'cannot-tell',
      reason: expect.stringMatching(
        /^no place was found for all of them: with the other 23 tasks placed, /,
      ),
    });
  });

  it('judgePlacement() answers the same for the same', () => {
    const homeless = [web(2, { cpuUnits: 600 }), web(1, { cpuUnits: 400 })];
    expect(judgePlacement(homeless, TWO)).toEqual(judgePlacement(homeless, TWO));
  });
});

/** One task of the tiny cases, with the number of its service. */
interface Tiny {
  readonly service: number;
  readonly needs: TaskNeeds;
}

const tinyNeeds = fc.record({
  cpuUnits: fc.integer({ min: 0, max: 4 }),
  memoryMebibytes: fc.integer({ min: 0, max: 4 }),
  ports: fc.subarray(['80/tcp', '80/udp', '81/tcp']),
  gpus: fc.constantFrom(undefined, undefined, 1, 2),
  distinct: fc.boolean(),
  expressions: fc.subarray(['attribute:stack == prod', 'attribute:gpu exists'], { maxLength: 1 }),
  architecture: fc.constantFrom(undefined, 'x86_64', 'arm64'),
  capacityProviders: fc.constant([]),
});

const tinyRoom = fc.record({
  cpuUnits: fc.integer({ min: 0, max: 6 }),
  memoryMebibytes: fc.integer({ min: 0, max: 6 }),
  portsTaken: fc.subarray(['80/tcp', '81/tcp']),
  gpus: fc.integer({ min: 0, max: 3 }),
  stack: fc.constantFrom('prod', 'test'),
  architecture: fc.constantFrom('x86_64', 'arm64'),
});

const tinyCase = fc.record({
  homeless: fc.array(fc.record({ tasks: fc.integer({ min: 0, max: 3 }), needs: tinyNeeds }), {
    maxLength: 3,
  }),
  rooms: fc.array(tinyRoom, { maxLength: 4 }),
});

function brute(tasks: readonly Tiny[], rooms: readonly Room[]): boolean {
  const placed = rooms.map((): Tiny[] => []);
  const valid = (room: Room, here: readonly Tiny[]): boolean => {
    const sum = (of: (needs: TaskNeeds) => number) =>
      here.reduce((total, { needs }) => total + of(needs), 0);
    const ports = [...room.portsTaken, ...here.flatMap(({ needs }) => needs.ports)];
    const asked = new Set(here.flatMap(({ needs }) => needs.ports));
    const taken = ports.filter((port) => asked.has(port));
    const lonely = here.filter(({ needs }) => needs.distinct).map(({ service }) => service);
    const architecture = room.attributes.get('ecs.cpu-architecture');
    return (
      sum((needs) => needs.cpuUnits) <= room.cpuUnits &&
      sum((needs) => needs.memoryMebibytes) <= room.memoryMebibytes &&
      sum((needs) => needs.gpus ?? 0) <= room.gpus &&
      new Set(taken).size === taken.length &&
      new Set(lonely).size === lonely.length &&
      here.every(({ needs }) => (needs.architecture ?? architecture) === architecture) &&
      here.every(({ needs }) => needs.expressions.every((e) => matchesQuery(e, room.attributes)))
    );
  };
  const from = (index: number): boolean => {
    const task = tasks[index];
    if (!task) return true;
    return rooms.some((room, at) => {
      const here = placed[at] ?? [];
      here.push(task);
      const found = valid(room, here) && from(index + 1);
      here.pop();
      return found;
    });
  };
  return from(0);
}

describe('judgePlacement() against every assignment there is', () => {
  it('judgePlacement() fits exactly when an assignment exists', () => {
    let fits = 0;
    let not = 0;
    fc.assert(
      fc.property(tinyCase, ({ homeless, rooms }) => {
        const services = homeless.map((one, service) => ({ ...one, serviceName: `s${service}` }));
        const made = rooms.map(({ stack, architecture, ...room }, index) =>
          roomOf(String(index), {
            ...room,
            attributes: new Map([
              ['stack', stack],
              ['ecs.cpu-architecture', architecture],
              ...(stack === 'prod' ? [['gpu', ''] as const] : []),
            ]),
          }),
        );
        const tasks = services.flatMap(({ tasks: number, needs }, service) =>
          new Array<Tiny>(number).fill({ service, needs }),
        );
        const exists = brute(tasks, made);
        if (exists) fits++;
        else not++;
        const { kind } = judgePlacement(services, made);
        expect(kind).toBe(exists ? 'fits' : 'does-not-fit');
      }),
      { ...PROPERTY, numRuns: 3000 },
    );
    // Both answers were really asked for.
    expect(Math.min(fits, not)).toBeGreaterThan(300);
  });
});
