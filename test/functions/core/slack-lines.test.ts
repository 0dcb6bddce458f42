// Every milestone as the line that the person on call reads.

import { describe, expect, it } from 'vitest';
import type { Milestone } from '../../../functions/core/milestone.ts';
import { countsText, milestoneLine } from '../../../functions/core/slack-lines.ts';

const CLUSTER_ARN = 'arn:aws:ecs:eu-west-1:111122223333:cluster/prod';

const PLANNED: Extract<Milestone, { event: 'Rollout Planned' }> = {
  event: 'Rollout Planned',
  clusterArn: CLUSTER_ARN,
  startedBy: 'ana',
  targets: { 'aws-ecs-2/x86_64': '1.65.0' },
  waves: [
    { wave: 1, kind: 'canary', size: 1 },
    { wave: 2, kind: 'wave', size: 21 },
  ],
  containerInstances: 24,
  expectedSeconds: 2700,
  drift: [
    {
      image: 'aws-ecs-2/x86_64',
      containerInstances: 24,
      versions: [
        { version: '1.65.0', containerInstances: 2 },
        { version: '1.64.0', containerInstances: 22 },
      ],
      differing: 2,
      unknown: 0,
      oldestMissing: { version: '1.65.0', ageDays: 12, containerInstances: 22 },
    },
  ],
  reason: '22 of 24 container instances in 2 waves',
};

const CASES: readonly [Milestone, string][] = [
  [
    { event: 'Rollout Opened', clusterArn: CLUSTER_ARN, clusterName: 'prod', startedBy: 'ana' },
    ':flashlight: *Opened* on `prod` by ana: asking every host what it runs.',
  ],
  [
    PLANNED,
    [
      ':clipboard: *Planned*: 22 of 24 container instances in 2 waves of 1 (canary), 21; about 45 minutes. Asked for by ana.',
      '• `aws-ecs-2/x86_64` to *1.65.0* that 22 lack; 1.65.0 has waited 12 days',
    ].join('\n'),
  ],
  [
    { ...PLANNED, waves: [], reason: 'no container instance needs or allows an update' },
    ':clipboard: *Planned*: no container instance needs or allows an update. Asked for by ana.',
  ],
  [
    {
      ...PLANNED,
      waves: [{ wave: 1, kind: 'canary', size: 22 }],
      targets: { 'aws-ecs-2/x86_64': '1.66.0', 'aws-ecs-2/aarch64': '1.65.0' },
      drift: PLANNED.drift.map((one) => ({
        ...one,
        oldestMissing: { version: '1.66.0', ageDays: 0, containerInstances: 24 },
      })),
    },
    [
      ':clipboard: *Planned*: 22 of 24 container instances in one wave; about 45 minutes. Asked for by ana.',
      '• `aws-ecs-2/x86_64` to *1.66.0* that 24 lack',
      '• `aws-ecs-2/aarch64` to *1.65.0*',
    ].join('\n'),
  ],
  [
    { ...PLANNED, drift: PLANNED.drift.map((one) => ({ ...one, oldestMissing: undefined })) },
    [
      ':clipboard: *Planned*: 22 of 24 container instances in 2 waves of 1 (canary), 21; about 45 minutes. Asked for by ana.',
      '• `aws-ecs-2/x86_64` to *1.65.0* that 22 lack',
    ].join('\n'),
  ],
  [
    { event: 'Approval Awaited', untilAt: 0 },
    ':raised_hand: *Waits for approval* until <!date^0^{date_short_pretty} {time}|1970-01-01 00:00 UTC>.',
  ],
  [
    { event: 'Wave Started', wave: 1, waves: 3, kind: 'canary', size: 1 },
    ':arrow_forward: *Wave 1 of 3 started*, the canary: 1 container instance.',
  ],
  [
    { event: 'Wave Started', wave: 2, waves: 3, kind: 'wave', size: 4 },
    ':arrow_forward: *Wave 2 of 3 started*: 4 container instances.',
  ],
  [
    { event: 'Wave Started', wave: 3, waves: 3, kind: 'rollback', size: 4 },
    ':rewind: *The way back started*: 4 container instances.',
  ],
  [
    { event: 'Gate Closed', wave: 2, reason: 'alarm *5xx* <prod> is in ALARM' },
    ':vertical_traffic_light: *Gate closed* in wave 2: alarm ∗5xx∗ &lt;prod&gt; is in ALARM.',
  ],
  [
    { event: 'Gate Opened', wave: 2, reason: 'all gates are green' },
    ':vertical_traffic_light: *Gates green again* in wave 2: all gates are green.',
  ],
  [
    {
      event: 'Container Instance Over',
      ec2InstanceId: 'i-0123456789abcdef0',
      outcome: 'RolledBack',
      reason: 'its ECS agent did not connect; rolled back to 1.64.0',
      fromVersion: '1.64.0',
      toVersion: '1.65.0',
    },
    ':leftwards_arrow_with_hook: `i-0123456789abcdef0` *RolledBack* (1.64.0 to 1.65.0): its ECS agent did not connect; rolled back to 1.64.0.',
  ],
  [
    { event: 'Wave Ended', wave: 1, verdict: 'next', reason: 'wave 1 of 3 is good' },
    ':heavy_check_mark: *Wave 1 ended*: wave 1 of 3 is good.',
  ],
  [
    { event: 'Wave Ended', wave: 3, verdict: 'done', reason: 'all 3 waves are good' },
    ':heavy_check_mark: *Wave 3 ended*: all 3 waves are good.',
  ],
  [
    { event: 'Wave Ended', wave: 1, verdict: 'halt', reason: '1 failed, failureBudget is 0' },
    ':octagonal_sign: *Halted after wave 1*: 1 failed, failureBudget is 0.',
  ],
  [
    { event: 'Wave Ended', wave: 2, verdict: 'roll-back', reason: '1 failed' },
    ':rewind: *Halted after wave 2*, what was updated is taken back: 1 failed.',
  ],
  [
    { event: 'Rollout Controlled', action: 'pause', by: '<!here>' },
    ':bust_in_silhouette: *pause* asked for by &lt;!here&gt;.',
  ],
  [
    {
      event: 'Rollout Closed',
      clusterArn: CLUSTER_ARN,
      ending: 'FailedDirty',
      reason: '1 failed',
      counts: { Updated: 3, NeedsAttention: 1 },
      drift: [],
    },
    ':rotating_light: *FailedDirty*: 3 Updated, 1 NeedsAttention; 1 failed.',
  ],
];

