// AWS Step Functions: state machines, executions with their histories, and task tokens.

import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ExecutionNotRedrivable,
  GetExecutionHistoryCommand,
  InvalidArn,
  InvalidDefinition,
  InvalidExecutionInput,
  InvalidName,
  InvalidOutput,
  InvalidToken,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  ListTagsForResourceCommand,
  RedriveExecutionCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StateMachineDoesNotExist,
  StopExecutionCommand,
  TaskTimedOut,
  UpdateStateMachineCommand,
  ValidateStateMachineDefinitionCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect } from 'vitest';
import { allPages, openStage, refused } from './support/stage.ts';

const stage = await openStage('states');
const states = stage.client(SFNClient);
const { prefix } = stage;
const ROLE = { needs: ['REMOTE_STATES_ROLE'] } as const;

const definitionOf = (States: object, StartAt: string) =>
  JSON.stringify({ QueryLanguage: 'JSONata', StartAt, States });
const PASSES = definitionOf(
  { Answer: { Type: 'Pass', Output: { got: '{% $states.input %}' }, End: true } },
  'Answer',
);
const WAITS = definitionOf({ Wait: { Type: 'Wait', Seconds: 3600, End: true } }, 'Wait');
const FAILS = definitionOf({ Fail: { Type: 'Fail', Error: 'No', Cause: 'because' } }, 'Fail');
/** An execution that hands the token of its second to the outside by its history. */
const TOKEN = definitionOf(
  {
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::events:putEvents.waitForTaskToken',
      Arguments: {
        Entries: [
          {
            Source: 'conformance',
            DetailType: 'Token',
            Detail: { token: '{% $states.context.Task.Token %}' },
          },
        ],
      },
      TimeoutSeconds: 300,
      HeartbeatSeconds: 200,
      End: true,
    },
  },
  'Ask',
);

async function create(name: string, roleArn: string, definition: string): Promise<string> {
  const { stateMachineArn } = await states.send(
    new CreateStateMachineCommand({
      name: `${prefix}-${name}`,
      roleArn,
      definition,
      type: 'STANDARD',
      tags: [{ key: 'made-by', value: prefix }],
    }),
  );
  stage.afterwards(() => states.send(new DeleteStateMachineCommand({ stateMachineArn })));
  return stateMachineArn!;
}

/** Starts an execution that is stopped when all is over. */
async function start(stateMachineArn: string, input?: unknown, name?: string): Promise<string> {
  const { executionArn } = await states.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input ?? {}), name }),
  );
  stage.afterwards(() => states.send(new StopExecutionCommand({ executionArn })));
  return executionArn!;
}

function execution(executionArn: string, isWanted: (status: string | undefined) => boolean) {
  return stage.eventually(
    () => states.send(new DescribeExecutionCommand({ executionArn })),
    ({ status }) => isWanted(status),
  );
}

const isOver = (status: string | undefined) => status !== 'RUNNING';

/** The token of the task that waits. */
async function tokenOf(executionArn: string): Promise<string> {
  const { events } = await stage.eventually(
    () => states.send(new GetExecutionHistoryCommand({ executionArn })),
    (history) => history.events?.some(({ type }) => type === 'TaskSubmitted') ?? false,
  );
  const scheduled = events?.find(({ type }) => type === 'TaskScheduled');
  const parameters = scheduled?.taskScheduledEventDetails?.parameters ?? '';
  const { Detail } = JSON.parse(parameters).Entries[0];
  return (typeof Detail === 'string' ? JSON.parse(Detail) : Detail).token;
}

