// The update of one container instance: its path to each end, on the shipped definition.

import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../functions/core/model.ts';
import { endingOf } from '../../functions/core/outcome.ts';
import {
  type Answer,
  fails,
  hangs,
  returns,
  run,
  type Script,
  silence,
  succeeds,
  TRANSIENT_ERRORS,
  throws,
} from './machines.ts';

const input = {
  rolloutId: 'night',
  clusterArn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/prod',
  fence: 3,
  ec2InstanceId: 'i-0a',
  containerInstanceArn: 'arn:aws:ecs:eu-west-1:111122223333:container-instance/prod/a',
  attempt: 1,
  limits: {
    drainTimeoutSeconds: 1500,
    rebootTimeoutSeconds: 900,
    verifyTimeoutSeconds: 600,
    agentStableSeconds: 15,
    daemonTimeoutSeconds: 500,
    standaloneTasks: 'skip',
  },
};

/** As the function does it: the end is judged from the outcome. */
const record: Answer = ({ result }) => {
  const { outcome, reason } = result as { outcome: Outcome; reason: string };
  return { verdict: endingOf([outcome]), outcome, reason };
};

function undone(outcome: Outcome, reason = 'why'): Answer {
  return returns({ verdict: 'undone', outcome, reason });
}

const undoing = returns({ verdict: 'undoing', seconds: 20, reason: 'the host has not answered' });

const GOOD: Script = {
  'drain-container-instance': [succeeds({}, 300)],
  'reboot-into-update': [succeeds({ bootId: 'boot-2', version: '1.65.0' }, 90)],
  'verify-container-instance': [succeeds({ agentVersion: '1.105.1' }, 5)],
  'return-to-service': [returns({ verdict: 'returned' })],
  'confirm-container-instance': [succeeds({}, 10)],
  'undo-container-instance': [undone('Failed')],
  'record-outcome': [record],
};

const STEPS = [
  'DrainContainerInstance',
  'RebootIntoUpdate',
  'VerifyContainerInstance',
  'LetAgentSettle',
  'ReturnToService',
  'ConfirmContainerInstance',
];
const RECORDED = ['RecordOutcome', 'HowDidItEnd'];

/** The steps up to and including this one. */
function upTo(step: string): string[] {
  return STEPS.slice(0, STEPS.indexOf(step) + 1);
}

function update(over: Script = {}) {
  return run('update-container-instance', input, { ...GOOD, ...over });
}

/** Each working step: its state, its function, and whether a token ends it. */
const WORK = [
  ['DrainContainerInstance', 'drain-container-instance', true],
  ['RebootIntoUpdate', 'reboot-into-update', true],
  ['VerifyContainerInstance', 'verify-container-instance', true],
  ['ReturnToService', 'return-to-service', false],
  ['ConfirmContainerInstance', 'confirm-container-instance', true],
] as const;

describe('update-container-instance', () => {
  it('update-container-instance ends Succeeded when every step does', async () => {
    const ended = await update();
    expect(ended.path).toEqual([...STEPS, ...RECORDED, 'Succeeded']);
    expect(ended.status).toBe('SUCCEEDED');
    expect(ended.output).toEqual({ reason: 'runs 1.65.0 and serves' });
    expect(ended.given('record-outcome')).toEqual([
      { ...input, result: { outcome: 'Updated', reason: 'runs 1.65.0 and serves' } },
    ]);
    expect(ended.given('verify-container-instance')[0]).toMatchObject({
      ...input,
      booted: { bootId: 'boot-2', version: '1.65.0' },
    });
    expect(ended.region.states.transitions).toBeLessThanOrEqual(12);
  });

  it('update-container-instance waits for its agent as long as the policy says', async () => {
    const ended = await update();
    // 300 to drain, 90 to reboot, 5 to verify, 15 to settle, 10 to confirm; calls take a little.
    expect(ended.seconds).toBeGreaterThanOrEqual(420);
    expect(ended.seconds).toBeLessThan(430);
  });

  it.each(WORK)('update-container-instance passes ids to %s', async (_, file, token) => {
    const [given] = (await update()).given(file);
    expect(given).toMatchObject(input);
    expect(typeof given?.token).toBe(token ? 'string' : 'undefined');
  });

  it('update-container-instance takes a token that is answered before its function returns', async () => {
    const at = (output: unknown = {}) => [succeeds(output)];
    const ended = await update({
      'drain-container-instance': at(),
      'reboot-into-update': at({ bootId: 'boot-2', version: '1.65.0' }),
      'verify-container-instance': at(),
      'confirm-container-instance': at(),
    });
    expect(ended.path).toEqual([...STEPS, ...RECORDED, 'Succeeded']);
  });
});

