// A whole rollout: its path to each end, on the shipped definitions, with run-wave beneath it.

import { describe, expect, it } from 'vitest';
import { returns, type Script, silence, succeeds, throws } from './machines.ts';
import {
  CLOSED,
  DISCOVERED,
  evaluate,
  held,
  OPENED,
  opened,
  PLANNED,
  PREPARED,
  rollOut,
  WAVE,
} from './roll-out-cluster.ts';

describe('roll-out-cluster', () => {
  it('roll-out-cluster ends Succeeded after one good wave', async () => {
    const ended = await rollOut();
    expect(ended.path).toEqual([...PREPARED, ...WAVE, 'CloseEvaluated', ...CLOSED, 'Succeeded']);
    expect(ended.status).toBe('SUCCEEDED');
    expect(ended.output).toEqual({ verdict: 'Succeeded', reason: '1 good', counts: {} });
  });

  it('roll-out-cluster gives OpenRollout its input and its own name, and all others ids alone', async () => {
    const ended = await rollOut({ 'evaluate-wave': [evaluate(2)] }, 'night-1');
    expect(ended.given('open-rollout')).toEqual([
      {
        executionArn: ended.executionArn,
        executionName: 'night-1',
        input: { cluster: 'prod' },
      },
    ]);
    expect(ended.given('discover-container-instances')).toEqual([held]);
    expect(ended.given('plan-waves')).toEqual([held]);
    expect(ended.given('check-updates')).toEqual([{ ...held, token: expect.any(String) }]);
    expect(ended.given('prepare-updates')).toEqual([held]);
    expect(ended.given('evaluate-wave').map(({ wave, result }) => [wave, result])).toEqual([
      [1, { verdict: 'baked', reason: 'green' }],
      [2, { verdict: 'baked', reason: 'green' }],
    ]);
    expect(ended.given('close-rollout')).toEqual([
      {
        ...held,
        because: { verdict: 'done', reason: '2 good' },
        closingSince: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      },
    ]);
  });

  it('roll-out-cluster runs one execution per wave, named by rollout and wave', async () => {
    const ended = await rollOut({ 'evaluate-wave': [evaluate(2)] });
    expect(ended.path).toEqual([
      ...PREPARED,
      ...WAVE,
      ...WAVE,
      'CloseEvaluated',
      ...CLOSED,
      'Succeeded',
    ]);
    const waves = ended.region.states
      .executions()
      .filter((one) => one.stateMachine.name === 'run-wave');
    expect(waves.map((one) => [one.name, one.status])).toEqual([
      ['night.wave-1', 'SUCCEEDED'],
      ['night.wave-2', 'SUCCEEDED'],
    ]);
    expect(ended.given('dispatch-container-instances')).toEqual([
      expect.objectContaining({ ...held, wave: 1 }),
      expect.objectContaining({ ...held, wave: 2 }),
    ]);
  });

  it('roll-out-cluster runs a wave on in another execution when the first hands over', async () => {
    const dispatches = new Array(2500).fill(returns({ verdict: 'again', reason: 'room was made' }));
    const ended = await rollOut({
      'dispatch-container-instances': [...dispatches, returns({ verdict: 'done', reason: 'over' })],
      'evaluate-wave': [evaluate(2)],
    });
    const handedOver = ['RunWave', 'IsWaveOver'];
    expect(ended.path).toEqual([
      ...PREPARED,
      ...handedOver,
      ...handedOver,
      ...WAVE,
      ...WAVE,
      'CloseEvaluated',
      ...CLOSED,
      'Succeeded',
    ]);
    const names = ended.region.states.executions().map((one) => one.name);
    // The next wave counts from one again.
    expect(names).toEqual([
      'night',
      'night.wave-1',
      'night.wave-1.2',
      'night.wave-1.3',
      'night.wave-2',
    ]);
    expect(ended.given('evaluate-wave').map(({ wave }) => wave)).toEqual([1, 2]);
  });

  it.each([
    ['halt', 'aborted by ann', 'dispatch-container-instances'],
    ['failed', 'alarm errors is in ALARM', 'bake-wave'],
  ])('roll-out-cluster ends Halted when a wave ends with %s', async (verdict, reason, file) => {
    const ended = await rollOut({
      [file]: [returns({ verdict, reason })],
      'evaluate-wave': [evaluate(2)],
    });
    expect(ended.path).toEqual([...PREPARED, ...WAVE, 'CloseEvaluated', ...CLOSED, 'Halted']);
    expect(ended.output).toEqual({ verdict: 'Halted', reason });
    expect(ended.given('close-rollout')[0]?.because).toEqual({ verdict: 'halt', reason });
  });
});

