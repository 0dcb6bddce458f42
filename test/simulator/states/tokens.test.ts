// Tasks that wait for a token: answers in time, twice, late, early, after a retry, and heartbeats.

import { describe, expect, it } from 'vitest';
import { AwsError, type JsonObject } from '../../../simulator/kernel/service.ts';
import { makeStatesRegion, named, only, type StatesRegion } from './region.ts';

const WAIT = 'arn:aws:states:::lambda:invoke.waitForTaskToken';

function waiting(fields: JsonObject = {}): JsonObject {
  return {
    Type: 'Task',
    Resource: WAIT,
    Arguments: { FunctionName: 'begin', Payload: { token: '{% $states.context.Task.Token %}' } },
    TimeoutSeconds: 600,
    ...fields,
  };
}

/** A region whose function `begin` keeps the tokens it is given. */
function makeWaitingRegion(): { region: StatesRegion; tokens: string[] } {
  const tokens: string[] = [];
  const region = makeStatesRegion({
    functions: {
      begin(payload) {
        tokens.push(String(payload.token));
        return {};
      },
    },
  });
  return { region, tokens };
}

function refused(region: StatesRegion, operation: string, input: JsonObject): string {
  try {
    region.api(operation, input);
  } catch (error) {
    if (error instanceof AwsError) return error.code;
  }
  return 'accepted';
}