describe('serialization', () => {
  stage.test('a state machine, minimal and maximal', ROLE, async (the) => {
    const roleArn = the.REMOTE_STATES_ROLE;
    const name = `${prefix}-shown`;
    const created = await states.send(
      new CreateStateMachineCommand({
        name,
        roleArn,
        definition: PASSES,
        type: 'STANDARD',
        loggingConfiguration: { level: 'OFF', includeExecutionData: false },
        tracingConfiguration: { enabled: false },
        tags: [{ key: 'made-by', value: prefix }],
      }),
    );
    const { stateMachineArn } = created;
    stage.afterwards(() => states.send(new DeleteStateMachineCommand({ stateMachineArn })));
    expect(created.creationDate).toEqual(expect.any(Date));
    const described = await states.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(described).toMatchObject({
      stateMachineArn: expect.stringMatching(`:stateMachine:${name}$`),
      name,
      status: 'ACTIVE',
      type: 'STANDARD',
      roleArn,
      definition: PASSES,
      creationDate: expect.any(Date),
      loggingConfiguration: { level: 'OFF', includeExecutionData: false },
      tracingConfiguration: { enabled: false },
    });
    const { tags } = await states.send(
      new ListTagsForResourceCommand({ resourceArn: stateMachineArn }),
    );
    expect(tags).toEqual([{ key: 'made-by', value: prefix }]);
    const { stateMachines } = await states.send(new ListStateMachinesCommand({ maxResults: 1000 }));
    expect(stateMachines).toContainEqual({
      stateMachineArn,
      name,
      type: 'STANDARD',
      creationDate: expect.any(Date),
    });
    const updated = await states.send(
      new UpdateStateMachineCommand({ stateMachineArn, definition: WAITS, roleArn }),
    );
    expect(updated).toMatchObject({
      updateDate: expect.any(Date),
      revisionId: expect.any(String),
    });
    expect(await states.send(new DeleteStateMachineCommand({ stateMachineArn }))).toBeDefined();
  });

  stage.test('ValidateStateMachineDefinition', {}, async () => {
    const good = await states.send(
      new ValidateStateMachineDefinitionCommand({ definition: PASSES, type: 'STANDARD' }),
    );
    expect(good).toMatchObject({ result: 'OK', diagnostics: [] });
    const wrong = await states.send(
      new ValidateStateMachineDefinitionCommand({
        definition: definitionOf({ A: { Type: 'Pass', Next: 'B' } }, 'A'),
      }),
    );
    expect(wrong.result).toBe('FAIL');
    expect(wrong.diagnostics?.[0]).toMatchObject({
      severity: 'ERROR',
      code: expect.any(String),
      message: expect.any(String),
    });
  });

  stage.test('an execution and its history', ROLE, async (the) => {
    const machine = await create('history', the.REMOTE_STATES_ROLE, PASSES);
    const started = await states.send(
      new StartExecutionCommand({
        stateMachineArn: machine,
        name: `${prefix}-run`,
        input: '{"a":1}',
        traceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793',
      }),
    );
    expect(started.startDate).toEqual(expect.any(Date));
    const { executionArn } = started;
    const over = await execution(executionArn!, isOver);
    expect(over).toMatchObject({
      executionArn: expect.stringMatching(/:execution:[^:]+:[^:]+$/),
      stateMachineArn: machine,
      name: `${prefix}-run`,
      status: 'SUCCEEDED',
      startDate: expect.any(Date),
      stopDate: expect.any(Date),
      input: '{"a":1}',
      inputDetails: { included: true },
      outputDetails: { included: true },
    });
    expect(JSON.parse(over.output!)).toEqual({ got: { a: 1 } });
    const { events } = await states.send(
      new GetExecutionHistoryCommand({
        executionArn,
        includeExecutionData: true,
        maxResults: 1000,
        reverseOrder: false,
      }),
    );
    expect(events?.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'PassStateEntered',
      'PassStateExited',
      'ExecutionSucceeded',
    ]);
    expect(events?.[1]).toMatchObject({
      id: 2,
      previousEventId: expect.any(Number),
      timestamp: expect.any(Date),
      stateEnteredEventDetails: { name: 'Answer', input: '{"a":1}' },
    });
    const { executions } = await states.send(
      new ListExecutionsCommand({ stateMachineArn: machine, statusFilter: 'SUCCEEDED' }),
    );
    expect(executions?.[0]).toMatchObject({
      executionArn,
      stateMachineArn: machine,
      status: 'SUCCEEDED',
      startDate: expect.any(Date),
      stopDate: expect.any(Date),
    });
  });

  stage.test('StopExecution and RedriveExecution', ROLE, async (the) => {
    const executionArn = await start(await create('stop', the.REMOTE_STATES_ROLE, WAITS));
    const { stopDate } = await states.send(
      new StopExecutionCommand({
        executionArn,
        error: 'e'.repeat(256),
        cause: 'c'.repeat(32_768),
      }),
    );
    expect(stopDate).toEqual(expect.any(Date));
    const clientToken = `${prefix}-redrive`;
    const { redriveDate } = await states.send(
      new RedriveExecutionCommand({ executionArn, clientToken }),
    );
    expect(redriveDate).toEqual(expect.any(Date));
  });

  stage.test('task tokens', ROLE, async (the) => {
    const machine = await create('tokens', the.REMOTE_STATES_ROLE, TOKEN);
    const taskToken = await tokenOf(await start(machine));
    expect(await states.send(new SendTaskHeartbeatCommand({ taskToken }))).toBeDefined();
    expect(
      await states.send(new SendTaskSuccessCommand({ taskToken, output: '{}' })),
    ).toBeDefined();
    const another = await tokenOf(await start(machine));
    await states.send(
      new SendTaskFailureCommand({ taskToken: another, error: 'Odd', cause: 'c'.repeat(1000) }),
    );
  });
});