describe('roll-out-cluster that goes back', () => {
  const reason = 'alarm errors is in ALARM';
  const goesBack: Script = {
    'bake-wave': [
      returns({ verdict: 'failed', reason }),
      returns({ verdict: 'baked', reason: 'every one of them is over' }),
    ],
    'evaluate-wave': [
      returns({ verdict: 'roll-back', reason, nextWave: 2 }),
      returns({ verdict: 'halt', reason: `taken back: ${reason}`, nextWave: 5 }),
    ],
    'plan-rollback': [returns({ verdict: 'roll-back', wave: 4, reason: '3 are taken back' })],
  };
  const BACK = ['PlanRollback', 'PrepareUpdates', ...WAVE];

  it('roll-out-cluster takes back what it updated, by the same run-wave, and ends Halted', async () => {
    const ended = await rollOut(goesBack);
    expect(ended.path).toEqual([
      ...PREPARED,
      ...WAVE,
      ...BACK,
      'CloseEvaluated',
      ...CLOSED,
      'Halted',
    ]);
    expect(ended.output).toEqual({ verdict: 'Halted', reason: `taken back: ${reason}` });
  });

  it('roll-out-cluster prepares and runs the wave that was planned for the way back', async () => {
    const ended = await rollOut(goesBack);
    expect(ended.given('plan-rollback')).toEqual([{ ...held, wave: 1, reason }]);
    expect(ended.given('prepare-updates').map(({ wave }) => wave)).toEqual([undefined, 4]);
    expect(ended.given('dispatch-container-instances').map(({ wave }) => wave)).toEqual([1, 4]);
    expect(ended.given('evaluate-wave').map(({ wave }) => wave)).toEqual([1, 4]);
    const names = ended.region.states.executions().map((one) => one.name);
    expect(names).toEqual(['night', 'night.wave-1', 'night.wave-4']);
  });

  it('roll-out-cluster closes when the way back cannot be planned', async () => {
    const ended = await rollOut({ ...goesBack, 'plan-rollback': [throws('Broken', 'why')] });
    expect(ended.path.slice(-4)).toEqual(['PlanRollback', ...CLOSED, 'FailedClean']);
  });

  it('roll-out-cluster leaves the end to the closing when PlanRollback finds the lease lost', async () => {
    const lost = [throws('LeaseLost', 'why')];
    const ended = await rollOut({ ...goesBack, 'plan-rollback': lost, 'close-rollout': lost });
    expect(ended.path.slice(-3)).toEqual(['PlanRollback', 'CloseRollout', 'FailedClean']);
  });

  it('roll-out-cluster plans the way back again after a bad moment', async () => {
    const [planned] = goesBack['plan-rollback']!;
    const ended = await rollOut({
      ...goesBack,
      'plan-rollback': [throws('ThrottlingException'), planned!],
    });
    expect(ended.path.at(-1)).toBe('Halted');
  });
});

