// The policy: defaults, every edge of every range, and what a refusal says.

import { describe, expect, it } from 'vitest';
import { limitOf } from '../../../functions/core/policy.ts';
import { readPolicy } from '../../../functions/core/read-policy.ts';
import { policyOf, refusalOf } from './samples.ts';

/** `{a: {b: value}}` for the path `a.b`, with the cluster that every policy needs. */
function inputWith(path: string, value: unknown): Record<string, unknown> {
  const nested = path
    .split('.')
    .reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object;
  return { cluster: 'prod', ...nested };
}

function valueAt(root: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], root);
}

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
          `found ${JSON.stringify(value)}, expected a whole number, or a percentage such as "10%"`,
        );
      }
      for (const value of [true, {}, null]) {
        expect(refusalOf(wrap(value))).toContain(
          `found ${JSON.stringify(value)}, expected a whole number, or a percentage such as "10%"`,
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

/** Key, shortest, longest text. */
const TEXTS: readonly (readonly [string, number, number])[] = [
  ['select.query', 1, 1000],
  ['select.excludeTag', 1, 128],
];

/** Key, fewest, most entries, one good entry. */
const LISTS: readonly (readonly [string, number, number, unknown])[] = [
  ['waves.sizes', 1, 20, 1],
  ['target.skipVersions', 0, 100, '1.2.3'],
  ['target.provenOn', 0, 10, { cluster: 'stage', hours: 24 }],
  ['gates.alarms', 0, 100, 'latency'],
  ['window.calendars', 0, 10, 'freeze'],
];

describe('readPolicy() texts and lists', () => {
  it.each(TEXTS)('readPolicy() accepts %s of %i to %i characters', (path, min, max) => {
    for (const length of [min, max]) {
      const value = 'x'.repeat(length);
      expect(valueAt(policyOf(inputWith(path, value)), path)).toBe(value);
    }
    for (const length of [min - 1, max + 1]) {
      expect(refusalOf(inputWith(path, 'x'.repeat(length)))).toContain(`${path}: found "`);
    }
  });

  it.each(LISTS)('readPolicy() accepts %s with %i to %i entries', (path, min, max, entry) => {
    for (const length of [min, max]) {
      const value = new Array(length).fill(entry);
      expect(valueAt(policyOf(inputWith(path, value)), path)).toEqual(value);
    }
    for (const length of [min - 1, max + 1].filter((one) => one >= 0)) {
      expect(refusalOf(inputWith(path, new Array(length).fill(entry)))).toContain(`${path}: found`);
    }
    expect(refusalOf(inputWith(path, entry))).toContain(`${path}: found ${JSON.stringify(entry)}`);
  });

  it.each([
    ['gates.alarms', 255],
    ['window.calendars', 256],
  ])('readPolicy() accepts names in %s of 1 to %i characters', (path, max) => {
    expect(() => policyOf(inputWith(path, ['x', 'x'.repeat(max)]))).not.toThrow();
    expect(refusalOf(inputWith(path, ['']))).toContain(`${path}.0: found ""`);
    expect(refusalOf(inputWith(path, ['x', 'x'.repeat(max + 1)]))).toContain(`${path}.1: found "`);
  });

  it('readPolicy() accepts tag keys up to 128 and values up to 256 characters', () => {
    const tags = { ['k'.repeat(128)]: 'v'.repeat(256), empty: '' };
    expect(policyOf({ select: { tags } }).select.tags).toEqual(tags);
    expect(refusalOf(inputWith('select.tags', { ['k'.repeat(129)]: 'v' }))).toContain(
      'select.tags."kkk',
    );
    expect(refusalOf(inputWith('select.tags', { team: 'v'.repeat(257) }))).toContain(
      'select.tags.team: found "vvv',
    );
    expect(refusalOf(inputWith('select.tags', { team: 7 }))).toContain(
      'select.tags.team: found 7, ',
    );
  });

  it('readPolicy() accepts hours from 0 to 2160 and one cluster per entry of target.provenOn', () => {
    const proven = (over: object) => ({
      cluster: 'prod',
      target: { provenOn: [{ cluster: 'stage', hours: 24, ...over }] },
    });
    for (const hours of [0, 0.5, 2160]) expect(() => policyOf(proven({ hours }))).not.toThrow();
    for (const hours of [-1, 2161, '24']) {
      expect(refusalOf(proven({ hours }))).toContain('target.provenOn.0.hours: found ');
    }
    expect(refusalOf(proven({ cluster: 'two words' }))).toContain('target.provenOn.0.cluster: ');
    expect(refusalOf(proven({ since: 1 }))).toContain('target.provenOn.0.since: unknown key');
  });

  it('readPolicy() accepts the name or ARN of a function as gates.hook', () => {
    const arn = 'arn:aws:lambda:eu-west-1:111122223333:function:gate:live';
    for (const hook of ['gate', arn, 'x'.repeat(170)]) {
      expect(policyOf({ gates: { hook } }).gates.hook).toBe(hook);
    }
    for (const hook of ['', 'x'.repeat(171), 'two words', 'https://example.com/gate']) {
      expect(refusalOf({ cluster: 'prod', gates: { hook } })).toContain(
        'expected the name or ARN of a Lambda function',
      );
    }
  });

  it('readPolicy() accepts a channel of Slack and the name of a credential, and no secret in their place', () => {
    for (const slackChannel of ['fleet', '#fleet-ops_1', '#flotte-öst', 'C0123456789']) {
      expect(policyOf({ notify: { slackChannel } }).notify.slackChannel).toBe(slackChannel);
    }
    for (const slackChannel of [
      '',
      '#Fleet',
      'two words',
      '<!here>',
      'https://hooks.slack.com/x',
    ]) {
      expect(refusalOf({ cluster: 'prod', notify: { slackChannel } })).toContain(
        'expected the name or id of a Slack channel',
      );
    }
    for (const slackCredential of ['', '../fleets/prod', 'a/b', 'x'.repeat(65)]) {
      expect(refusalOf({ cluster: 'prod', notify: { slackCredential } })).toContain(
        'expected a name such as "default"',
      );
    }
  });

  it.each(['latest', '0.0.0', '1.65.0', '99999.99999.99999'])(
    'readPolicy() accepts %s as target.version',
    (version) => {
      expect(policyOf({ target: { version } }).target.version).toBe(version);
    },
  );

  it.each([
    'v1.65.0',
    '1.65',
    '1.65.0.1',
    'Latest',
    '1.65.x',
    '1.65.0\n',
    '100000.0.0',
    '',
    ' 1.65.0',
  ])(
    'readPolicy() refuses %j as target.version and as an entry of target.skipVersions',
    (version) => {
      expect(refusalOf({ cluster: 'prod', target: { version } })).toContain(
        `target.version: found ${JSON.stringify(version)}, expected `,
      );
      expect(refusalOf({ cluster: 'prod', target: { skipVersions: [version] } })).toContain(
        `target.skipVersions.0: found ${JSON.stringify(version)}, expected a version such as "1.65.0"`,
      );
    },
  );

  it('readPolicy() says what target.version may be when it is no text at all', () => {
    expect(refusalOf({ cluster: 'prod', target: { version: 1.65 } })).toBe(
      'Cannot accept the policy: target.version: found 1.65, expected "latest" or a version such as "1.65.0"',
    );
  });

  it.each([
    'prod',
    'a',
    'A-b_9',
    'x'.repeat(255),
    'arn:aws:ecs:eu-west-1:111122223333:cluster/prod',
    'arn:aws-us-gov:ecs:us-gov-west-1:111122223333:cluster/prod',
    'arn:aws-cn:ecs:cn-north-1:111122223333:cluster/prod',
    `arn:aws:ecs:eu-west-1:111122223333:cluster/A-b_9${'x'.repeat(250)}`,
  ])('readPolicy() accepts the cluster %s', (cluster) => {
    expect(policyOf({ cluster }).cluster).toBe(cluster);
  });

  it.each([
    '',
    'two words',
    'x'.repeat(256),
    'prod\n',
    'prod; reboot',
    '$(reboot)',
    'arn:aws:ecs:eu-west-1:1:cluster/prod',
    'arn:aws:ecs:eu-west-1:111122223333:service/prod',
    'arn:aws:ecs:eu-west-1:111122223333:cluster/',
    'see arn:aws:ecs:eu-west-1:111122223333:cluster/prod',
    `arn:aws:ecs:eu-west-1:111122223333:cluster/${'x'.repeat(256)}`,
  ])('readPolicy() refuses the cluster %j', (cluster) => {
    expect(refusalOf({ cluster })).toMatch(
      /^Cannot accept the policy: cluster: found ".*, expected the name or ARN of an ECS cluster$/,
    );
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
