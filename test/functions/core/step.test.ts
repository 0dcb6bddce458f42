// Steps: a host that is too far behind goes to a release in between, and never to one that is refused.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../../functions/core/eligibility.ts';
import type { KnownVersion } from '../../../functions/core/proof.ts';
import { stepToward } from '../../../functions/core/step.ts';
import { compareVersions } from '../../../functions/core/version.ts';
import { hostOf, NOW, PROPERTY, policyOf } from './samples.ts';

const target: Target = { kind: 'pinned', version: '1.15.0', reason: 'the policy names it' };

/** `1.11.0` to `1.15.0`, newest first, as a host reports them. */
const offered = ['1.15.0', '1.14.0', '1.13.0', '1.12.0', '1.11.0'];

function policyWith(maxStepReleases: number, skipVersions: readonly string[] = []) {
  return policyOf({ target: { maxStepReleases, skipVersions } });
}

function quarantined(version: string): KnownVersion {
  return { version, firstSeenAt: NOW, quarantinedReason: 'i-9 fell back' };
}

describe('stepToward()', () => {
  it('stepToward() goes at once without a limit, within it, and with no target', () => {
    const host = hostOf('1.10.0', ...offered);
    expect(stepToward(host, target, [], policyWith(0))).toBe(target);
    expect(stepToward(host, target, [], policyWith(5))).toBe(target);
    const none: Target = { kind: 'none', reason: 'the repository offers nothing' };
    expect(stepToward(host, none, [], policyWith(1))).toBe(none);
    expect(stepToward(hostOf('1.15.0', ...offered), target, [], policyWith(1))).toBe(target);
    expect(stepToward(hostOf('broken', ...offered), target, [], policyWith(1))).toBe(target);
  });

  it('stepToward() goes as far as one step may, and says where to', () => {
    expect(stepToward(hostOf('1.10.0', ...offered), target, [], policyWith(2))).toEqual({
      kind: 'step',
      version: '1.12.0',
      reason:
        'a step toward 1.15.0: it is more than 2 releases behind 1.15.0 (target.maxStepReleases); ' +
        'the next rollout takes the next step',
    });
  });

  it('stepToward() counts a target that is not offered yet behind all that is', () => {
    const host = hostOf('1.12.0', '1.14.0', '1.13.0', '1.12.0');
    expect(stepToward(host, target, [], policyWith(2))).toMatchObject({ version: '1.14.0' });
    expect(stepToward(host, target, [], policyWith(3))).toBe(target);
    expect(stepToward(hostOf('1.12.0'), target, [], policyWith(1))).toBe(target);
  });

  it('stepToward() does not count what is newer than the target, nor what is no version', () => {
    const older: Target = { ...target, version: '1.12.0' };
    const host = hostOf('1.10.0', ...offered, 'broken');
    expect(stepToward(host, older, [], policyWith(2))).toBe(older);
    expect(stepToward(host, older, [], policyWith(1))).toMatchObject({ version: '1.11.0' });
  });

  it('stepToward() passes over a skipped or quarantined release, backwards', () => {
    const host = hostOf('1.10.0', ...offered);
    const policy = policyWith(3, ['1.13.0']);
    expect(stepToward(host, target, [quarantined('1.12.0')], policy)).toMatchObject({
      kind: 'step',
      version: '1.11.0',
    });
  });

  it('stepToward() stays when no step is free, and says why', () => {
    const policy = policyWith(2, ['1.12.0']);
    const host = hostOf('1.10.0', ...offered);
    expect(stepToward(host, target, [quarantined('1.11.0')], policy)).toEqual({
      kind: 'blocked',
      reason:
        'it is more than 2 releases behind 1.15.0 (target.maxStepReleases), and no step is free: ' +
        '1.12.0 is in target.skipVersions; 1.11.0 is quarantined: i-9 fell back',
    });
  });

  it('stepToward() asks neither age nor proof of a release in between', () => {
    const policy = policyOf({
      target: { maxStepReleases: 1, minimumAgeHours: 24, provenOn: [{ cluster: 's', hours: 1 }] },
    });
    const host = hostOf('1.10.0', ...offered);
    expect(stepToward(host, target, [], policy)).toMatchObject({ version: '1.11.0' });
  });

  it('stepToward() needs only both ends of a long list: the host shows the nearest and the newest', () => {
    const nearest = ['1.3.0', '1.4.0', '1.5.0', '1.6.0', '1.7.0', '1.8.0', '1.9.0', '1.10.0'];
    const host = hostOf('1.2.0', ...offered, ...nearest);
    expect(stepToward(host, target, [], policyWith(8))).toMatchObject({ version: '1.10.0' });
  });

  it('stepToward() arrives, whatever is on the way, one step per rollout', () => {
    const version = fc.nat({ max: 40 }).map((minor) => `1.${minor}.0`);
    const releases = fc.uniqueArray(version, { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(releases, fc.integer({ min: 1, max: 8 }), (list, most) => {
        const [last = ''] = [...list].sort(compareVersions).reverse();
        const goal: Target = { kind: 'pinned', version: last, reason: '' };
        let running = '1.0.0';
        for (let rollout = 0; rollout <= list.length && running !== last; rollout++) {
          const next = stepToward(hostOf(running, ...list), goal, [], policyWith(most));
          expect('version' in next).toBe(true);
          if (!('version' in next)) return;
          const passed = list.filter(
            (one) => compareVersions(one, running) > 0 && compareVersions(one, next.version) <= 0,
          );
          expect(passed.length).toBeLessThanOrEqual(most);
          expect(compareVersions(next.version, running)).toBeGreaterThan(0);
          running = next.version;
        }
        expect(running).toBe(last);
      }),
      PROPERTY,
    );
  });
});