describe('waitForTaskToken', () => {
  it('SendTaskSuccess makes its output the result', async () => {
    const { region, tokens } = makeWaitingRegion();
    const run = region.start(region.create(only(waiting())));
    await region.advance(120);

    region.api('SendTaskSuccess', { taskToken: tokens[0], output: '{"drained":true}' });

    expect((await region.end(run)).output).toBe('{"drained":true}');
  });

  it('SendTaskFailure makes an error that Catch sees, also without members', async () => {
    const { region, tokens } = makeWaitingRegion();
    const machine = {
      StartAt: 'Try',
      States: {
        Try: waiting({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }], End: true }),
        Done: { Type: 'Succeed' },
      },
    };
    const arn = region.create(machine);
    const runs = ['named', 'bare'].map((name) => region.start(arn, {}, name));
    await region.advance(5);

    region.api('SendTaskFailure', { taskToken: tokens[0], error: 'DrainTimedOut', cause: 'why' });
    region.api('SendTaskFailure', { taskToken: tokens[1] });

    expect((await region.end(runs[0]!)).output).toBe('{"Error":"DrainTimedOut","Cause":"why"}');
    expect((await region.end(runs[1]!)).output).toBe('{"Error":null,"Cause":null}');
  });

  it('refuses the second answer, and any answer after the task timed out', async () => {
    const { region, tokens } = makeWaitingRegion();
    const arn = region.create(only(waiting({ TimeoutSeconds: 60 })));
    const first = region.start(arn, {}, 'first');
    await region.advance(1);
    region.api('SendTaskSuccess', { taskToken: tokens[0], output: '1' });

    expect(refused(region, 'SendTaskSuccess', { taskToken: tokens[0], output: '2' })).toBe(
      'TaskTimedOut',
    );
    expect((await region.end(first)).output).toBe('1');

    const late = region.start(arn, {}, 'late');
    expect(await region.end(late)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    for (const operation of ['SendTaskSuccess', 'SendTaskFailure', 'SendTaskHeartbeat']) {
      const answer = { taskToken: tokens[1], output: '{}' };
      expect(refused(region, operation, answer)).toBe('TaskTimedOut');
    }
  });

  it('refuses a token of a stopped execution', async () => {
    const { region, tokens } = makeWaitingRegion();
    const executionArn = region.start(region.create(only(waiting())));
    await region.advance(1);

    region.api('StopExecution', { executionArn });

    expect(refused(region, 'SendTaskHeartbeat', { taskToken: tokens[0] })).toBe('TaskTimedOut');
  });

  it('tells what is no token, a token of nobody, and an output that is no JSON', async () => {
    const { region, tokens } = makeWaitingRegion();
    region.start(region.create(only(waiting())));
    await region.advance(1);
    const token = tokens[0]!;
    const forged = `${token.slice(0, 100)}${token[100] === 'A' ? 'B' : 'A'}${token.slice(101)}`;

    expect(refused(region, 'SendTaskSuccess', { taskToken: 'nonsense', output: '{}' })).toBe(
      'InvalidToken',
    );
    expect(refused(region, 'SendTaskSuccess', { taskToken: forged, output: '{}' })).toBe(
      'TaskDoesNotExist',
    );
    expect(refused(region, 'SendTaskSuccess', { taskToken: token, output: 'drained' })).toBe(
      'InvalidOutput',
    );
    expect(refused(region, 'SendTaskSuccess', { taskToken: token, output: '"drained"' })).toBe(
      'accepted',
    );
  });

  it('gives tokens of real length that differ from each other', async () => {
    const { region, tokens } = makeWaitingRegion();
    const arn = region.create(only(waiting()));
    for (const name of ['a', 'b']) region.start(arn, {}, name);
    await region.advance(1);

    expect(new Set(tokens).size).toBe(2);
    for (const token of tokens) expect(token).toMatch(/^AQCEAAAAKgAAAAMA[A-Za-z0-9+/=]{500,2000}$/);
  });

  it('gives a new token for every attempt', async () => {
    const { region, tokens } = makeWaitingRegion();
    const retry = [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 1, IntervalSeconds: 10 }];
    const run = region.start(region.create(only(waiting({ TimeoutSeconds: 60, Retry: retry }))));
    await region.advance(75);

    expect(refused(region, 'SendTaskSuccess', { taskToken: tokens[0], output: '"old"' })).toBe(
      'TaskTimedOut',
    );
    region.api('SendTaskSuccess', { taskToken: tokens[1], output: '"new"' });
    expect((await region.end(run)).output).toBe('"new"');
  });

  it('takes an answer before the function has returned, and ignores what it returns', async () => {
    const region = makeStatesRegion({
      functions: {
        async begin(payload, { api, kernel }) {
          api('SendTaskSuccess', { taskToken: payload.token, output: '"early"' });
          await kernel.clock.sleep(30_000);
          throw named('TooLate');
        },
      },
    });
    const run = region.start(region.create(only(waiting())));

    expect((await region.end(run)).output).toBe('"early"');
    await region.advance(60);
    expect(region.events(run)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('fails at once when the function fails', async () => {
    const region = makeStatesRegion({
      functions: {
        begin() {
          throw named('PolicyError');
        },
      },
    });

    const run = region.start(region.create(only(waiting())));

    expect(await region.end(run)).toMatchObject({ status: 'FAILED', error: 'PolicyError' });
  });
});

describe('HeartbeatSeconds', () => {
  const beating = waiting({ TimeoutSeconds: 86_400, HeartbeatSeconds: '{% 600 %}' });

  it('is put off by SendTaskHeartbeat', async () => {
    const { region, tokens } = makeWaitingRegion();
    const run = region.start(region.create(only(beating)));
    await region.advance(1);

    for (let beat = 0; beat < 14; beat++) {
      await region.advance(500);
      region.api('SendTaskHeartbeat', { taskToken: tokens[0] });
    }
    region.api('SendTaskSuccess', { taskToken: tokens[0], output: 'true' });

    expect((await region.end(run)).status).toBe('SUCCEEDED');
  });

  it.each(['States.HeartbeatTimeout', 'States.Timeout', 'States.ALL'])(
    'missed is caught by %s and reported as States.Timeout',
    async (errorName) => {
      const { region } = makeWaitingRegion();
      const machine = {
        StartAt: 'Try',
        States: {
          Try: { ...beating, Catch: [{ ErrorEquals: [errorName], Next: 'Done' }], End: true },
          Done: { Type: 'Succeed' },
        },
      };

      const run = region.start(region.create(machine));

      expect((await region.end(run)).output).toBe('{"Error":"States.Timeout","Cause":""}');
      expect(region.events(run)).toContain('TaskTimedOut');
    },
  );
});
