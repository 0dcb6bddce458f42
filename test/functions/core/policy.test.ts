// The policy: defaults, every edge of every range, and what a limit is of a fleet.

import { describe, expect, it } from 'vitest';
import { limitOf } from '../../../functions/core/policy.ts';
import { readPolicy } from '../../../functions/core/read-policy.ts';
import { policyOf, refusalOf } from './samples.ts';
import { inputWith, valueAt } from './samples-policy.ts';

const WHOLE_DEFAULT = {
  cluster: 'prod',
  target: {
    version: 'latest',
    minimumAgeHours: 0,
    skipVersions: [],
    respectRepositoryWaves: true,
    provenOn: [],
    maxStepReleases: 0,
  },
  select: { tags: {}, excludeTag: 'bottlerocket-fleet:exclude' },
  waves: { canaryCount: 1, sizes: ['20%', '100%'], bakeTimeSeconds: 300 },
  budget: { outOfServiceMax: '10%', oneAvailabilityZoneAtATime: false, perServiceMaxPercent: 34 },
  failureBudget: 0,
  drain: { timeoutSeconds: 900, standaloneTasks: 'skip', protectedTasks: 'skip' },
  prepare: { timeoutSeconds: 900 },
  reboot: { timeoutSeconds: 600 },
  verify: { timeoutSeconds: 300, agentStableSeconds: 15, daemonTimeoutSeconds: 600 },
  posture: {
    selinuxEnforcing: 'report',
    rootVerity: 'report',
    kernelLockdown: 'report',
    adminContainerOff: 'report',
    unknown: 'report',
  },
  gates: { alarms: [], services: true, targetHealth: false },
  window: { calendars: [] },
  rollback: {
    onHalt: 'hold',
    onVerifyFailure: true,
    allowAdminContainer: false,
    rebootDead: true,
    replaceDead: false,
  },
  autoScaling: { protectFromScaleIn: false },
  approval: { required: false, timeoutSeconds: 86_400 },
  notify: { slackCredential: 'default' },
  planOnly: false,
};

describe('readPolicy() defaults', () => {
  it('readPolicy() needs nothing but the cluster', () => {
    expect(readPolicy([{ cluster: 'prod' }])).toEqual({ policy: WHOLE_DEFAULT, start: {} });
  });

  it('readPolicy() fills in the rest of a section of which one key is given', () => {
    expect(policyOf({ waves: { canaryCount: 2 } }).waves).toEqual({
      canaryCount: 2,
      sizes: ['20%', '100%'],
      bakeTimeSeconds: 300,
    });
  });

  it('readPolicy() accepts its own output', () => {
    expect(readPolicy([policyOf()]).policy).toEqual(WHOLE_DEFAULT);
  });
});

/** Key, smallest, largest. */
const WHOLE_NUMBERS: readonly (readonly [string, number, number])[] = [
  ['target.maxStepReleases', 0, 8],
  ['waves.canaryCount', 0, 20],
  ['waves.bakeTimeSeconds', 0, 172_800],
  ['budget.outOfServiceMax', 1, 10_000],
  ['budget.perAvailabilityZoneMax', 1, 10_000],
  ['budget.perServiceMaxPercent', 1, 100],
  ['failureBudget', 0, 10_000],
  ['drain.timeoutSeconds', 60, 14_400],
  ['prepare.timeoutSeconds', 60, 3600],
  ['reboot.timeoutSeconds', 120, 3600],
  ['verify.timeoutSeconds', 60, 3600],
  ['verify.agentStableSeconds', 5, 300],
  ['verify.daemonTimeoutSeconds', 30, 3600],
  ['approval.timeoutSeconds', 300, 604_800],
];

