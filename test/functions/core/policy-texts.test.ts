// The policy: its texts, names and lists, every edge of what each may hold.

import { describe, expect, it } from 'vitest';
import { policyOf, refusalOf } from './samples.ts';
import { inputWith, valueAt } from './samples-policy.ts';

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
