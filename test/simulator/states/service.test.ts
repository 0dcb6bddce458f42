// The API of Step Functions: names, idempotency, lists, stops, updates, and the events it emits.

import { describe, expect, it } from 'vitest';
import { AwsError, type JsonObject } from '../../../simulator/kernel/service.ts';
import { makeStatesRegion, only, type StatesRegion } from './region.ts';

const rest = only({ Type: 'Wait', Seconds: 60 });
const say = only({ Type: 'Pass', Output: 'said' });

function refusal(region: StatesRegion, operation: string, input: JsonObject): AwsError {
  try {
    region.api(operation, input);
  } catch (error) {
    if (error instanceof AwsError) return error;
    throw error;
  }
  throw new Error(`Expected ${operation} to be refused`);
}

describe('StartExecution', () => {
  it('answers the running execution for the same name and input', async () => {
    const region = makeStatesRegion();
    const arn = region.create(rest);
    const first = region.start(arn, { a: 1 });
    await region.advance(1);

    expect(region.start(arn, { a: 1 })).toBe(first);
    expect(region.states.executions()).toHaveLength(1);
  });

  it('refuses the name for another input, and for any input once it has closed', async () => {
    const region = makeStatesRegion();
    const stateMachineArn = region.create(rest);
    const run = region.start(stateMachineArn, { a: 1 });
    const again = (input: string) =>
      refusal(region, 'StartExecution', { stateMachineArn, name: 'run', input });

    expect(again('{"a":2}')).toMatchObject({
      code: 'ExecutionAlreadyExists',
      message: `Execution Already Exists: '${run}'`,
    });
    await region.end(run);
    expect(again('{"a":1}').code).toBe('ExecutionAlreadyExists');
  });

  it('gives the name free 90 days after the end', async () => {
    const region = makeStatesRegion();
    const arn = region.create(say);
    const run = region.start(arn);
    await region.advance(90 * 86_400 + 10);

    expect(refusal(region, 'DescribeExecution', { executionArn: run }).code).toBe(
      'ExecutionDoesNotExist',
    );
    expect(region.start(arn)).toBe(run);
  });

  it.each([
    ['a colon', '2026-11-24T02:00:00Z', 'InvalidName'],
    ['a space', 'my run', 'InvalidName'],
    ['81 characters', 'x'.repeat(81), 'ValidationException'],
    ['no character', '', 'ValidationException'],
  ])('refuses a name with %s', (_what, name, code) => {
    const region = makeStatesRegion();
    const stateMachineArn = region.create(say);

    expect(refusal(region, 'StartExecution', { stateMachineArn, name }).code).toBe(code);
  });

  it.each([
    ['input that is no JSON', { input: '{' }, 'InvalidExecutionInput'],
    [
      'input above 262,144 characters',
      { input: `"${'x'.repeat(262_143)}"` },
      'ValidationException',
    ],
    ['what is no ARN', { stateMachineArn: 'machine' }, 'InvalidArn'],
    [
      'a machine that is not there',
      { stateMachineArn: 'arn:aws:states:eu-west-1:111122223333:stateMachine:other' },
      'StateMachineDoesNotExist',
    ],
  ])('refuses %s', (_what, fields, code) => {
    const region = makeStatesRegion();
    const stateMachineArn = region.create(say);

    expect(refusal(region, 'StartExecution', { stateMachineArn, ...fields }).code).toBe(code);
  });

  it('gives a UUID as the name when there is none', () => {
    const region = makeStatesRegion();
    const started = region.api('StartExecution', { stateMachineArn: region.create(say) });

    expect(started.executionArn).toMatch(/:machine:[0-9a-f]{8}-[0-9a-f]{4}-4/);
  });
});

