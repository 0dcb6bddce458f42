// What a rollout's state reads like: to whoever asks where it stands, watches it, or wants to approve it.

import { describe, expect, it } from 'vitest';
import type { RolloutRecord } from '../../cli/record.ts';
import { newsOf } from '../../cli/rollout-news.ts';
import { statusOf } from '../../cli/rollout-status.ts';
import { endOf, type RolloutView, runningWave, whyNotWaiting } from '../../cli/rollout-view.ts';
import { statusLines } from '../../cli/status-lines.ts';
import { paintLine } from '../../cli/styled-text.ts';
import type { InstanceRecord } from '../../functions/aws/instance-record.ts';
import type { Rollout } from '../../functions/aws/rollout-record.ts';
import { readPolicy } from '../../functions/core/read-policy.ts';

const AT = Date.parse('2026-11-24T02:00:00.000Z');
const minute = (count: number) => AT + count * 60_000;

const ROLLOUT: Rollout = {
  rolloutId: 'night',
  schema: 1,
  clusterArn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/prod',
  clusterName: 'prod',
  executionArn: 'arn:aws:states:eu-west-1:111122223333:execution:m:night',
  fence: 1,
  policy: readPolicy([{ cluster: 'prod' }]).policy,
  startedBy: 'ann',
  openedAt: AT,
  targets: { 'aws-ecs-2/x86_64': '1.65.0' },
  waves: [
    { wave: 1, kind: 'canary', size: 1 },
    { wave: 2, kind: 'wave', size: 3 },
    { wave: 3, kind: 'wave', size: 1 },
  ],
};

function instance(ec2InstanceId: string, members: Partial<InstanceRecord>): InstanceRecord {
  return {
    rolloutId: 'night',
    ec2InstanceId,
    containerInstanceArn: `arn:${ec2InstanceId}`,
    availabilityZone: 'eu-west-1a',
    fence: 1,
    code: 'Selected',
    reason: '1.64.0 to 1.65.0',
    fromVersion: '1.64.0',
    toVersion: '1.65.0',
    wave: 2,
    step: 'Planned',
    ...members,
  };
}

const RECORD: RolloutRecord = {
  rollout: ROLLOUT,
  plan: undefined,
  waves: [
    { wave: 1, startedAt: minute(4), verdict: 'next', reason: 'all green', endedAt: minute(9) },
  ],
  instances: [
    instance('i-1', { wave: 1, outcome: 'Updated', startedAt: minute(4), finishedAt: minute(6) }),
    instance('i-2', {
      step: 'Undoing',
      startedAt: minute(10),
      drainedAt: minute(10),
      rebootSentAt: minute(11),
      undo: {
        error: 'RebootTimedOut',
        because: 'it did not come back',
        beganAt: minute(40),
        done: {},
      },
    }),
    instance('i-3', {
      outcome: 'NeedsAttention',
      reason: 'silent',
      startedAt: minute(10),
      finishedAt: minute(50),
    }),
    instance('i-4', {}),
    instance('i-5', { wave: 3 }),
    instance('i-6', {
      wave: undefined,
      outcome: 'Skipped',
      code: 'StandaloneTasks',
      reason: 'a task',
      finishedAt: minute(1),
    }),
  ],
  journal: [
    { at: AT, what: 'opened', who: 'ann', why: 'rollout of prod' },
    { at: minute(50), what: 'NeedsAttention', who: 'updater', why: 'silent', subject: 'i-3' },
  ],
};

const WAITING = { ec2InstanceId: 'i-4', reason: 'zone eu-west-1a is busy' };
const VIEW: RolloutView = {
  rolloutId: 'night',
  record: RECORD,
  execution: { status: 'RUNNING' } as RolloutView['execution'],
  standing: {
    state: 'RunWave',
    enteredAt: minute(9),
    answer: undefined,
    answeredAt: 0,
    startedArn: undefined,
  },
  wave: 2,
  ofWave: {
    state: 'AwaitProgress',
    enteredAt: minute(50),
    answer: { reason: 'the failure budget allows no more', open: 1, waiting: [WAITING] },
    answeredAt: minute(50),
    startedArn: undefined,
  },
};