describe('milestoneLine()', () => {
  it.each(CASES)('$event', (milestone, line) => {
    expect(milestoneLine(milestone)).toBe(line);
  });
});

describe('milestoneLine() of a container instance', () => {
  const over = {
    event: 'Container Instance Over',
    ec2InstanceId: 'i-1',
    reason: 'why',
    fromVersion: undefined,
    toVersion: undefined,
  } as const;

  it.each([
    ['Updated', ':heavy_minus_sign:'],
    ['Skipped', ':heavy_minus_sign:'],
    ['Failed', ':x:'],
    ['FellBack', ':leftwards_arrow_with_hook:'],
    ['RolledBack', ':leftwards_arrow_with_hook:'],
    ['Replaced', ':recycle:'],
    ['NeedsAttention', ':rotating_light:'],
  ] as const)('marks %s with %s', (outcome, emoji) => {
    expect(milestoneLine({ ...over, outcome })).toBe(`${emoji} \`i-1\` *${outcome}*: why.`);
  });

  it('names versions only where both are known', () => {
    for (const versions of [{ fromVersion: '1.64.0' }, { toVersion: '1.65.0' }]) {
      const line = milestoneLine({ ...over, ...versions, outcome: 'Failed' });
      expect(line).toBe(':x: `i-1` *Failed*: why.');
    }
  });
});

describe('milestoneLine() of an end', () => {
  it.each([
    ['Succeeded', ':white_check_mark:'],
    ['Halted', ':octagonal_sign:'],
    ['FailedClean', ':x:'],
    ['FailedDirty', ':rotating_light:'],
  ] as const)('marks %s with %s', (ending, emoji) => {
    const closed = { event: 'Rollout Closed', clusterArn: CLUSTER_ARN, drift: [] } as const;
    const line = milestoneLine({ ...closed, ending, reason: 'why', counts: { Updated: 1 } });
    expect(line).toBe(`${emoji} *${ending}*: 1 Updated; why.`);
  });
});

describe('countsText()', () => {
  it('says so when there are none', () => {
    expect(countsText({})).toBe('no container instances');
  });
});
