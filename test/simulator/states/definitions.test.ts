// What is refused when a machine is created, and where the refusal says the fault is.

import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../simulator/kernel/service.ts';
import { makeStatesRegion, only } from './region.ts';

const INVOKE = 'arn:aws:states:::lambda:invoke';
const task = {
  Type: 'Task',
  Resource: INVOKE,
  Arguments: { FunctionName: 'work' },
  TimeoutSeconds: 60,
};
const done = { Type: 'Succeed' };

function two(first: JsonObject, second: JsonObject = done): JsonObject {
  return { StartAt: 'First', States: { First: first, Second: second } };
}

const refused: readonly [string, JsonObject, string][] = [
  ['no States', { StartAt: 'A' }, 'These fields are required: [States] at /'],
  ['no state at all', { StartAt: 'A', States: {} }, 'Value cannot be empty at /States'],
  [
    'an unknown type',
    only({ Type: 'Loop' }),
    'Pass, Succeed, Fail, Choice, Parallel, Map] at /States/Only/Type',
  ],
  ['an unknown field', only({ Type: 'Pass', Result: 1 }), 'not supported at /States/Only/Result'],
  [
    'an unknown field of Retry',
    only({ ...task, Retry: [{ ErrorEquals: ['Boom'], Delay: 3 }] }),
    'Field is not supported at /States/Only/Retry/0/Delay',
  ],
  [
    'JSONPath',
    { ...only({ Type: 'Pass' }), QueryLanguage: 'JSONPath' },
    "'QueryLanguage' must be 'JSONata': JSONPath is not simulated at /QueryLanguage",
  ],
  [
    'a JSONPath key',
    only({ ...task, Arguments: { 'FunctionName.$': '$.f', FunctionName: 'work' } }),
    'JSONPath is not simulated at /States/Only/Arguments/FunctionName.$',
  ],
  [
    'an integration of another partition',
    only({ ...task, Resource: 'arn:aws-us-gov:states:::lambda:invoke' }),
    'arn:aws-us-gov:states:::lambda:invoke is not recognized.',
  ],
  [
    'a missing target',
    two({ Type: 'Pass', Next: 'Third' }),
    "MISSING_TRANSITION_TARGET: Missing 'Next' target: Third at /States/First/Next",
  ],
  [
    'a missing target of Catch',
    two({ ...task, Catch: [{ ErrorEquals: ['Boom'], Next: 'Third' }], Next: 'Second' }),
    "Missing 'Next' target: Third at /States/First/Catch/0/Next",
  ],
  [
    'a state that nothing reaches',
    two({ Type: 'Pass', End: true }),
    'MISSING_TRANSITION_TARGET: State "Second" is not reachable. at /States/Second',
  ],
  [
    'neither Next nor End',
    two({ Type: 'Pass' }),
    "'Next' and 'End' must be given at /States/First",
  ],
  [
    'an unknown resource',
    only({ Type: 'Task', Resource: 'arn:aws:states:::ecs:runTask.sync' }),
    'The resource provided arn:aws:states:::ecs:runTask.sync is not recognized',
  ],
  [
    'Arguments that lack a member',
    only({ Type: 'Task', Resource: INVOKE, Arguments: { Payload: {} } }),
    "The field 'FunctionName' is required but was missing at /States/Only/Arguments",
  ],
  [
    'Arguments with a member that is not simulated',
    only({ ...task, Arguments: { FunctionName: 'work', InvocationType: 'Event' } }),
    'not supported by Step Functions at /States/Only/Arguments/InvocationType',
  ],
  [
    'a heartbeat without a token',
    only({ ...task, HeartbeatSeconds: 5 }),
    'at /States/Only/HeartbeatSeconds',
  ],
  [
    'States.ALL before the last',
    two({
      ...task,
      Catch: [
        { ErrorEquals: ['States.ALL'], Next: 'Second' },
        { ErrorEquals: ['Boom'], Next: 'Second' },
      ],
      Next: 'Second',
    }),
    'States.ALL must appear alone and in the last entry at /States/First/Catch/0/ErrorEquals',
  ],
  [
    'JSONata of a later version',
    only({ Type: 'Pass', Output: { a: '{% $states.input.a ?? 1 %}' } }),
    'The JSONata expression is not valid.',
  ],
  [
    '$eval',
    only({ Type: 'Pass', Assign: { x: "{% $eval('1') %}" } }),
    'The JSONata function $eval is not supported at /States/Only/Assign/x',
  ],
  [
    'white space around an expression',
    only({ ...task, TimeoutSeconds: ' {% 1 %}' }),
    'TimeoutSeconds',
  ],
  [
    'a variable named states',
    only({ Type: 'Pass', Assign: { states: 1 } }),
    "Variable name 'states' is reserved",
  ],
  [
    'Seconds and Timestamp',
    only({ Type: 'Wait', Seconds: 1, Timestamp: '2026-11-24T02:00:00Z' }),
    'Exactly one of',
  ],
  [
    'a Timestamp without an offset',
    only({ Type: 'Wait', Timestamp: '2026-11-24T02:00:00' }),
    'String does not match RFC3339 timestamp at /States/Only/Timestamp',
  ],
  [
    'a distributed Map',
    only({
      Type: 'Map',
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'A',
        States: { A: done },
      },
    }),
    'Field is not supported at /States/Only/ItemProcessor/ProcessorConfig/ExecutionType',
  ],
  [
    'a name used twice, in a Map and outside',
    only({ Type: 'Map', ItemProcessor: { StartAt: 'Only', States: { Only: done } } }),
    'Duplicate state name: Only at /States/Only/ItemProcessor/States/Only',
  ],
  [
    'a variable of an outer scope assigned again inside a Map',
    {
      StartAt: 'Set',
      States: {
        Set: { Type: 'Pass', Assign: { x: 1 }, Next: 'Each' },
        Each: {
          Type: 'Map',
          ItemProcessor: {
            StartAt: 'Again',
            States: { Again: { Type: 'Pass', Assign: { x: 2 }, End: true } },
          },
          End: true,
        },
      },
    },
    "Variable 'x' is assigned in an outer scope at /States/Each/ItemProcessor/States/Again/Assign",
  ],
];