function text(view: RolloutView): string {
  const lines = statusLines(statusOf(view), Number.POSITIVE_INFINITY);
  return lines
    .map((line) => paintLine(line, { width: Number.POSITIVE_INFINITY, colour: false }))
    .join('\n');
}

const changed = (rollout: Partial<Rollout>, view: Partial<RolloutView> = {}): RolloutView => ({
  ...VIEW,
  record: { ...RECORD, rollout: { ...ROLLOUT, ...rollout } },
  ...view,
});

describe('status', () => {
  it('says phase, waves, counts, what is open, whom somebody must look at, and what waits', () => {
    expect(text(VIEW)).toBe(
      [
        'rollout      night of cluster prod, started by ann at 2026-11-24T02:00:00Z',
        'phase        rolling out, wave 2 of 3',
        'targets      aws-ecs-2/x86_64 1.65.0',
        'wave 1       canary, 1 of 1 over; next: all green',
        'wave 2       1 of 3 over; runs: the failure budget allows no more',
        'wave 3       0 of 1 over; to come',
        'instances    1 Updated, 1 Skipped, 1 NeedsAttention, 1 open, 2 to come',
        '             i-2 undoing',
        '             i-3 NeedsAttention: silent',
        'waiting      1: zone eu-west-1a is busy',
      ].join('\n'),
    );
  });

  it('says who paused and who aborted it, and when', () => {
    const control = { pause: { by: 'ann', at: minute(2) }, abort: { by: 'bob', at: minute(3) } };
    expect(text(changed({ control }))).toContain(
      'aborted      by bob at 2026-11-24T02:03:00Z\npaused       by ann at 2026-11-24T02:02:00Z',
    );
  });

  it('says how it ended and why instead of a phase', () => {
    const ended = text(
      changed(
        { ending: 'FailedDirty', reason: 'see i-3', closedAt: minute(60) },
        { wave: undefined },
      ),
    );
    expect(ended).toContain('FailedDirty  see i-3 (2026-11-24T03:00:00Z)');
    expect(ended).not.toContain('phase');
    expect(ended).toContain('wave 3       0 of 1 over; never began');
  });

  it('says that the sweep closes what an execution left open', () => {
    const execution = { status: 'ABORTED' } as RolloutView['execution'];
    const view = changed(
      {},
      { execution, standing: undefined, wave: undefined, ofWave: undefined },
    );
    expect(endOf(view)).toBeUndefined();
    expect(text(view)).toContain('its execution is over (ABORTED), the sweep ends what is open');
    const began = { ...RECORD, waves: [...RECORD.waves, { wave: 2, startedAt: minute(10) }] };
    expect(text({ ...view, record: began })).toContain('wave 2       1 of 3 over; did not end');
  });
});

describe('an execution that never opened its rollout', () => {
  const none = { rollout: undefined, plan: undefined, waves: [], instances: [], journal: [] };
  const ended = (execution: object): RolloutView => ({
    ...VIEW,
    record: none,
    execution: execution as RolloutView['execution'],
  });

  it.each([
    [
      { status: 'SUCCEEDED', output: '{"verdict": "Halted", "reason": "another holds it"}' },
      { ending: 'Halted', reason: 'another holds it' },
    ],
    [
      { status: 'FAILED', error: 'FailedClean', cause: 'Cannot accept the policy' },
      { ending: 'FailedClean', reason: 'Cannot accept the policy' },
    ],
    [
      { status: 'ABORTED' },
      { ending: 'Halted', reason: 'its execution ended ABORTED before the rollout was opened' },
    ],
    [{ status: 'RUNNING' }, undefined],
  ])('%j', (execution, expected) => {
    expect(endOf(ended(execution))).toEqual(expected);
  });
});

