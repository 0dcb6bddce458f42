// Executions within executions: started only, or waited for with `.sync:2`.

import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../simulator/kernel/service.ts';
import { makeStatesRegion, only, type StatesRegion } from './region.ts';

function nested(pattern: string, stateMachineArn: string, fields: JsonObject = {}): JsonObject {
  return {
    Type: 'Task',
    Resource: `arn:aws:states:::states:startExecution${pattern}`,
    Arguments: {
      StateMachineArn: stateMachineArn,
      Name: '{% $states.input.child %}',
      Input: { n: '{% $states.input.n %}' },
    },
    ...fields,
  };
}

const INPUT = { child: 'wave-1', n: 20 };

function childOf(region: StatesRegion): JsonObject {
  const child = region.states.executions().find((it) => it.name === 'wave-1');
  return region.api('DescribeExecution', { executionArn: child?.arn });
}

describe('startExecution', () => {
  it('answers the ARN and does not wait', async () => {
    const region = makeStatesRegion();
    const child = region.create(only({ Type: 'Wait', Seconds: 3600 }), 'child');
    const run = region.start(region.create(only(nested('', child))), INPUT);

    const { output } = await region.end(run);

    const executionArn = 'arn:aws:states:eu-west-1:111122223333:execution:child:wave-1';
    expect(JSON.parse(String(output))).toMatchObject({ ExecutionArn: executionArn });
    expect(childOf(region)).toMatchObject({ status: 'RUNNING', input: '{"n":20}' });
  });

  it('refused is an error with the name that the integration gives it', async () => {
    const region = makeStatesRegion();
    const child = region.create(only({ Type: 'Pass' }), 'child');
    const parent = region.create(only(nested('', child)));
    await region.end(region.start(parent, INPUT, 'first'));
    await region.advance(1);

    const again = await region.end(region.start(parent, INPUT, 'second'));

    expect(again.error).toBe('StepFunctions.ExecutionAlreadyExistsException');
    expect(again.cause).toMatch(/^Execution Already Exists: .*Error Code: ExecutionAlreadyExists;/);
  });
});

describe('startExecution.sync:2', () => {
  it('waits, and gives the output as JSON', async () => {
    const region = makeStatesRegion();
    const child = region.create(
      only({ Type: 'Wait', Seconds: 90, Output: { twice: '{% $states.input.n * 2 %}' } }),
      'child',
    );
    const machine = only(nested('.sync:2', child, { Output: '{% $states.result %}' }));
    const run = region.start(region.create(machine), INPUT);

    const { output } = await region.end(run);

    expect(JSON.parse(String(output))).toMatchObject({
      Name: 'wave-1',
      Status: 'SUCCEEDED',
      Input: { n: 20 },
      Output: { twice: 40 },
    });
    expect(region.events(run)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('fails with States.TaskFailed, and the error of the child is in the cause', async () => {
    const region = makeStatesRegion();
    const failing = { StartAt: 'Stop', States: { Stop: { Type: 'Fail', Error: 'FailedDirty' } } };
    const child = region.create(failing, 'child');
    const run = region.start(region.create(only(nested('.sync:2', child))), INPUT);

    const { error, cause } = await region.end(run);

    expect(error).toBe('States.TaskFailed');
    expect(JSON.parse(String(cause))).toMatchObject({
      Error: 'FailedDirty',
      Status: 'FAILED',
      Input: '{"n":20}',
    });
  });

  it('stops the child when the parent is stopped, and when the task times out', async () => {
    for (const how of ['stop', 'timeout']) {
      const region = makeStatesRegion();
      const child = region.create(only({ Type: 'Wait', Seconds: 3600 }), 'child');
      const task = nested('.sync:2', child, how === 'timeout' ? { TimeoutSeconds: 60 } : {});
      const executionArn = region.start(region.create(only(task)), INPUT);
      await region.advance(30);

      if (how === 'stop') region.api('StopExecution', { executionArn });
      await region.advance(60);

      expect(childOf(region).status).toBe('ABORTED');
    }
  });

  it('reports the events of parent and child', async () => {
    const region = makeStatesRegion();
    const child = region.create(only({ Type: 'Pass' }), 'child');
    await region.end(region.start(region.create(only(nested('.sync:2', child))), INPUT));

    expect(region.emitted.map(({ detail }) => `${detail.name} ${detail.status}`)).toEqual([
      'run RUNNING',
      'wave-1 RUNNING',
      'wave-1 SUCCEEDED',
      'run SUCCEEDED',
    ]);
  });
});

describe('putEvents', () => {
  const put = (Entries: JsonObject[]) =>
    only({ Type: 'Task', Resource: 'arn:aws:states:::events:putEvents', Arguments: { Entries } });

  it('hands the entries to EventBridge with the execution among the resources', async () => {
    const region = makeStatesRegion();
    const entry = { Source: 'fleet', DetailType: 'rollout opened', Detail: { id: 1 } };
    const run = region.start(region.create(put([{ ...entry, EventBusName: 'fleet' }])));
    await region.end(run);

    expect(region.emitted[1]).toEqual({
      source: 'fleet',
      detailType: 'rollout opened',
      detail: { id: 1 },
      eventBusName: 'fleet',
      resources: ['arn:aws:states:eu-west-1:111122223333:stateMachine:machine', run],
    });
  });

  it('fails as a whole when one entry is refused', async () => {
    const region = makeStatesRegion();
    const entry = { Source: 'fleet', DetailType: 'x', Detail: '"text"' };
    const { error, cause } = await region.end(region.start(region.create(put([entry]))));

    expect(error).toBe('EventBridge.FailedEntry');
    expect(cause).toContain('MalformedDetail');
  });
});