describe('CreateStateMachine', () => {
  it.each(refused)('refuses %s', (_what, definition, message) => {
    const region = makeStatesRegion();

    expect(() => region.create(definition)).toThrow(
      expect.objectContaining({
        code: 'InvalidDefinition',
        message: expect.stringContaining(message),
      }),
    );
  });

  it('refuses what is no JSON', () => {
    const roleArn = 'arn:aws:iam::111122223333:role/states';
    const input = { name: 'broken', definition: '{', roleArn };

    expect(() => makeStatesRegion().api('CreateStateMachine', input)).toThrow(
      "Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION:",
    );
  });

  it('names every fault at once', () => {
    const machine = two({ Type: 'Pass', Next: 'Third' }, { ...done, Output: '{% ( %}' });

    expect(() => makeStatesRegion().create(machine)).toThrow(
      /MISSING_TRANSITION_TARGET.*, SCHEMA_VALIDATION_FAILED.*, MISSING_TRANSITION_TARGET/,
    );
  });
});

describe('ValidateStateMachineDefinition', () => {
  it('answers the same findings without creating anything', () => {
    const region = makeStatesRegion();
    const validate = (machine: JsonObject) =>
      region.api('ValidateStateMachineDefinition', {
        definition: JSON.stringify({ QueryLanguage: 'JSONata', ...machine }),
      });

    expect(validate(only(task))).toEqual({ result: 'OK', diagnostics: [], truncated: false });
    expect(validate(only({ Type: 'Pass', Result: 1 }))).toMatchObject({
      result: 'FAIL',
      diagnostics: [{ severity: 'ERROR', location: '/States/Only/Result' }],
    });
  });
});