describe('news', () => {
  it('is in the order in which it happened, with the instants of the record', () => {
    const told = newsOf(VIEW).map(({ at, ec2InstanceId, text: said }) => [
      (at - AT) / 60_000,
      ec2InstanceId,
      said,
    ]);
    expect(told).toEqual([
      [0, '', 'opened by ann: rollout of prod'],
      [1, 'i-6', 'Skipped: a task'],
      [4, '', 'wave 1 begins'],
      [10, 'i-2', 'draining'],
      [11, 'i-2', 'rebooting into 1.65.0'],
      [40, 'i-2', 'undoing: it did not come back'],
      [50, 'i-3', 'NeedsAttention: silent'],
    ]);
  });

  it('leaves out those that had no turn: the rollout closes with their reason', () => {
    const late = instance('i-7', {
      outcome: 'NotStarted',
      reason: 'aborted',
      finishedAt: minute(60),
    });
    expect(newsOf({ ...VIEW, record: { ...RECORD, instances: [late] } })).toHaveLength(3);
  });

  it('tells why nothing moves, once for each reason, and only when nothing does', () => {
    const idle = (answeredAt: number): RolloutView => ({
      ...VIEW,
      ofWave: { ...VIEW.ofWave!, answer: { ...VIEW.ofWave?.answer, open: 0 }, answeredAt },
    });
    const [first, later] = [minute(51), minute(52)].map((at) => newsOf(idle(at)).at(-1));
    expect(first?.text).toBe('waits: zone eu-west-1a is busy');
    expect(later?.key).toBe(first?.key);
    expect(newsOf(VIEW).map((one) => one.text)).not.toContain(first?.text);
  });

  it('tells a bake, and a gate that keeps it from counting', () => {
    const baking = (reason: string) =>
      newsOf({
        ...VIEW,
        ofWave: { ...VIEW.ofWave!, state: 'LetBake', answer: { reason }, answeredAt: minute(55) },
      }).at(-1)?.text;
    expect(baking('bakes until 03:00')).toBe('wave 2 bakes until 03:00');
    expect(baking('alarm web-5xx is in ALARM')).toBe(
      'wave 2 does not bake: alarm web-5xx is in ALARM',
    );
  });
});

describe('the running wave', () => {
  const { waves = [] } = ROLLOUT;

  it('is the first without a verdict', () => {
    expect(runningWave(RECORD)).toBe(2);
  });

  it('is the way back, although others had no turn', () => {
    const rollout = { ...ROLLOUT, waves: [...waves, { wave: 4, kind: 'rollback', size: 1 }] };
    expect(runningWave({ ...RECORD, rollout })).toBe(4);
  });
});

describe('an approval', () => {
  const asks = { ...ROLLOUT.policy, approval: { ...ROLLOUT.policy.approval, required: true } };
  const asking = changed({ policy: asks, prepared: false });

  it('is kept when it comes early, and refused when nobody asks', () => {
    expect(whyNotWaiting(asking)).toBeUndefined();
    expect(whyNotWaiting(changed({ policy: asks, prepared: true }))).toContain('it has gone on');
    expect(whyNotWaiting(VIEW)).toBe('its policy asks for none (approval.required)');
    const { rollout: _, ...record } = VIEW.record;
    const unopened = { ...VIEW, record: { ...record, rollout: undefined } };
    expect(whyNotWaiting(unopened)).toContain('not opened yet');
  });

  it('comes too late after an abort or an end', () => {
    const { record } = changed({ control: { abort: { by: 'bob', at: AT } } });
    expect(whyNotWaiting({ ...asking, record })).toBe('bob aborted it');
    expect(whyNotWaiting(changed({ ending: 'Halted', reason: 'refused' }))).toBe(
      'it ended Halted: refused',
    );
  });
});