describe('roll-out-cluster that does not begin', () => {
  it.each(['held', 'closed'])(
    'roll-out-cluster ends Halted when OpenRollout says %s',
    async (verdict) => {
      const reason = 'rollout night-0 holds the lease on cluster prod';
      const ended = await rollOut({ 'open-rollout': [returns({ verdict, reason })] });
      expect(ended.path).toEqual([...OPENED, 'Halted']);
      expect(ended.status).toBe('SUCCEEDED');
      expect(ended.output).toEqual({ verdict: 'Halted', reason });
      expect(ended.given('close-rollout')).toEqual([]);
    },
  );

  it('roll-out-cluster ends FailedClean on bad input, with nothing but its message', async () => {
    const message = 'Cannot accept the policy: cluster: found nothing, expected text';
    const ended = await rollOut({ 'open-rollout': [throws('BadInput', message)] });
    expect(ended.path).toEqual(['OpenRollout', 'FailedClean']);
    expect(ended).toMatchObject({ status: 'FAILED', error: 'FailedClean', cause: message });
    expect(ended.given('open-rollout')).toHaveLength(1);
  });

  it('roll-out-cluster ends FailedClean when it cannot be opened at all', async () => {
    const ended = await rollOut({ 'open-rollout': [throws('Broken', 'the table is gone')] });
    expect(ended.path).toEqual(['OpenRollout', 'FailedClean']);
    expect(ended.cause).toContain('the table is gone');
  });

  it('roll-out-cluster ends Succeeded when there is nothing to ask', async () => {
    const reason = 'none of 4 container instances can be updated';
    const ended = await rollOut({
      'discover-container-instances': [returns({ verdict: 'nothing', reason })],
    });
    expect(ended.path).toEqual([...DISCOVERED, ...CLOSED, 'Succeeded']);
    expect(ended.given('close-rollout')[0]?.because).toEqual({ verdict: 'nothing', reason });
  });

  it('roll-out-cluster ends Succeeded when there is nothing to do', async () => {
    const reason = 'no container instance needs or allows an update';
    const ended = await rollOut({
      'plan-waves': [returns({ verdict: 'nothing', waves: 0, chosen: 0, reason })],
    });
    expect(ended.path).toEqual([...PLANNED, ...CLOSED, 'Succeeded']);
    expect(ended.given('close-rollout')[0]?.because).toEqual({ verdict: 'nothing', reason });
  });

  it('roll-out-cluster ends Succeeded after the plan when that is all that was asked for', async () => {
    const approval = { required: true, timeoutSeconds: 3600 };
    const ended = await rollOut({ 'open-rollout': [opened({ planOnly: true, approval })] });
    expect(ended.path).toEqual([...PLANNED, ...CLOSED, 'Succeeded']);
    expect(ended.given('close-rollout')[0]?.because).toEqual({
      verdict: 'nothing',
      reason: '3 of 4',
    });
  });
});

describe('roll-out-cluster that needs approval', () => {
  const asks = {
    'open-rollout': [opened({ approval: { required: true, timeoutSeconds: 3600 } })],
  };
  const ASKED = [...PLANNED, 'AwaitApproval', 'IsApproved'];

  it('roll-out-cluster goes on when it is approved', async () => {
    const ended = await rollOut(asks);
    expect(ended.path).toEqual([
      ...ASKED,
      'PrepareUpdates',
      ...WAVE,
      'CloseEvaluated',
      ...CLOSED,
      'Succeeded',
    ]);
    expect(ended.given('await-approval')).toEqual([
      { ...held, token: expect.any(String), timeoutSeconds: 3600 },
    ]);
  });

  it('roll-out-cluster ends Halted when it is refused, with nothing touched', async () => {
    const reason = 'refused by ann';
    const ended = await rollOut({
      ...asks,
      'await-approval': [succeeds({ verdict: 'refused', reason }, 60)],
    });
    expect(ended.path).toEqual([...ASKED, 'CloseRefused', ...CLOSED, 'Halted']);
    expect(ended.output).toEqual({ verdict: 'Halted', reason });
    expect(ended.given('prepare-updates')).toEqual([]);
  });

  it('roll-out-cluster closes when not even the end of the waiting is answered', async () => {
    const ended = await rollOut({ ...asks, 'await-approval': [silence()] });
    expect(ended.path).toEqual([...PLANNED, 'AwaitApproval', ...CLOSED, 'FailedClean']);
    expect(ended.seconds).toBeGreaterThanOrEqual(3600 + 600);
  });
});
