// Tests of what the repository offers and of which update a host chooses from it.

import { describe, expect, test } from 'vitest';
import { availableAt } from '../../../simulator/host/repository-waves.ts';
import { chooseUpdate } from '../../../simulator/host/updog.ts';
import { ID, oneHost, release } from './one-host.ts';

const HOUR = 3_600_000;
const PUBLISHED = Date.parse('2026-11-20T00:00:00.000Z');
const hours = (at: number) => (at - PUBLISHED) / HOUR;

describe('availableAt', () => {
  const rows: [string, Parameters<typeof availableAt>[1], number, number][] = [
    ['everyone at once without waves', 'none', 2000, 0],
    ['seed 0 at once, before the first wave', 'default', 0, 0],
    // 1 % of 2048 is 20: three hours, shared by 20 seeds.
    ['seed 1 within the first wave', 'default', 1, 1 + 3 / 20],
    ['seed 20, the last of the first wave', 'default', 20, 4],
    // The place in the wave is counted from seed 0, so most of a later wave opens at its end.
    ['seed 300, capped by the end of its wave', 'default', 300, 48],
    ['seed 1000, capped by the end of its wave', 'default', 1000, 120],
    ['the last seed', 'default', 2047, 144],
    ['the last seed, accelerated', 'accelerated', 2047, 24],
    ['the last seed, in an emergency', 'emergency', 2047, 3],
  ];
  test.each(rows)('%s', (_name, schedule, seed, expected) => {
    expect(hours(availableAt(PUBLISHED, schedule, seed))).toBeCloseTo(expected, 6);
  });

  test('never decreases from wave to wave', () => {
    const firstOfWave = [1, 21, 103, 308, 820, 1229, 1844];
    const instants = firstOfWave.map((seed) => availableAt(PUBLISHED, 'default', seed));
    expect(instants).toEqual([...instants].sort((a, b) => a - b));
  });
});

describe('UpdateRepository.fetchManifest', () => {
  const query = {
    ec2InstanceId: ID,
    variant: 'aws-ecs-2',
    arch: 'x86_64',
    version: '1.64.0',
    seed: 1000,
    ignoreWaves: false,
  };
  const releases = [
    release('1.63.0'),
    release('1.65.0', { publishedAt: '2026-11-23T00:00:00.000Z', waves: 'default' }),
    release('1.64.0'),
    release('1.66.0', { publishedAt: '2026-12-24T00:00:00.000Z' }),
    release('1.64.0', { variant: 'aws-ecs-3' }),
    release('1.65.0', { arch: 'aarch64' }),
  ];
  const versions = (more: Partial<typeof query>, maxVersion = {}) => {
    const answer = oneHost({ releases, maxVersion }).repository.fetchManifest({
      ...query,
      ...more,
    });
    return answer.ok ? answer.updates.map((update) => update.version) : answer.stderr;
  };

  test('newest first, older ones and the running one included, same variant and architecture', () => {
    expect(versions({ ignoreWaves: true })).toEqual(['1.65.0', '1.64.0', '1.63.0']);
  });

  test('only what the waves have opened for this seed', () => {
    expect(versions({})).toEqual(['1.64.0', '1.63.0']);
    expect(versions({ seed: 10 })).toEqual(['1.65.0', '1.64.0', '1.63.0']);
  });

  test('nothing above the highest version on offer', () => {
    expect(versions({ ignoreWaves: true }, { 'aws-ecs-2': '1.64.0' })).toEqual([
      '1.64.0',
      '1.63.0',
    ]);
  });
});

describe('chooseUpdate', () => {
  const offered = (maxVersion: string, ...versions: string[]) =>
    versions.map((version) => ({ version, maxVersion }));
  const all = offered('1.65.0', '1.65.0', '1.64.0', '1.63.0');
  const rows: [string, ReturnType<typeof offered>, string, string, string | undefined][] = [
    ['latest takes the newest', all, '1.63.0', 'latest', '1.65.0'],
    ['latest on the newest chooses nothing', all, '1.65.0', 'latest', undefined],
    ['a lock takes just that', all, '1.63.0', 'v1.64.0', '1.64.0'],
    ['a lock needs no v', all, '1.63.0', '1.64.0', '1.64.0'],
    ['a lock goes down, too', all, '1.65.0', 'v1.63.0', '1.63.0'],
    ['a lock on the running version chooses nothing', all, '1.64.0', 'v1.64.0', undefined],
    ['a lock on what is not offered chooses nothing', all, '1.64.0', 'v1.70.0', undefined],
    [
      'a pulled release is left for the one before, under latest',
      offered('1.64.0', '1.64.0', '1.63.0'),
      '1.65.0',
      'latest',
      '1.64.0',
    ],
  ];
  test.each(rows)('%s', (_name, updates, running, lock, expected) => {
    expect(chooseUpdate(updates, running, lock)).toBe(expected);
  });
});