describe('validation', () => {
  stage.test('machines and executions that do not exist, or are no such ARN', ROLE, async (the) => {
    const roleArn = the.REMOTE_STATES_ROLE;
    const machine = await create('known', roleArn, PASSES);
    const stateMachineArn = `${machine}-absent`;
    await refused(
      states,
      StateMachineDoesNotExist,
      new DescribeStateMachineCommand({ stateMachineArn }),
      new StartExecutionCommand({ stateMachineArn }),
      new ListExecutionsCommand({ stateMachineArn }),
      new UpdateStateMachineCommand({ stateMachineArn, definition: PASSES }),
    );
    const executionArn = machine.replace(':stateMachine:', ':execution:').concat(':absent');
    await refused(
      states,
      ExecutionDoesNotExist,
      new DescribeExecutionCommand({ executionArn }),
      new GetExecutionHistoryCommand({ executionArn }),
      new StopExecutionCommand({ executionArn }),
      new RedriveExecutionCommand({ executionArn }),
    );
    await refused(
      states,
      InvalidArn,
      new DescribeStateMachineCommand({ stateMachineArn: 'none' }),
      new DeleteStateMachineCommand({ stateMachineArn: 'none' }),
      new DescribeExecutionCommand({ executionArn: machine }),
      new ListTagsForResourceCommand({ resourceArn: 'none' }),
    );
  });

  stage.test('names, definitions, inputs', ROLE, async (the) => {
    const roleArn = the.REMOTE_STATES_ROLE;
    const base = { roleArn, definition: PASSES };
    await refused(
      states,
      InvalidName,
      new CreateStateMachineCommand({ ...base, name: 'no spaces' }),
      new CreateStateMachineCommand({ ...base, name: 'no/slash' }),
    );
    await refused(
      states,
      'ValidationException',
      new CreateStateMachineCommand({ ...base, name: 'x'.repeat(81) }),
      new CreateStateMachineCommand({ ...base, name: '' }),
      new CreateStateMachineCommand({ ...base, name: prefix, definition: '' }),
      new ValidateStateMachineDefinitionCommand({ definition: '' }),
      new ListStateMachinesCommand({ maxResults: 1001 }),
      new ListStateMachinesCommand({ maxResults: -1 }),
    );
    const name = `${prefix}-wrong`;
    await refused(
      states,
      InvalidDefinition,
      new CreateStateMachineCommand({ ...base, name, definition: 'no JSON' }),
      new CreateStateMachineCommand({
        ...base,
        name,
        definition: definitionOf({ A: { Type: 'Pass', Next: 'B' } }, 'A'),
      }),
    );
    await create('x'.repeat(79 - prefix.length), roleArn, PASSES);
    const stateMachineArn = await create('inputs', roleArn, PASSES);
    const wrongInput = new StartExecutionCommand({ stateMachineArn, input: 'no JSON' });
    await refused(states, InvalidExecutionInput, wrongInput);
    const wrongName = new StartExecutionCommand({ stateMachineArn, name: 'no spaces' });
    await refused(states, InvalidName, wrongName);
    await refused(
      states,
      InvalidToken,
      new ListStateMachinesCommand({ nextToken: 'none' }),
      new ListExecutionsCommand({ stateMachineArn, nextToken: 'none' }),
    );
  });

  stage.test('a name is taken by its input; what succeeded is not redriven', ROLE, async (the) => {
    const stateMachineArn = await create('twice', the.REMOTE_STATES_ROLE, WAITS);
    const name = `${prefix}-twice`;
    await start(stateMachineArn, { a: 1 }, name);
    const other = new StartExecutionCommand({ stateMachineArn, name, input: '{"a":2}' });
    await refused(states, ExecutionAlreadyExists, other);
    const quick = await start(await create('quick', the.REMOTE_STATES_ROLE, PASSES));
    await execution(quick, isOver);
    const redrive = new RedriveExecutionCommand({ executionArn: quick });
    await refused(states, ExecutionNotRedrivable, redrive);
  });

  stage.test('task tokens that are none, or used up', ROLE, async (the) => {
    await refused(
      states,
      InvalidToken,
      new SendTaskSuccessCommand({ taskToken: 'none', output: '{}' }),
      new SendTaskFailureCommand({ taskToken: 'none' }),
      new SendTaskHeartbeatCommand({ taskToken: 'none' }),
    );
    const machine = await create('used', the.REMOTE_STATES_ROLE, TOKEN);
    const taskToken = await tokenOf(await start(machine));
    const noJson = new SendTaskSuccessCommand({ taskToken, output: 'no JSON' });
    await refused(states, InvalidOutput, noJson);
    await states.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
    const again = new SendTaskSuccessCommand({ taskToken, output: '{}' });
    await refused(states, TaskTimedOut, again);
  });
});

