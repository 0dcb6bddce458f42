// Retries, timeouts, quotas and faults: when an execution waits, and what ends it against its will.

import { describe, expect, it } from 'vitest';
import type { FaultSpec } from '../../../simulator/faults/faults.ts';
import type { JsonObject } from '../../../simulator/kernel/service.ts';
import { durationSeconds, makeStatesRegion, named, only, runMachine } from './region.ts';

const INVOKE = 'arn:aws:states:::lambda:invoke';
const task = (fields: JsonObject = {}): JsonObject => ({
  Type: 'Task',
  Resource: INVOKE,
  Arguments: { FunctionName: 'work' },
  ...fields,
});

/** Runs a task that always fails and answers the seconds between its attempts. */
async function delays(retry: JsonObject, seed = 1): Promise<number[]> {
  const attempts: number[] = [];
  const functions = {
    work: (_payload: JsonObject, region: ReturnType<typeof makeStatesRegion>) => {
      attempts.push(region.kernel.clock.now());
      throw named('Boom');
    },
  };
  const region = makeStatesRegion({ seed, functions });
  await runMachine(region, only(task({ Retry: [{ ErrorEquals: ['Boom'], ...retry }] })));
  return attempts.slice(1).map((at, index) => (at - attempts[index]!) / 1000);
}

describe('Retry', () => {
  it.each([
    ['its defaults', {}, [1, 2, 4]],
    ['IntervalSeconds and BackoffRate', { IntervalSeconds: 10, BackoffRate: 3 }, [10, 30, 90]],
    ['MaxDelaySeconds', { IntervalSeconds: 10, MaxDelaySeconds: 15, MaxAttempts: 3 }, [10, 15, 15]],
    ['MaxAttempts 0', { MaxAttempts: 0 }, []],
  ])('waits by %s', async (_name, retry, expected) => {
    expect(await delays(retry)).toEqual(expected);
  });

  it('with FULL jitter waits at most the delay, the same for the same seed', async () => {
    const retry = { IntervalSeconds: 100, JitterStrategy: 'FULL', MaxAttempts: 4 };
    const first = await delays(retry, 7);

    expect(await delays(retry, 7)).toEqual(first);
    expect(await delays(retry, 8)).not.toEqual(first);
    for (const [index, delay] of first.entries()) {
      expect(delay).toBeLessThanOrEqual(100 * 2 ** index);
    }
  });

  it('counts each entry by itself, and tells RetryCount', async () => {
    const seen: unknown[] = [];
    const functions = {
      work(payload: JsonObject) {
        seen.push(payload.count);
        throw named(seen.length % 2 ? 'Odd' : 'Even');
      },
    };
    const machine = only(
      task({
        Arguments: {
          FunctionName: 'work',
          Payload: { count: '{% $states.context.State.RetryCount %}' },
        },
        Retry: [
          { ErrorEquals: ['Odd'], MaxAttempts: 2 },
          { ErrorEquals: ['Even'], MaxAttempts: 1 },
        ],
      }),
    );

    const ended = await runMachine(makeStatesRegion({ functions }), machine);

    expect(seen).toEqual([0, 1, 2, 3]);
    expect(ended.error).toBe('Even');
  });

  it('never retries States.Runtime', async () => {
    const Retry = [{ ErrorEquals: ['States.Runtime', 'States.TaskFailed'] }];
    const machine = only(task({ Arguments: "{% {'Name': 'x'} %}", Retry }));
    const ended = await runMachine(makeStatesRegion(), machine);

    expect(ended.error).toBe('States.Runtime');
    expect(durationSeconds(ended)).toBeLessThan(1);
  });
});

describe("the machine's TimeoutSeconds", () => {
  it('ends as TIMED_OUT and runs no Catch', async () => {
    const region = makeStatesRegion({
      functions: { work: (_payload, { kernel }) => kernel.clock.sleep(3_600_000) },
    });
    const machine = {
      TimeoutSeconds: 60,
      StartAt: 'Try',
      States: {
        Try: task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }], End: true }),
        Done: { Type: 'Succeed' },
      },
    };
    const run = region.start(region.create(machine));

    const ended = await region.end(run);

    expect(ended.status).toBe('TIMED_OUT');
    expect(durationSeconds(ended)).toBe(60);
    expect(region.states.path(run)).toEqual(['Try']);
    const history = region.api('GetExecutionHistory', { executionArn: run });
    expect((history.events as JsonObject[]).at(-1)).toMatchObject({
      type: 'ExecutionTimedOut',
      previousEventId: 0,
      executionTimedOutEventDetails: { error: 'States.Timeout' },
    });
    const described = region.api('DescribeExecution', { executionArn: run });
    expect(described).not.toHaveProperty('error');
    expect(described.redriveStatus).toBe('REDRIVABLE');
  });
});

