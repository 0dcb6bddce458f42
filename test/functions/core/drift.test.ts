// Drift: versions per image, who differs from most, what is out of support, how old the gap is.

import { describe, expect, it } from 'vitest';
import { judgeDrift, type Running, withoutIds } from '../../../functions/core/drift.ts';
import type { KnownVersion } from '../../../functions/core/proof.ts';
import { HOUR, NOW } from './samples.ts';

const IMAGE = 'aws-ecs-2/x86_64';
const DAY = 24 * HOUR;

function fleet(...versions: readonly (string | undefined)[]): Running[] {
  return versions.map((version, index) => {
    return { ec2InstanceId: `i-${index + 1}`, image: IMAGE, version };
  });
}

function seen(version: string, daysAgo: number): KnownVersion {
  return { version, firstSeenAt: NOW - daysAgo * DAY };
}

function driftOf(running: readonly Running[], ...known: readonly KnownVersion[]) {
  return judgeDrift(running, new Map([[IMAGE, known]]), NOW)[0];
}

describe('judgeDrift()', () => {
  it('judgeDrift() has nothing to say of nobody', () => {
    expect(judgeDrift([], new Map(), NOW)).toEqual([]);
  });

  it('judgeDrift() counts versions, newest first, and names who differs from most', () => {
    expect(driftOf(fleet('1.9.0', '1.10.0', '1.9.0', '1.8.0'))).toEqual({
      image: IMAGE,
      containerInstances: 4,
      versions: [
        { version: '1.10.0', containerInstances: 1 },
        { version: '1.9.0', containerInstances: 2 },
        { version: '1.8.0', containerInstances: 1 },
      ],
      majority: '1.9.0',
      differing: 2,
      differingIds: ['i-2', 'i-4'],
      unknown: 0,
      outOfSupportSince: undefined,
      oldestMissing: undefined,
    });
  });

  it('judgeDrift() takes the newer of two halves for the majority', () => {
    expect(driftOf(fleet('1.9.0', '1.10.0'))).toMatchObject({
      majority: '1.10.0',
      differingIds: ['i-1'],
    });
  });

  it('judgeDrift() counts those apart that cannot say what they run, and never as the majority', () => {
    expect(driftOf(fleet(undefined, undefined, '1.9.0'))).toMatchObject({
      majority: '1.9.0',
      differing: 0,
      unknown: 2,
      differingIds: ['i-1', 'i-2'],
    });
    expect(driftOf(fleet(undefined))).toMatchObject({ versions: [], differing: 0, unknown: 1 });
    expect(driftOf(fleet(undefined))?.majority).toBeUndefined();
  });

  it('judgeDrift() lives with what is no version', () => {
    const drift = driftOf(fleet('1.9.0', '', '1.9.0-dirty'), seen('1.10.0', 1));
    expect(drift?.versions.map((one) => one.version)).toEqual(['1.9.0', '', '1.9.0-dirty']);
    expect(drift?.oldestMissing?.containerInstances).toBe(1);
    const mixed = driftOf(fleet('zz', 'aa', '1.9.0', 'mm'), seen('broken', 9), seen('1.10.0', 1));
    expect(mixed?.versions.map((one) => one.version)).toEqual(['1.9.0', 'aa', 'mm', 'zz']);
    expect(mixed?.oldestMissing?.version).toBe('1.10.0');
  });

  it('judgeDrift() tells the oldest update that somebody misses, and how many do', () => {
    const running = fleet('1.9.0', '1.11.0', '1.10.0');
    const known = [seen('1.8.0', 90), seen('1.10.0', 30), seen('1.11.0', 3.9), seen('1.12.0', 1)];
    expect(driftOf(running, ...known)?.oldestMissing).toEqual({
      version: '1.10.0',
      ageDays: 30,
      containerInstances: 1,
    });
    expect(driftOf(fleet('1.10.0'), ...known)?.oldestMissing).toMatchObject({ ageDays: 3 });
    expect(driftOf(fleet('1.12.0'), ...known)?.oldestMissing).toBeUndefined();
  });

  it('judgeDrift() takes the lower of two versions that were first seen together', () => {
    const known = [seen('1.11.0', 5), seen('1.10.0', 5)];
    expect(driftOf(fleet('1.9.0'), ...known)?.oldestMissing?.version).toBe('1.10.0');
  });

  it('judgeDrift() names variants out of support, and keeps images apart', () => {
    const old = { ec2InstanceId: 'i-9', image: 'aws-ecs-1/x86_64', version: '1.43.0' };
    const drift = judgeDrift([...fleet('1.9.0'), old], new Map(), NOW);
    expect(drift.map((one) => [one.image, one.outOfSupportSince, one.containerInstances])).toEqual([
      ['aws-ecs-1/x86_64', '2025-07-24', 1],
      [IMAGE, undefined, 1],
    ]);
  });

  it('judgeDrift() keeps the ids of fifty, and withoutIds() of none', () => {
    const running = fleet(...new Array(60).fill('1.9.0'), ...new Array(70).fill('1.10.0'));
    const drift = driftOf(running);
    expect([drift?.differing, drift?.differingIds.length]).toEqual([60, 50]);
    expect(withoutIds(drift ? [drift] : [])[0]).not.toHaveProperty('differingIds');
  });
});