describe('behaviour', () => {
  stage.test('a machine is created, updated, listed in pages, deleted', ROLE, async (the) => {
    const roleArn = the.REMOTE_STATES_ROLE;
    const arns = [await create('page-a', roleArn, PASSES), await create('page-b', roleArn, PASSES)];
    const { items } = await allPages(
      (nextToken) => states.send(new ListStateMachinesCommand({ maxResults: 1, nextToken })),
      ({ stateMachines }) => stateMachines,
      ({ nextToken }) => nextToken,
    );
    expect(items.map((one) => one.stateMachineArn)).toEqual(expect.arrayContaining(arns));
    expect(new Set(items.map((one) => one.stateMachineArn)).size).toBe(items.length);
    const stateMachineArn = arns[0]!;
    const { result } = await states.send(
      new ValidateStateMachineDefinitionCommand({ definition: FAILS }),
    );
    expect(result).toBe('OK');
    await states.send(new UpdateStateMachineCommand({ stateMachineArn, definition: FAILS }));
    const described = await stage.eventually(
      () => states.send(new DescribeStateMachineCommand({ stateMachineArn })),
      ({ definition }) => definition === FAILS,
    );
    const resourceArn = described.stateMachineArn;
    const { tags } = await states.send(new ListTagsForResourceCommand({ resourceArn }));
    expect(tags).toEqual([{ key: 'made-by', value: prefix }]);
    // The same again is the same machine; another definition under the name is not.
    const name = `${prefix}-page-b`;
    const again = await states.send(
      new CreateStateMachineCommand({ name, roleArn, definition: PASSES }),
    );
    expect(again.stateMachineArn).toBe(arns[1]);
    await states.send(new DeleteStateMachineCommand({ stateMachineArn }));
    await stage.eventually(
      async () => {
        const { items: left } = await allPages(
          (nextToken) => states.send(new ListStateMachinesCommand({ nextToken })),
          ({ stateMachines }) => stateMachines,
          (page) => page.nextToken,
        );
        return left.map((one) => one.stateMachineArn);
      },
      (left) => !left.includes(stateMachineArn),
    );
  });

  stage.test('starting is idempotent by name and input', ROLE, async (the) => {
    const machine = await create('idempotent', the.REMOTE_STATES_ROLE, WAITS);
    const name = `${prefix}-same`;
    const first = await start(machine, { a: 1 }, name);
    expect(await start(machine, { a: 1 }, name)).toBe(first);
    const { executions } = await stage.eventually(
      () => states.send(new ListExecutionsCommand({ stateMachineArn: machine })),
      (list) => (list.executions?.length ?? 0) > 0,
    );
    expect(executions).toHaveLength(1);
    await states.send(new StopExecutionCommand({ executionArn: first, error: 'By', cause: 'us' }));
    expect(await execution(first, isOver)).toMatchObject({
      status: 'ABORTED',
      error: 'By',
      cause: 'us',
    });
  });

  stage.test('an execution that failed is redriven, in the same history', ROLE, async (the) => {
    const stateMachineArn = await create('redrive', the.REMOTE_STATES_ROLE, FAILS);
    const executionArn = await start(stateMachineArn);
    const failed = await execution(executionArn, isOver);
    expect(failed).toMatchObject({ status: 'FAILED', error: 'No', cause: 'because' });
    await states.send(new RedriveExecutionCommand({ executionArn }));
    const { items, pages } = await stage.eventually(
      () =>
        allPages(
          (nextToken) =>
            states.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 2, nextToken })),
          ({ events }) => events,
          ({ nextToken }) => nextToken,
        ),
      (history) => history.items.filter(({ type }) => type === 'ExecutionFailed').length === 2,
    );
    expect(pages).toBeGreaterThan(1);
    expect(items.map(({ type }) => type)).toContain('ExecutionRedriven');
    expect(items.map(({ id }) => id)).toEqual(items.map((_, index) => index + 1));
  });

  stage.test('a token ends its task with an output, an error, or goes on', ROLE, async (the) => {
    const machine = await create('callback', the.REMOTE_STATES_ROLE, TOKEN);
    const good = await start(machine);
    const taskToken = await tokenOf(good);
    await states.send(new SendTaskHeartbeatCommand({ taskToken }));
    await states.send(new SendTaskSuccessCommand({ taskToken, output: '{"said":"yes"}' }));
    const succeeded = await execution(good, isOver);
    expect(JSON.parse(succeeded.output!)).toEqual({ said: 'yes' });
    const bad = await start(machine);
    const other = await tokenOf(bad);
    await states.send(new SendTaskFailureCommand({ taskToken: other, error: 'Odd', cause: 'x' }));
    expect(await execution(bad, isOver)).toMatchObject({ status: 'FAILED', error: 'Odd' });
  });
});

stage.proveComplete();