describe('the payload limit', () => {
  const machine = (catcher: string) => ({
    StartAt: 'Try',
    States: {
      Try: task({ Catch: [{ ErrorEquals: [catcher], Next: 'Done' }], End: true }),
      Done: { Type: 'Succeed', Output: 'caught' },
    },
  });
  // 3 bytes of UTF-8 per character: the limit counts bytes.
  const region = () => makeStatesRegion({ functions: { work: () => '\u20ac'.repeat(90_000) } });

  it('fails a task that returns more than 262,144 bytes', async () => {
    const ended = await runMachine(region(), only(task()));

    expect(ended).toMatchObject({
      error: 'States.DataLimitExceeded',
      cause:
        "The state/task 'lambda' returned a result with a size exceeding " +
        'the maximum number of bytes service limit.',
    });
  });

  it('is not caught by States.ALL, but by its own name', async () => {
    expect((await runMachine(region(), machine('States.ALL'))).status).toBe('FAILED');
    const caught = await runMachine(region(), machine('States.DataLimitExceeded'));
    expect(caught.parsed).toBe('caught');
  });

  it('binds the output of a state', async () => {
    const large = only({ Type: 'Pass', Output: "{% $pad('', 262200, 'x') %}" });

    const ended = await runMachine(makeStatesRegion(), large);

    expect(ended.error).toBe('States.DataLimitExceeded');
    expect(ended.cause).toContain("'Only'");
  });
});

describe('the history limit', () => {
  it('fails an execution whose 25,000th event would not be its last', async () => {
    const region = makeStatesRegion();
    const run = region.start(
      region.create({
        StartAt: 'Again',
        States: { Again: { Type: 'Pass', Next: 'Loop' }, Loop: { Type: 'Pass', Next: 'Again' } },
      }),
    );

    const ended = await region.end(run);

    expect(ended).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'The execution reached the maximum number of history events (25000).',
    });
    expect(region.states.longestHistory?.events).toBe(25_000);
  });

  it('also ends a Map whose other iterations still wait', async () => {
    const region = makeStatesRegion();
    const machine = only({
      Type: 'Map',
      Items: '{% [1..2] %}',
      ItemProcessor: {
        StartAt: 'Which',
        States: {
          Which: {
            Type: 'Choice',
            Choices: [{ Condition: '{% $states.input = 1 %}', Next: 'Spin' }],
            Default: 'Rest',
          },
          Rest: { Type: 'Wait', Seconds: 864_000, End: true },
          Spin: { Type: 'Pass', Next: 'Which' },
        },
      },
    });

    const ended = await region.end(region.start(region.create(machine)));

    expect(ended.error).toBe('States.Runtime');
    expect(durationSeconds(ended)).toBeLessThan(3600);
  });
});

describe('faults', () => {
  const rest = only({ Type: 'Wait', Seconds: 3600 });
  const run = async (faults: readonly FaultSpec[], names = ['rollout-1']) => {
    const region = makeStatesRegion({ faults });
    const arn = region.create(rest);
    const runs = names.map((name) => region.start(arn, {}, name));
    return { region, ended: await Promise.all(runs.map((it) => region.end(it))) };
  };

  it.each([
    ['execution-aborted', 'ABORTED'],
    ['execution-times-out', 'TIMED_OUT'],
  ])('%s ends the execution it names as %s, from its time on', async (name, status) => {
    const faults = [{ name, subject: 'rollout-1', fromSeconds: 300, timesMax: 1 }];

    const { ended } = await run(faults, ['rollout-1', 'rollout-2']);

    expect(ended.map((it) => it.status)).toEqual([status, 'SUCCEEDED']);
    expect(durationSeconds(ended[0]!)).toBe(300);
  });

  it('execution-aborted-in-state strikes when the state is entered', async () => {
    const parameters = { afterSeconds: 90 };
    const faults = [{ name: 'execution-aborted-in-state', subject: '*/Only', parameters }];

    const { ended } = await run(faults);

    expect(ended[0]?.status).toBe('ABORTED');
    expect(Math.floor(durationSeconds(ended[0]!))).toBe(90);
  });

  it('execution-list-stale and execution-description-stale show what was', async () => {
    const stale = { untilSeconds: 25 };
    const region = makeStatesRegion({
      faults: [
        { name: 'execution-list-stale', subject: 'machine', ...stale },
        { name: 'execution-description-stale', subject: 'run', ...stale },
      ],
    });
    const stateMachineArn = region.create(only({ Type: 'Wait', Seconds: 12 }));
    const executionArn = region.start(stateMachineArn);
    const look = () => {
      const list = region.api('ListExecutions', { stateMachineArn }).executions as JsonObject[];
      return list.map((it) => it.status);
    };

    expect(look()).toEqual([]);
    expect(() => region.api('DescribeExecution', { executionArn })).toThrow('Does Not Exist');
    await region.advance(15);
    expect(look()).toEqual(['RUNNING']);
    const described = region.api('DescribeExecution', { executionArn });
    expect(described).toMatchObject({ status: 'RUNNING' });
    expect(described.stopDate).toBeUndefined();
    await region.advance(15);
    expect(look()).toEqual(['SUCCEEDED']);
  });
});

describe('determinism', () => {
  it('gives the same log for the same seed, and another for another', async () => {
    const hash = async (seed: number) => {
      const region = makeStatesRegion({ seed });
      await runMachine(region, only({ Type: 'Pass', Output: '{% $uuid() %}' }));
      return [region.kernel.log.sha256(), region.history(region.states.executions()[0]!.arn)];
    };

    expect(await hash(3)).toEqual(await hash(3));
    expect(await hash(3)).not.toEqual(await hash(4));
  });
});