describe('StopExecution', () => {
  it('ends as ABORTED at once, runs no Catch, and changes nothing when repeated', async () => {
    const region = makeStatesRegion();
    const executionArn = region.start(region.create(rest));
    await region.advance(5);

    const stopped = region.api('StopExecution', { executionArn, error: 'Manual', cause: 'drill' });
    await region.advance(500);

    expect(region.api('DescribeExecution', { executionArn })).toMatchObject({
      status: 'ABORTED',
      error: 'Manual',
      cause: 'drill',
      stopDate: stopped.stopDate,
      redriveStatus: 'REDRIVABLE',
    });
    expect(region.history(executionArn).at(-1)).toMatchObject({
      type: 'ExecutionAborted',
      previousEventId: 0,
      executionAbortedEventDetails: { error: 'Manual', cause: 'drill' },
    });
    expect(region.api('StopExecution', { executionArn })).toEqual(stopped);
    expect(region.events(executionArn)).toHaveLength(3);
  });

  it('leaves no timer behind', async () => {
    const region = makeStatesRegion();
    const executionArn = region.start(region.create(rest));
    await region.advance(5);

    region.api('StopExecution', { executionArn });

    expect(region.kernel.clock.nextAt()).toBeUndefined();
  });
});

describe('ListExecutions', () => {
  it('lists the newest first, by status, in pages that new executions do not shift', async () => {
    const region = makeStatesRegion();
    const stateMachineArn = region.create(rest);
    for (const name of ['a', 'b', 'c']) {
      region.start(stateMachineArn, {}, name);
      await region.advance(1);
    }
    const names = (page: JsonObject) => (page.executions as JsonObject[]).map((it) => it.name);
    const list = (input: JsonObject) =>
      region.api('ListExecutions', { stateMachineArn, maxResults: 2, ...input });

    const first = list({ statusFilter: 'RUNNING' });
    region.start(stateMachineArn, {}, 'd');

    expect(names(first)).toEqual(['c', 'b']);
    expect(names(list({ nextToken: first.nextToken }))).toEqual(['a']);
    const none = list({ statusFilter: 'SUCCEEDED' });
    expect(names(none)).toEqual([]);
    // An empty page need not be the last.
    const after = list({ statusFilter: 'SUCCEEDED', nextToken: none.nextToken });
    expect(after).toEqual({ executions: [] });
    expect(refusal(region, 'ListExecutions', { stateMachineArn, maxResults: 1001 }).message).toBe(
      "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: " +
        'Member must have value less than or equal to 1000',
    );
  });
});

describe('state machines', () => {
  it('are created once per name and definition', () => {
    const region = makeStatesRegion();
    const arn = region.create(say);

    expect(region.create(say)).toBe(arn);
    expect(() => region.create(rest)).toThrow(`State Machine Already Exists: '${arn}'`);
  });

  it('are updated for new executions only', async () => {
    const region = makeStatesRegion();
    const stateMachineArn = region.create(rest);
    const before = region.start(stateMachineArn, {}, 'before');
    const definition = JSON.stringify({ QueryLanguage: 'JSONata', ...say });

    const { revisionId } = region.api('UpdateStateMachine', { stateMachineArn, definition });

    const after = region.start(stateMachineArn, {}, 'after');
    expect((await region.end(before)).output).toBe('{}');
    expect((await region.end(after)).output).toBe('"said"');
    expect(region.api('DescribeStateMachine', { stateMachineArn })).toMatchObject({
      definition,
      revisionId,
      status: 'ACTIVE',
      type: 'STANDARD',
    });
    expect(refusal(region, 'UpdateStateMachine', { stateMachineArn }).code).toBe(
      'MissingRequiredParameter',
    );
  });

  it('are listed and deleted', () => {
    const region = makeStatesRegion();
    const [first, second] = ['one', 'two'].map((name) => region.create(say, name));

    region.api('DeleteStateMachine', { stateMachineArn: first });

    const { stateMachines } = region.api('ListStateMachines');
    expect(stateMachines).toMatchObject([{ stateMachineArn: second, name: 'two' }]);
    expect(refusal(region, 'DescribeStateMachine', { stateMachineArn: first }).code).toBe(
      'StateMachineDoesNotExist',
    );
  });

  it('of type EXPRESS are refused', () => {
    const region = makeStatesRegion();
    const roleArn = 'arn:aws:iam::111122223333:role/states';
    const input = { name: 'fast', definition: JSON.stringify(say), roleArn, type: 'EXPRESS' };

    expect(refusal(region, 'CreateStateMachine', input).code).toBe('StateMachineTypeNotSupported');
  });
});

