// Exact event sequences, with what each event follows, as AWS writes them.

import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../simulator/kernel/service.ts';
import { makeStatesRegion, named, only, type RegionOptions } from './region.ts';

const INVOKE = 'arn:aws:states:::lambda:invoke';
const functions: NonNullable<RegionOptions['functions']> = {
  work: () => ({ ok: true }),
  break() {
    throw named('Boom');
  },
};

function invoke(name: string, fields: JsonObject = {}): JsonObject {
  return { Type: 'Task', Resource: INVOKE, Arguments: { FunctionName: name }, ...fields };
}

/** Runs a machine and answers `type<previousEventId` per event. */
async function sequence(machine: JsonObject, input: unknown = {}): Promise<string[]> {
  const region = makeStatesRegion({ functions });
  const run = region.start(region.create(machine), input);
  await region.end(run);
  const history = region.history(run);
  expect(history.map((event) => event.id)).toEqual(history.map((_, index) => index + 1));
  return history.map((event) => `${event.type}<${event.previousEventId}`);
}

describe('the history', () => {
  it('of Pass, Choice, Wait and Succeed has two events each', async () => {
    const machine = {
      StartAt: 'Say',
      States: {
        Say: { Type: 'Pass', Next: 'Which' },
        Which: { Type: 'Choice', Choices: [{ Condition: true, Next: 'Rest' }], Default: 'Done' },
        Rest: { Type: 'Wait', Seconds: 1, Next: 'Done' },
        Done: { Type: 'Succeed' },
      },
    };

    expect(await sequence(machine)).toEqual([
      'ExecutionStarted<0',
      'PassStateEntered<0',
      'PassStateExited<2',
      'ChoiceStateEntered<3',
      'ChoiceStateExited<4',
      'WaitStateEntered<5',
      'WaitStateExited<6',
      'SucceedStateEntered<7',
      'SucceedStateExited<8',
      'ExecutionSucceeded<9',
    ]);
  });

  it('of a retried and caught task has no second entry', async () => {
    const machine = {
      StartAt: 'Try',
      States: {
        Try: invoke('break', {
          Retry: [{ ErrorEquals: ['Boom'], MaxAttempts: 1 }],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Stop' }],
          End: true,
        }),
        Stop: { Type: 'Fail', Error: 'Stopped' },
      },
    };

    expect(await sequence(machine)).toEqual([
      'ExecutionStarted<0',
      'TaskStateEntered<0',
      'TaskScheduled<2',
      'TaskStarted<3',
      'TaskFailed<4',
      'TaskScheduled<5',
      'TaskStarted<6',
      'TaskFailed<7',
      'TaskStateExited<8',
      'FailStateEntered<9',
      'ExecutionFailed<10',
    ]);
  });

  it('of a function ARN has its own event types', async () => {
    const Resource = 'arn:aws:lambda:eu-west-1:111122223333:function:break';

    expect(await sequence(only({ Type: 'Task', Resource }))).toEqual([
      'ExecutionStarted<0',
      'TaskStateEntered<0',
      'LambdaFunctionScheduled<2',
      'LambdaFunctionStarted<3',
      'LambdaFunctionFailed<4',
      'ExecutionFailed<5',
    ]);
  });

  it('of a failed evaluation has EvaluationFailed', async () => {
    expect(await sequence(only(invoke('work', { Output: '{% $nothing %}' })))).toEqual([
      'ExecutionStarted<0',
      'TaskStateEntered<0',
      'TaskScheduled<2',
      'TaskStarted<3',
      'TaskSucceeded<4',
      'EvaluationFailed<5',
      'ExecutionFailed<6',
    ]);
  });

  it('of a Map one item at a time chains the iterations', async () => {
    const machine = only({
      Type: 'Map',
      MaxConcurrency: 1,
      ItemProcessor: { StartAt: 'Say', States: { Say: { Type: 'Pass', End: true } } },
    });

    expect(await sequence(machine, ['a', 'b'])).toEqual([
      'ExecutionStarted<0',
      'MapStateEntered<0',
      'MapStateStarted<2',
      'MapIterationStarted<3',
      'PassStateEntered<4',
      'PassStateExited<5',
      'MapIterationSucceeded<6',
      'MapIterationStarted<6',
      'PassStateEntered<8',
      'PassStateExited<9',
      'MapIterationSucceeded<10',
      'MapStateSucceeded<11',
      'MapStateExited<11',
      'ExecutionSucceeded<13',
    ]);
  });

  it('of a Map whose iteration fails tells which others were aborted', async () => {
    const machine = {
      StartAt: 'Each',
      States: {
        Each: {
          Type: 'Map',
          ItemProcessor: {
            StartAt: 'Rest',
            States: {
              Rest: { Type: 'Wait', Seconds: '{% $states.input %}', Next: 'Break' },
              Break: invoke('break', { End: true }),
            },
          },
          Catch: [{ ErrorEquals: ['Boom'], Next: 'Done' }],
          End: true,
        },
        Done: { Type: 'Succeed' },
      },
    };

    const events = await sequence(machine, [60, 5]);

    expect(events.slice(events.indexOf('TaskFailed<11'))).toEqual([
      'TaskFailed<11',
      'MapIterationFailed<12',
      'TaskStateAborted<12',
      'MapIterationAborted<12',
      'WaitStateAborted<12',
      'MapStateFailed<12',
      'MapStateExited<17',
      'SucceedStateEntered<18',
      'SucceedStateExited<19',
      'ExecutionSucceeded<20',
    ]);
  });

  it('of a retried Map starts it again without MapStateFailed', async () => {
    const machine = only({
      Type: 'Map',
      ItemProcessor: { StartAt: 'Stop', States: { Stop: { Type: 'Fail', Error: 'Bad' } } },
      Retry: [{ ErrorEquals: ['Bad'], MaxAttempts: 1 }],
    });

    expect(await sequence(machine, [1])).toEqual([
      'ExecutionStarted<0',
      'MapStateEntered<0',
      'MapStateStarted<2',
      'MapIterationStarted<3',
      'FailStateEntered<4',
      'MapIterationFailed<5',
      'MapStateStarted<5',
      'MapIterationStarted<7',
      'FailStateEntered<8',
      'MapIterationFailed<9',
      'MapStateFailed<9',
      'ExecutionFailed<11',
    ]);
  });

  it('of a Parallel state whose branch fails has ParallelStateFailed', async () => {
    const machine = only({
      Type: 'Parallel',
      Branches: [{ StartAt: 'Stop', States: { Stop: { Type: 'Fail', Error: 'Bad' } } }],
    });

    expect(await sequence(machine)).toEqual([
      'ExecutionStarted<0',
      'ParallelStateEntered<0',
      'ParallelStateStarted<2',
      'FailStateEntered<3',
      'ParallelStateFailed<4',
      'ExecutionFailed<5',
    ]);
  });

  it('carries the details of the API model', async () => {
    const region = makeStatesRegion({ functions });
    const machine = only(
      invoke('work', { TimeoutSeconds: 30, Assign: { ok: '{% $states.result.Payload.ok %}' } }),
    );
    const run = region.start(region.create(machine), { k: 1 });
    await region.end(run);

    const [started, entered, scheduled, , succeeded, exited] = region.history(run);

    expect(started).toMatchObject({
      executionStartedEventDetails: {
        input: '{"k":1}',
        inputDetails: { truncated: false },
        roleArn: 'arn:aws:iam::111122223333:role/states',
      },
    });
    expect(entered?.stateEnteredEventDetails).toEqual({
      name: 'Only',
      input: '{"k":1}',
      inputDetails: { truncated: false },
    });
    expect(scheduled?.taskScheduledEventDetails).toEqual({
      resourceType: 'lambda',
      resource: 'invoke',
      region: 'eu-west-1',
      parameters: '{"FunctionName":"work"}',
      timeoutInSeconds: 30,
    });
    expect(succeeded?.taskSucceededEventDetails).toMatchObject({
      resource: 'invoke',
      outputDetails: { truncated: false },
    });
    expect(exited?.stateExitedEventDetails).toMatchObject({
      name: 'Only',
      assignedVariables: { ok: 'true' },
      assignedVariablesDetails: { truncated: false },
    });
    expect(started?.timestamp).toBe(Date.parse('2026-11-24T02:00:00Z') / 1000);
  });

  it('comes in pages, in reverse, and without data, as asked', async () => {
    const region = makeStatesRegion({ functions });
    const executionArn = region.start(region.create(only(invoke('work'))));
    await region.end(executionArn);
    const ids = (page: JsonObject) => (page.events as JsonObject[]).map((event) => event.id);
    const ask = (input: JsonObject) =>
      region.api('GetExecutionHistory', { executionArn, ...input });

    const first = ask({ maxResults: 5, reverseOrder: true });
    const second = ask({ maxResults: 5, reverseOrder: true, nextToken: first.nextToken });

    expect(ids(first)).toEqual([7, 6, 5, 4, 3]);
    expect(ids(second)).toEqual([2, 1]);
    expect(second.nextToken).toBeUndefined();
    expect(JSON.stringify(ask({ includeExecutionData: false }))).not.toContain('"input"');
    expect(() => ask({ nextToken: 'x' })).toThrow('Invalid Token');
  });
});
