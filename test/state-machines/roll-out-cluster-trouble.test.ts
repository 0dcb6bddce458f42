// A whole rollout in trouble: functions that fail, time out or never answer, and where that ends.

import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../simulator/kernel/service.ts';
import { fails, hangs, silence, TRANSIENT_ERRORS, throws } from './machines.ts';
import {
  CLOSED,
  close,
  closed,
  DISCOVERED,
  GOOD,
  OPENED,
  opened,
  PLANNED,
  PREPARED,
  rollOut,
} from './roll-out-cluster.ts';

/** Each task after the lease was taken: its state, its function, what must happen before. */
const WORK: readonly (readonly [string, string, readonly string[]])[] = [
  ['DiscoverContainerInstances', 'discover-container-instances', OPENED],
  ['CheckUpdates', 'check-updates', DISCOVERED],
  ['PlanWaves', 'plan-waves', [...DISCOVERED, 'CheckUpdates']],
  ['PrepareUpdates', 'prepare-updates', PLANNED],
  ['EvaluateWave', 'evaluate-wave', [...PREPARED, 'RunWave', 'IsWaveOver']],
];

describe('roll-out-cluster in trouble', () => {
  it.each(WORK)(
    'roll-out-cluster closes when %s fails, and says so',
    async (state, file, before) => {
      const ended = await rollOut({ [file]: [throws('Broken', 'the table is gone')] });
      expect(ended.path).toEqual([...before, state, ...CLOSED, 'FailedClean']);
      expect(ended.given(file)).toHaveLength(1);
      const { because } = ended.given('close-rollout')[0] as { because: JsonObject };
      expect(because.verdict).toBe('error');
      expect(because.reason).toMatch(new RegExp(`^${state} failed with Broken: the table is gone`));
    },
  );

  it.each(WORK)(
    'roll-out-cluster does nothing more when %s and the closing find the lease lost',
    async (state, file, before) => {
      const lost = [throws('LeaseLost', 'night-2 holds the lease')];
      const ended = await rollOut({ [file]: lost, 'close-rollout': lost });
      expect(ended.path).toEqual([...before, state, 'CloseRollout', 'FailedClean']);
      expect(ended.cause).toContain('night-2 holds the lease');
      expect(ended.given('close-rollout')).toHaveLength(1);
    },
  );

  it.each(WORK)(
    'roll-out-cluster ends as the sweep has closed it when %s finds the lease lost',
    async (state, file, before) => {
      const ended = await rollOut({
        [file]: [throws('LeaseLost', 'nobody holds the lease any more')],
        'close-rollout': [closed('Halted', 'closed by the sweep')],
      });
      expect(ended.path).toEqual([...before, state, ...CLOSED, 'Halted']);
    },
  );

  it('roll-out-cluster closes when nobody answers CheckUpdates', async () => {
    const ended = await rollOut({ 'check-updates': [silence()] });
    expect(ended.path.slice(-4)).toEqual(['CheckUpdates', ...CLOSED, 'FailedClean']);
    expect(ended.seconds).toBeGreaterThanOrEqual(1200);
  });

  it('roll-out-cluster closes when a token is failed', async () => {
    const ended = await rollOut({ 'check-updates': [fails('Broken', 'why', 5)] });
    expect(ended.given('close-rollout')[0]?.because).toEqual({
      verdict: 'error',
      reason: 'CheckUpdates failed with Broken: why',
    });
  });

  it('roll-out-cluster waits for what is open when its wave failed, then closes', async () => {
    const ended = await rollOut({
      'dispatch-container-instances': [throws('Broken', 'the table is gone')],
      'close-rollout': [
        closed('open', '2 container instances are still being ended'),
        closed('open', '1 container instances are still being ended'),
        close,
      ],
    });
    expect(ended.path).toEqual([
      ...PREPARED,
      'RunWave',
      ...[...CLOSED, 'LetInstancesEnd'],
      ...[...CLOSED, 'LetInstancesEnd'],
      ...CLOSED,
      'FailedClean',
    ]);
    const closings = ended.given('close-rollout');
    expect(closings[0]).toMatchObject({ because: { verdict: 'error' } });
    expect(new Set(closings.map(({ closingSince }) => closingSince)).size).toBe(1);
    // Step Functions describes the child's execution as JSON: people are told what it ended with.
    expect(ended.cause).toBe(
      'RunWave failed with States.TaskFailed: its execution ended FAILED, Broken: the table is gone',
    );
  });

  it.each([
    ['Succeeded', 'SUCCEEDED'],
    ['Halted', 'SUCCEEDED'],
    ['FailedClean', 'FAILED'],
    ['FailedDirty', 'FAILED'],
  ])('roll-out-cluster ends %s when the closing says so', async (verdict, status) => {
    const ended = await rollOut({ 'close-rollout': [closed(verdict, 'because')] });
    expect(ended.path.at(-1)).toBe(verdict);
    expect(ended.status).toBe(status);
    if (status === 'FAILED') expect(ended).toMatchObject({ error: verdict, cause: 'because' });
  });

  it('roll-out-cluster ends FailedDirty when the closing says something unheard of', async () => {
    expect((await rollOut({ 'close-rollout': [closed('Odd')] })).path.at(-1)).toBe('FailedDirty');
  });

  it('roll-out-cluster ends FailedDirty when it cannot be closed', async () => {
    const ended = await rollOut({ 'close-rollout': [throws('Broken', 'the table is gone')] });
    expect(ended.path.slice(-2)).toEqual(['CloseRollout', 'FailedDirty']);
    expect(ended.error).toBe('FailedDirty');
    expect(ended.cause).toBe('CloseRollout failed with Broken: the table is gone');
  });

  it.each([
    ['OpenRollout', 'open-rollout', 'FailedClean', 120],
    ['CloseRollout', 'close-rollout', 'FailedDirty', 600],
  ])('roll-out-cluster outlives a function of %s that hangs', async (state, file, end, seconds) => {
    const ended = await rollOut({ [file]: [hangs()] });
    expect(ended.path.slice(-2)).toEqual([state, end]);
    expect(ended.error).toBe(end);
    expect(ended.seconds).toBeGreaterThanOrEqual(seconds);
  });

  it('roll-out-cluster ends FailedClean when it lost its lease while closing', async () => {
    const ended = await rollOut({ 'close-rollout': [throws('LeaseLost', 'night-2 holds it')] });
    expect(ended.path.slice(-2)).toEqual(['CloseRollout', 'FailedClean']);
  });

  it.each(TRANSIENT_ERRORS)(
    'roll-out-cluster tries every function again after %s',
    async (error) => {
      const script = Object.fromEntries(
        Object.entries(GOOD).map(([file, answers]) => [file, [throws(error), ...answers]]),
      );
      const ended = await rollOut({
        ...script,
        'open-rollout': [
          throws(error),
          opened({ approval: { required: true, timeoutSeconds: 60 } }),
        ],
      });
      expect(ended.path.at(-1)).toBe('Succeeded');
      for (const file of Object.keys(GOOD)) expect(ended.given(file).length).toBeGreaterThan(1);
    },
  );
});
