// The pinned target: the newest version offered that nothing speaks against.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KnownVersion } from '../../../functions/core/proof.ts';
import { pinTarget } from '../../../functions/core/target.ts';
import { HOUR, hostOf, MINUTE, NOW, PROPERTY, policyOf } from './samples.ts';

const latest = policyOf();

function knownOf(version: string, over: Partial<KnownVersion> = {}): KnownVersion {
  return { version, firstSeenAt: NOW - 1000 * HOUR, ...over };
}

describe('pinTarget() of latest', () => {
  it('pinTarget() takes the newest version that any host is offered', () => {
    const hosts = [hostOf('1.9.0', '1.9.0', '1.8.0'), hostOf('1.8.0', '1.10.0', '1.9.0')];
    expect(pinTarget(hosts, [], latest, NOW)).toEqual({
      kind: 'pinned',
      version: '1.10.0',
      reason: 'the newest version offered',
    });
  });

  it('pinTarget() pins nothing when nothing is offered', () => {
    expect(pinTarget([hostOf('1.9.0')], [], latest, NOW)).toEqual({
      kind: 'none',
      reason: 'the repository offers nothing',
    });
    expect(pinTarget([], [knownOf('1.9.0')], latest, NOW).kind).toBe('none');
  });

  it('pinTarget() passes over what is quarantined, skipped or too young, newest first, and says so', () => {
    const policy = policyOf({ target: { skipVersions: ['1.12.0'], minimumAgeHours: 24 } });
    const known = [
      knownOf('1.10.0'),
      knownOf('1.11.0', { firstSeenAt: NOW - 24 * HOUR + 1 }),
      knownOf('1.12.0'),
      knownOf('1.13.0', { quarantinedReason: 'i-0a fell back' }),
    ];
    const hosts = [hostOf('1.9.0', '1.10.0', '1.13.0', '1.11.0', '1.12.0')];
    expect(pinTarget(hosts, known, policy, NOW)).toEqual({
      kind: 'pinned',
      version: '1.10.0',
      reason: 'the newest version offered',
      passedOver:
        '1.13.0 is quarantined: i-0a fell back; ' +
        '1.12.0 is in target.skipVersions; ' +
        '1.11.0 was first seen 23.9 hours ago, target.minimumAgeHours is 24',
    });
  });

  it('pinTarget() pins nothing when something speaks against every version', () => {
    const policy = policyOf({ target: { skipVersions: ['1.10.0', '1.9.0'] } });
    expect(pinTarget([hostOf('1.9.0', '1.9.0', '1.10.0')], [], policy, NOW)).toEqual({
      kind: 'none',
      reason: '1.10.0 is in target.skipVersions; 1.9.0 is in target.skipVersions',
    });
  });

  it('pinTarget() counts the age of a version that the record does not know from now', () => {
    const policy = policyOf({ target: { minimumAgeHours: 0.5 } });
    const hosts = [hostOf('1.9.0', '1.10.0')];
    expect(pinTarget(hosts, [], policy, NOW)).toEqual({
      kind: 'none',
      reason: '1.10.0 was first seen 0.0 hours ago, target.minimumAgeHours is 0.5',
    });
    const known = [knownOf('1.10.0', { firstSeenAt: NOW - 30 * MINUTE })];
    expect(pinTarget(hosts, known, policy, NOW).kind).toBe('pinned');
  });

  it('pinTarget() does not stop at something that is no version', () => {
    const hosts = [hostOf('1.9.0', 'latest', '', '1.10.0-rc1', '1.10.0')];
    expect(pinTarget(hosts, [], latest, NOW)).toMatchObject({ kind: 'pinned', version: '1.10.0' });
    expect(pinTarget([hostOf('1.9.0', 'x')], [], latest, NOW)).toEqual({
      kind: 'none',
      reason: 'the repository offers nothing',
    });
  });

  it('pinTarget() pins the same whatever the order of hosts and offers', () => {
    const version = fc
      .tuple(fc.nat({ max: 3 }), fc.nat({ max: 12 }), fc.nat({ max: 3 }))
      .map((parts) => parts.join('.'));
    const offers = fc.array(fc.array(version, { maxLength: 5 }), { maxLength: 5 });
    const skipped = fc.array(version, { maxLength: 3 });
    fc.assert(
      fc.property(offers, skipped, fc.infiniteStream(fc.nat()), (lists, skipVersions, picks) => {
        const policy = policyOf({ target: { skipVersions } });
        const shuffled = [...lists]
          .map((list) => ({ list: [...list].reverse(), key: picks.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ list }) => list);
        const pin = (all: readonly string[][]) =>
          pinTarget(
            all.map((list) => hostOf('0.0.0', ...list)),
            [],
            policy,
            NOW,
          );
        expect(pin(shuffled)).toEqual(pin(lists));
        const pinned = pin(lists);
        const free = lists.flat().filter((one) => !skipVersions.includes(one));
        expect(pinned.kind).toBe(free.length > 0 ? 'pinned' : 'none');
        if (pinned.kind === 'pinned') expect(free).toContain(pinned.version);
      }),
      PROPERTY,
    );
  });
});

