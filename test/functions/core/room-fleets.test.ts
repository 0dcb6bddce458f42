// Room for what drains against every assignment there is, on small fleets of which every task is known.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Room } from '../../../functions/core/packing.ts';
import { type FleetRoom, judgeRoom, type Moving } from '../../../functions/core/room.ts';
import { PROPERTY, serviceOf } from './samples.ts';
import { needsOf, roomOf } from './samples-placement.ts';

/** A service of a small fleet, and on which container instances its tasks run. */
interface Small {
  readonly cpuUnits: number;
  readonly distinct: boolean;
  readonly minimumHealthyPercent: number;
  readonly runsOn: readonly number[];
}

/** How each container instance is used: stays, is asked about, starts with it, or drains already. */
type Role = 'stays' | 'asked' | 'chosen' | 'draining';

interface Fleet {
  readonly services: readonly Small[];
  readonly roles: readonly Role[];
}

const SIZE = 4;
const CAPACITY = 4;

const service = fc
  .record({
    cpuUnits: fc.integer({ min: 0, max: 3 }),
    distinct: fc.boolean(),
    minimumHealthyPercent: fc.constantFrom(0, 50, 67, 100),
    runsOn: fc.array(fc.integer({ min: 0, max: SIZE - 1 }), { minLength: 1, maxLength: 4 }),
  })
  .map((one): Small => ({ ...one, runsOn: one.distinct ? [...new Set(one.runsOn)] : one.runsOn }));

const fleets: fc.Arbitrary<Fleet> = fc
  .record({
    services: fc.array(service, { minLength: 1, maxLength: 2 }),
    roles: fc
      .array(fc.constantFrom<Role>('stays', 'stays', 'chosen', 'draining'), {
        minLength: SIZE - 1,
        maxLength: SIZE - 1,
      })
      .map((others): Role[] => ['asked', ...others]),
  })
  // Nothing runs where it would not fit.
  .filter(({ services }) =>
    Array.from({ length: SIZE }, (_, at) => freeOn(services, at)).every((free) => free >= 0),
  );

function freeOn(services: readonly Small[], at: number): number {
  return services.reduce(
    (free, { cpuUnits, runsOn }) => free - cpuUnits * runsOn.filter((one) => one === at).length,
    CAPACITY,
  );
}

function movingOff(services: readonly Small[], at: number): Moving[] {
  return services.flatMap(({ runsOn }, index) => {
    const tasks = runsOn.filter((one) => one === at).length;
    return tasks === 0 ? [] : [{ serviceName: `s${index}`, tasks }];
  });
}

function withRole(roles: readonly Role[], ...wanted: readonly Role[]): number[] {
  return roles.flatMap((role, at) => (wanted.includes(role) ? [at] : []));
}

function judged({ services, roles }: Fleet) {
  const rooms = withRole(roles, 'stays', 'asked', 'chosen').map(
    (at): Room => roomOf(String(at), { cpuUnits: freeOn(services, at), portsTaken: [] }),
  );
  const room: FleetRoom = {
    rooms,
    complete: true,
    services: services.map(({ cpuUnits, distinct, minimumHealthyPercent, runsOn }, index) =>
      serviceOf({
        serviceName: `s${index}`,
        desiredCount: runsOn.length,
        minimumHealthyPercent,
        needs: needsOf({ cpuUnits, memoryMebibytes: 0, distinct }),
      }),
    ),
    draining: withRole(roles, 'draining').flatMap((at) => movingOff(services, at)),
    moved: [],
    elsewhere: 0,
  };
  const leaving = (at: number) => ({ ec2InstanceId: `i-${at}`, moving: movingOff(services, at) });
  const [asked = 0] = withRole(roles, 'asked');
  return judgeRoom(leaving(asked), withRole(roles, 'chosen').map(leaving), room).kind;
}

/** Tries every place for every task that leaves, leaving out as many as each service may lack. */
function canEnd({ services, roles }: Fleet): boolean {
  const stays = withRole(roles, 'stays');
  const free = new Map(stays.map((at) => [at, freeOn(services, at)]));
  const homeless = services.flatMap(({ runsOn, minimumHealthyPercent }, index) => {
    const leaving = runsOn.filter((at) => !stays.includes(at)).length;
    const needed = Math.ceil((runsOn.length * minimumHealthyPercent) / 100);
    return new Array<number>(Math.max(0, leaving - (runsOn.length - needed))).fill(index);
  });
  const placed = services.map(({ runsOn }) => runsOn.filter((at) => stays.includes(at)));
  const from = (next: number): boolean => {
    const index = homeless[next];
    if (index === undefined) return true;
    const { cpuUnits, distinct } = services[index]!;
    return stays.some((at) => {
      const left = free.get(at) ?? 0;
      if (left < cpuUnits || (distinct && placed[index]!.includes(at))) return false;
      free.set(at, left - cpuUnits);
      placed[index]!.push(at);
      const found = from(next + 1);
      placed[index]!.pop();
      free.set(at, left);
      return found;
    });
  };
  return from(0);
}

describe('judgeRoom() against every assignment there is', () => {
  it('judgeRoom() says "does not fit" only where the drains could not end', () => {
    let refused = 0;
    fc.assert(
      fc.property(fleets, (fleet) => {
        if (judged(fleet) !== 'does-not-fit') return;
        refused++;
        expect(canEnd(fleet)).toBe(false);
      }),
      { ...PROPERTY, numRuns: 2000 },
    );
    // The answer was really given.
    expect(refused).toBeGreaterThan(200);
  });

  it('judgeRoom() says "fits" exactly where they can, but for services that want instances of their own', () => {
    let fits = 0;
    fc.assert(
      fc.property(fleets, (given) => {
        const services = given.services.map((one) => ({ ...one, distinct: false }));
        const fleet = { ...given, services };
        const possible = canEnd(fleet);
        if (possible) fits++;
        expect(judged(fleet)).toBe(possible ? 'fits' : 'does-not-fit');
      }),
      { ...PROPERTY, numRuns: 2000 },
    );
    expect(fits).toBeGreaterThan(200);
  });
});