describe('update-container-instance that is undone', () => {
  it('update-container-instance ends Succeeded when its drain timed out and it serves again', async () => {
    const cause = 'not drained within 25 minutes: 2 tasks left: 2 × web STOPPING';
    const ended = await update({
      'drain-container-instance': [fails('DrainTimedOut', cause, 1500)],
      'undo-container-instance': [undone('Blocked', cause)],
    });
    expect(ended.path).toEqual([
      'DrainContainerInstance',
      'UndoContainerInstance',
      'IsUndone',
      ...RECORDED,
      'Succeeded',
    ]);
    expect(ended.given('undo-container-instance')).toEqual([
      {
        ...input,
        failure: { Error: 'DrainTimedOut', Cause: cause, State: 'DrainContainerInstance' },
      },
    ]);
    expect(ended.given('record-outcome')[0]?.result).toEqual({ outcome: 'Blocked', reason: cause });
    expect(ended.output).toEqual({ reason: cause });
  });

  it.each(WORK)(
    'update-container-instance ends FailedClean when %s fails and the undo succeeds',
    async (state, file, token) => {
      const ended = await update({
        [file]: [token ? fails('Broken', 'why', 1) : throws('Broken', 'why')],
      });
      expect(ended.path).toEqual([
        ...upTo(state),
        'UndoContainerInstance',
        'IsUndone',
        ...RECORDED,
        'FailedClean',
      ]);
      expect(ended).toMatchObject({ status: 'FAILED', error: 'FailedClean', cause: 'why' });
      expect(ended.given('undo-container-instance')[0]?.failure).toMatchObject({ Error: 'Broken' });
    },
  );

  it('update-container-instance ends FailedClean when the host fell back by itself', async () => {
    const ended = await update({
      'reboot-into-update': [fails('FellBack', 'it came back on 1.64.0', 120)],
      'undo-container-instance': [undoing, undoing, undone('FellBack', 'it fell back')],
    });
    expect(ended.path).toEqual([
      ...upTo('RebootIntoUpdate'),
      ...['UndoContainerInstance', 'IsUndone', 'LetUndoWork'],
      ...['UndoContainerInstance', 'IsUndone', 'LetUndoWork'],
      ...['UndoContainerInstance', 'IsUndone'],
      ...RECORDED,
      'FailedClean',
    ]);
    expect(ended).toMatchObject({ error: 'FailedClean', cause: 'it fell back' });
    expect(ended.seconds).toBeGreaterThanOrEqual(300 + 120 + 40);
    const failures = ended.given('undo-container-instance').map(({ failure }) => failure);
    expect(failures).toEqual(
      new Array(3).fill({
        Error: 'FellBack',
        Cause: 'it came back on 1.64.0',
        State: 'RebootIntoUpdate',
      }),
    );
  });

  it('update-container-instance ends FailedDirty when the host never came back', async () => {
    const ended = await update({
      'reboot-into-update': [fails('RebootTimedOut', 'not within 15 minutes', 900)],
      'undo-container-instance': [undoing, undone('NeedsAttention', 'it never came back')],
    });
    expect(ended.path.slice(-3)).toEqual([...RECORDED, 'FailedDirty']);
    expect(ended).toMatchObject({
      status: 'FAILED',
      error: 'FailedDirty',
      cause: 'it never came back',
    });
  });

  it.each([
    ['Gone', 'Succeeded'],
    ['Yielded', 'Succeeded'],
    ['Updated', 'Succeeded'],
    ['RolledBack', 'FailedClean'],
    ['NeedsAttention', 'FailedDirty'],
  ] as const)('update-container-instance undone as %s ends %s', async (outcome, end) => {
    const ended = await update({
      'verify-container-instance': [fails('VerifyTimedOut', 'why')],
      'undo-container-instance': [undone(outcome)],
    });
    expect(ended.path.at(-1)).toBe(end);
  });

  it('update-container-instance tries an undo again for a quarter of an hour, whatever it failed with', async () => {
    const denied = throws('AccessDeniedException', 'not authorized');
    const ended = await update({
      'drain-container-instance': [fails('DrainTimedOut', 'why')],
      'undo-container-instance': [...Array(15).fill(denied), undone('Blocked', 'why')],
    });
    expect(ended.path.at(-1)).toBe('Succeeded');
    expect(ended.seconds).toBeGreaterThanOrEqual(15 * 60);
  });

  it('update-container-instance ends FailedDirty when not even the undo works', async () => {
    const ended = await update({
      'drain-container-instance': [fails('DrainTimedOut', 'why')],
      'undo-container-instance': [throws('Broken', 'the table is gone')],
    });
    expect(ended.path).toEqual([
      'DrainContainerInstance',
      'UndoContainerInstance',
      ...RECORDED,
      'FailedDirty',
    ]);
    expect(ended.given('record-outcome')[0]?.result).toEqual({
      outcome: 'NeedsAttention',
      reason: 'the undo failed with Broken: the table is gone',
    });
  });
});