describe('readPolicy() ranges', () => {
  it.each(WHOLE_NUMBERS)('readPolicy() accepts %s from %i to %i', (path, min, max) => {
    for (const value of [min, max]) {
      expect(valueAt(policyOf(inputWith(path, value)), path)).toBe(value);
    }
    for (const value of [min - 1, max + 1, min + 0.5, Number.NaN, Number.POSITIVE_INFINITY, null]) {
      expect(refusalOf(inputWith(path, value))).toContain(
        `Cannot accept the policy: ${path}: found ${JSON.stringify(value)}, `,
      );
    }
    if (!path.startsWith('budget.')) {
      expect(refusalOf(inputWith(path, String(min)))).toContain(`${path}: found "${min}"`);
    }
  });

  it('readPolicy() accepts target.minimumAgeHours from 0 to 2160, and parts of an hour', () => {
    for (const value of [0, 0.5, 2160]) {
      expect(policyOf(inputWith('target.minimumAgeHours', value)).target.minimumAgeHours).toBe(
        value,
      );
    }
    for (const value of [-0.1, 2160.1]) {
      expect(refusalOf(inputWith('target.minimumAgeHours', value))).toContain(
        `target.minimumAgeHours: found ${value}, `,
      );
    }
  });

  it.each(['budget.outOfServiceMax', 'budget.perAvailabilityZoneMax', 'waves.sizes'])(
    'readPolicy() accepts percentages from 1%% to 100%% as %s',
    (path) => {
      const wrap = (value: unknown) => inputWith(path, path === 'waves.sizes' ? [value] : value);
      for (const value of ['1%', '9%', '10%', '99%', '100%']) {
        expect([valueAt(policyOf(wrap(value)), path)].flat()).toEqual([value]);
      }
      for (const value of ['0%', '01%', '101%', '1000%', '10', '1.5%', ' 1%', '1%\n', '', '-1%']) {
        expect(refusalOf(wrap(value))).toContain(
          `found ${JSON.stringify(value)}, expected a whole number from 1 to 10000, or a percentage from "1%" to "100%"`,
        );
      }
      for (const value of [true, {}, null]) {
        expect(refusalOf(wrap(value))).toContain(
          `found ${JSON.stringify(value)}, expected a whole number from 1 to 10000, or a percentage from "1%" to "100%"`,
        );
      }
    },
  );

  it.each([
    'target.respectRepositoryWaves',
    'budget.oneAvailabilityZoneAtATime',
    'gates.services',
    'gates.targetHealth',
    'rollback.onVerifyFailure',
    'rollback.allowAdminContainer',
    'rollback.rebootDead',
    'rollback.replaceDead',
    'autoScaling.protectFromScaleIn',
    'approval.required',
    'planOnly',
  ])('readPolicy() accepts %s as true or false and as nothing else', (path) => {
    for (const value of [true, false]) {
      expect(valueAt(policyOf(inputWith(path, value)), path)).toBe(value);
    }
    for (const value of ['true', 1, null]) {
      expect(refusalOf(inputWith(path, value))).toContain(`${path}: found `);
    }
  });

  it.each([
    ['drain.standaloneTasks', ['skip', 'wait', 'stop']],
    ['drain.protectedTasks', ['skip', 'wait']],
    ['rollback.onHalt', ['hold', 'wave', 'rollout']],
    ['posture.selinuxEnforcing', ['fail', 'report', 'ignore']],
    ['posture.rootVerity', ['fail', 'report', 'ignore']],
    ['posture.kernelLockdown', ['fail', 'report', 'ignore']],
    ['posture.adminContainerOff', ['fail', 'report', 'ignore']],
    ['posture.unknown', ['fail', 'report', 'ignore']],
  ])('readPolicy() accepts %s as one of %s', (path, accepted) => {
    for (const value of accepted) {
      expect(valueAt(policyOf(inputWith(path, value)), path)).toBe(value);
    }
    const refusal = refusalOf(inputWith(path, 'kill'));
    expect(refusal).toContain(`${path}: found "kill", `);
    for (const value of accepted) expect(refusal).toContain(`"${value}"`);
  });

  it('readPolicy() does not let protected tasks be stopped', () => {
    expect(refusalOf(inputWith('drain.protectedTasks', 'stop'))).toContain('found "stop"');
  });
});

describe('limitOf()', () => {
  it.each([
    [3, 10, 3],
    [30, 10, 30],
    ['10%', 10, 1],
    ['10%', 19, 1],
    ['10%', 20, 2],
    ['34%', 3, 1],
    ['50%', 5, 2],
    ['99%', 100, 99],
    ['100%', 7, 7],
    ['29%', 100, 29],
    ['1%', 5, 1],
    ['1%', 0, 1],
  ])('limitOf() makes %s of %i into %i', (limit, total, expected) => {
    expect(limitOf(limit, total)).toBe(expected);
  });
});