describe('status events', () => {
  it('tell the start and the end, with dates in milliseconds', async () => {
    const region = makeStatesRegion();
    const run = region.start(region.create(say), { k: 1 });
    await region.end(run);

    expect(region.emitted.map((event) => event.detail.status)).toEqual(['RUNNING', 'SUCCEEDED']);
    const startDate = Date.parse('2026-11-24T02:00:00Z');
    expect(region.emitted[0]).toMatchObject({
      source: 'aws.states',
      detailType: 'Step Functions Execution Status Change',
      resources: [run],
      detail: { executionArn: run, name: 'run', startDate, stopDate: null, output: null },
    });
    expect(region.emitted[1]?.detail).toMatchObject({
      input: '{"k":1}',
      inputDetails: { included: true },
      output: '"said"',
      outputDetails: { included: true },
      redriveStatus: 'NOT_REDRIVABLE',
      error: null,
    });
  });

  it('leave out an input above 248 KiB', async () => {
    const region = makeStatesRegion();
    const run = region.start(region.create(say), 'x'.repeat(255_000));
    await region.end(run);

    expect(region.emitted[1]?.detail).toMatchObject({
      input: null,
      inputDetails: { included: false },
      output: '"said"',
    });
  });
});

describe('StatesService', () => {
  it('counts transitions per machine, retries included, and keeps the path', async () => {
    const region = makeStatesRegion({
      functions: {
        work() {
          throw new TypeError('no');
        },
      },
    });
    const task = {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments: { FunctionName: 'work' },
      Retry: [{ ErrorEquals: ['TypeError'], MaxAttempts: 2 }],
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }],
      End: true,
    };
    const machine = { StartAt: 'Try', States: { Try: task, Done: { Type: 'Succeed' } } };
    const run = region.start(region.create(machine, 'careful'));
    await region.end(run);
    await region.end(region.start(region.create(say, 'other')));

    expect(region.states.transitions).toBe(5);
    expect([...region.states.transitionsByMachine]).toEqual([
      ['careful', 4],
      ['other', 1],
    ]);
    expect(region.states.path(run)).toEqual(['Try', 'Done']);
    expect(region.states.longestHistory).toEqual({ executionArn: run, events: 15 });
  });

  it('drops the histories of all but the newest closed executions, not their paths', async () => {
    const region = makeStatesRegion({ closedHistoriesMax: 2 });
    const arn = region.create(say);
    const runs = ['a', 'b', 'c'].map((name) => region.start(arn, {}, name));
    for (const run of runs) await region.end(run);

    expect(() => region.history(runs[0]!)).toThrow('was dropped');
    expect(region.states.path(runs[0]!)).toEqual(['Only']);
    expect(region.events(runs[1]!)).toHaveLength(4);
  });

  it('starts and finishes 10,000 executions in little real time', async () => {
    const region = makeStatesRegion();
    const arn = region.create({
      StartAt: 'Set',
      States: {
        Set: { Type: 'Pass', Assign: { id: '{% $states.input.id %}' }, Next: 'Rest' },
        Rest: { Type: 'Wait', Seconds: 15, Next: 'Done' },
        Done: { Type: 'Succeed', Output: '{% $id %}' },
      },
    });

    for (let id = 0; id < 10_000; id++) region.start(arn, { id }, `run-${id}`);
    await region.advance(60);

    const ended = region.states.executions().filter((it) => it.status === 'SUCCEEDED');
    expect(ended).toHaveLength(10_000);
  });
});