describe('update-container-instance that is not answered', () => {
  it.each([
    ['DrainContainerInstance', 'drain-container-instance', 1800],
    ['RebootIntoUpdate', 'reboot-into-update', 1200],
    ['VerifyContainerInstance', 'verify-container-instance', 900],
    ['ConfirmContainerInstance', 'confirm-container-instance', 800],
  ])(
    'update-container-instance undoes %s when nobody answers, five minutes past its limit',
    async (state, file, seconds) => {
      const ended = await update({ [file]: [silence()] });
      expect(ended.path.slice(0, upTo(state).length + 1)).toEqual([
        ...upTo(state),
        'UndoContainerInstance',
      ]);
      expect(ended.given('undo-container-instance')[0]?.failure).toMatchObject({
        Error: 'States.Timeout',
      });
      expect(ended.seconds).toBeGreaterThanOrEqual(seconds);
      expect(ended.path.at(-1)).toBe('FailedClean');
    },
  );

  it('update-container-instance ends FailedDirty when its outcome cannot be recorded', async () => {
    const ended = await update({ 'record-outcome': [throws('Broken', 'the table is gone')] });
    expect(ended.path).toEqual([...STEPS, 'RecordOutcome', 'FailedDirty']);
    expect(ended.cause).toContain('the table is gone');
  });
});

describe('update-container-instance whose function hangs', () => {
  it('update-container-instance undoes a return to service that hangs', async () => {
    const ended = await update({ 'return-to-service': [hangs()] });
    expect(ended.path.slice(-5)).toEqual([
      'UndoContainerInstance',
      'IsUndone',
      ...RECORDED,
      'FailedClean',
    ]);
  });

  it.each([
    ['UndoContainerInstance', 'undo-container-instance', ['RecordOutcome', 'HowDidItEnd']],
    ['RecordOutcome', 'record-outcome', []],
  ])('update-container-instance ends FailedDirty when %s hangs', async (state, file, rest) => {
    const ended = await update({
      'drain-container-instance': [fails('DrainTimedOut', 'why')],
      [file]: [hangs()],
    });
    expect(ended.path.slice(-2 - rest.length)).toEqual([state, ...rest, 'FailedDirty']);
  });
});

describe('update-container-instance that lost its lease', () => {
  it.each([
    ...WORK,
    ['RecordOutcome', 'record-outcome', false] as const,
    ['UndoContainerInstance', 'undo-container-instance', false] as const,
  ])(
    'update-container-instance stops at once when %s finds the lease lost',
    async (state, file) => {
      const undoes = state === 'UndoContainerInstance';
      const ended = await update({
        ...(undoes ? { 'drain-container-instance': [fails('DrainTimedOut', 'why')] } : {}),
        [file]: [throws('LeaseLost', 'rollout night-2 holds the lease')],
      });
      expect(ended.path.slice(-2)).toEqual([state, 'FailedClean']);
      expect(ended.given(file)).toHaveLength(1);
      expect(ended.cause).toContain('rollout night-2 holds the lease');
      if (!undoes) expect(ended.given('undo-container-instance')).toEqual([]);
    },
  );
});

describe('update-container-instance on a bad day', () => {
  it('update-container-instance looks at an unsettled agent again, every 15 seconds', async () => {
    const unsettled = throws('AgentUnsettled', 'its ECS agent disconnected again');
    const ended = await update({
      'return-to-service': [unsettled, unsettled, returns({ verdict: 'returned' })],
    });
    expect(ended.path).toEqual([...STEPS, ...RECORDED, 'Succeeded']);
    expect(ended.given('return-to-service')).toHaveLength(3);
    expect(ended.seconds).toBeGreaterThanOrEqual(420 + 2 * 15);
  });

  it('update-container-instance undoes an agent that never settles, after 21 looks', async () => {
    const ended = await update({
      'return-to-service': [throws('AgentUnsettled', 'its ECS agent disconnected again')],
      'undo-container-instance': [undone('RolledBack')],
    });
    expect(ended.given('return-to-service')).toHaveLength(21);
    expect(ended.path.at(-1)).toBe('FailedClean');
    expect(ended.given('undo-container-instance')[0]?.failure).toMatchObject({
      Error: 'AgentUnsettled',
    });
  });

  it.each(TRANSIENT_ERRORS)(
    'update-container-instance tries every function again after %s',
    async (error) => {
      const script = Object.fromEntries(
        Object.entries(GOOD).map(([file, answers]) => [file, [throws(error), ...answers]]),
      );
      const ended = await update({
        ...script,
        'confirm-container-instance': [throws(error), fails('ConfirmTimedOut', 'why')],
        'undo-container-instance': [throws(error), undone('NeedsAttention')],
      });
      expect(ended.path).toEqual([
        ...STEPS,
        'UndoContainerInstance',
        'IsUndone',
        ...RECORDED,
        'FailedDirty',
      ]);
      for (const file of Object.keys(GOOD)) expect(ended.given(file)).toHaveLength(2);
    },
  );

  it('update-container-instance gives a step up after six retries, and an undo after twelve', async () => {
    const throttled = [throws('ThrottlingException', 'Rate exceeded')];
    const ended = await update({
      'drain-container-instance': throttled,
      'undo-container-instance': throttled,
    });
    expect(ended.given('drain-container-instance')).toHaveLength(7);
    expect(ended.given('undo-container-instance')).toHaveLength(13);
    expect(ended.path.at(-1)).toBe('FailedDirty');
  });

  it('update-container-instance takes a new token for every try', async () => {
    const { given } = await update({
      'drain-container-instance': [throws('TimeoutError'), succeeds()],
    });
    const [first, second] = given('drain-container-instance');
    expect(first?.token).not.toBe(second?.token);
  });
});