describe('pinTarget() with provenOn', () => {
  const STAGE = 'arn:aws:ecs:eu-west-1:111122223333:cluster/stage';
  const hosts = [hostOf('1.9.0', '1.10.0', '1.9.1')];
  const policy = policyOf({ target: { provenOn: [{ cluster: 'stage', hours: 48 }] } });

  function ranFor(version: string, hours: number): KnownVersion {
    return knownOf(version, { provenOn: [{ clusterArn: STAGE, sinceAt: NOW - hours * HOUR }] });
  }

  it('pinTarget() takes the newest version that ran long enough on the cluster', () => {
    expect(pinTarget(hosts, [ranFor('1.10.0', 48)], policy, NOW).kind).toBe('pinned');
    expect(pinTarget(hosts, [ranFor('1.10.0', 47.99), ranFor('1.9.1', 500)], policy, NOW)).toEqual({
      kind: 'pinned',
      version: '1.9.1',
      reason: 'the newest version offered',
      passedOver: '1.10.0 ran healthily on cluster stage for 47.9 of 48 hours (target.provenOn)',
    });
  });

  it('pinTarget() names each cluster that is missing, hours so far and hours wanted', () => {
    const provenOn = [
      { cluster: STAGE, hours: 48 },
      { cluster: 'beta', hours: 24 },
    ];
    const both = policyOf({ target: { version: '1.10.0', provenOn } });
    expect(pinTarget(hosts, [ranFor('1.10.0', 1)], both, NOW)).toEqual({
      kind: 'none',
      reason:
        `1.10.0 ran healthily on cluster ${STAGE} for 1.0 of 48 hours and ` +
        'ran healthily on cluster beta for 0 of 24 hours (target.provenOn)',
    });
  });

  it('pinTarget() does not let proof outweigh a quarantine', () => {
    const failed = { ...ranFor('1.10.0', 500), quarantinedReason: 'i-0a fell back' };
    expect(pinTarget(hosts, [failed], policy, NOW)).toMatchObject({
      kind: 'none',
      reason: expect.stringContaining('1.10.0 is quarantined: i-0a fell back'),
    });
  });
});

describe('pinTarget() of one version', () => {
  const named = policyOf({ target: { version: '1.9.1' } });

  it('pinTarget() takes it whatever is offered: each host is judged by its own offer', () => {
    expect(pinTarget([hostOf('1.9.0', '1.10.0')], [], named, NOW)).toEqual({
      kind: 'pinned',
      version: '1.9.1',
      reason: 'the policy names it',
    });
  });

  it('pinTarget() refuses it when it is quarantined, skipped or too young', () => {
    const known = [knownOf('1.9.1', { quarantinedReason: 'it fell back' })];
    expect(pinTarget([], known, named, NOW)).toEqual({
      kind: 'none',
      reason: '1.9.1 is quarantined: it fell back',
    });
    const skip = policyOf({ target: { version: '1.9.1', skipVersions: ['1.9.1'] } });
    expect(pinTarget([], [], skip, NOW)).toEqual({
      kind: 'none',
      reason: '1.9.1 is in target.skipVersions',
    });
    const old = policyOf({ target: { version: '1.9.1', minimumAgeHours: 48 } });
    const young = [knownOf('1.9.1', { firstSeenAt: NOW - 90 * MINUTE })];
    expect(pinTarget([], young, old, NOW)).toEqual({
      kind: 'none',
      reason: '1.9.1 was first seen 1.5 hours ago, target.minimumAgeHours is 48',
    });
    expect(pinTarget([], [knownOf('1.9.1')], old, NOW).kind).toBe('pinned');
  });
});
