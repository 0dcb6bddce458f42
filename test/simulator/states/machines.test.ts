// A table of small machines: what each state type, each field and each error does.

import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../simulator/kernel/service.ts';
import { makeStatesRegion, named, only, type RegionOptions, runMachine } from './region.ts';

const INVOKE = 'arn:aws:states:::lambda:invoke';

/** A task that invokes the function `work` with the state's input. */
function work(fields: JsonObject = {}): JsonObject {
  const given = { FunctionName: 'work', Payload: '{% $states.input %}' };
  return { Type: 'Task', Resource: INVOKE, Arguments: given, TimeoutSeconds: 60, ...fields };
}

interface Case {
  readonly name: string;
  readonly machine: JsonObject;
  readonly input?: unknown;
  readonly functions?: RegionOptions['functions'];
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: RegExp;
}

const cases: readonly Case[] = [
  {
    name: 'Pass gives Output, and Assign for the states after it',
    machine: {
      StartAt: 'First',
      States: {
        First: {
          Type: 'Pass',
          Assign: { count: '{% $states.input.n + 1 %}', label: 'plain' },
          Output: { n: '{% $states.input.n %}' },
          Next: 'Second',
        },
        Second: {
          Type: 'Pass',
          Output: '{% [$count, $label, $states.input.n, $states.context.State.Name] %}',
          End: true,
        },
      },
    },
    input: { n: 1 },
    output: [2, 'plain', 1, 'Second'],
  },
  {
    name: 'Assign and Output both see the variables as they were on entry',
    machine: {
      StartAt: 'First',
      States: {
        First: { Type: 'Pass', Assign: { x: 1 }, Next: 'Second' },
        Second: {
          Type: 'Pass',
          Assign: { x: 2, y: '{% $x %}' },
          Output: '{% $x %}',
          Next: 'Third',
        },
        Third: { Type: 'Succeed', Output: '{% [$x, $y, $states.input] %}' },
      },
    },
    output: [2, 1, 1],
  },
  {
    name: 'Succeed without Output passes its input on',
    machine: { StartAt: 'Done', States: { Done: { Type: 'Succeed' } } },
    input: [1, { a: null }],
    output: [1, { a: null }],
  },
  {
    name: 'Fail ends with the error and cause of its expressions',
    machine: {
      StartAt: 'Stop',
      States: {
        Stop: { Type: 'Fail', Error: 'Halted', Cause: "{% 'because ' & $states.input.why %}" },
      },
    },
    input: { why: 'asked' },
    error: 'Halted',
    cause: /^because asked$/,
  },
  {
    name: 'Choice takes the first true rule with its Assign and Output',
    machine: {
      StartAt: 'Which',
      States: {
        Which: {
          Type: 'Choice',
          Choices: [
            { Condition: '{% $states.input.n > 5 %}', Next: 'Show', Assign: { way: 'large' } },
            {
              Condition: '{% $states.input.n > 2 %}',
              Next: 'Show',
              Assign: { way: 'middle' },
              Output: 'ruled',
            },
          ],
          Default: 'Show',
          Assign: { way: 'default' },
        },
        Show: { Type: 'Pass', Output: '{% [$way, $states.input] %}', End: true },
      },
    },
    input: { n: 3 },
    output: ['middle', 'ruled'],
  },
  {
    name: 'Choice takes Default with the Assign of the state',
    machine: {
      StartAt: 'Which',
      States: {
        Which: {
          Type: 'Choice',
          Choices: [{ Condition: false, Next: 'Show' }],
          Default: 'Show',
          Assign: { way: 'default' },
        },
        Show: { Type: 'Pass', Output: '{% $way %}', End: true },
      },
    },
    output: 'default',
  },
  {
    name: 'Choice without a match and without Default fails',
    machine: {
      StartAt: 'Which',
      States: {
        Which: { Type: 'Choice', Choices: [{ Condition: false, Next: 'Show' }] },
        Show: { Type: 'Succeed' },
      },
    },
    error: 'States.NoChoiceMatched',
  },
  {
    name: 'Choice refuses a condition that is no boolean',
    machine: {
      StartAt: 'Which',
      States: {
        Which: {
          Type: 'Choice',
          Choices: [{ Condition: '{% 1 %}', Next: 'Show' }],
          Default: 'Show',
        },
        Show: { Type: 'Succeed' },
      },
    },
    error: 'States.QueryEvaluationError',
    cause: /'Choices\[0\]\/Condition' .* type\. Expected 'boolean', but was 'number' for value: 1/,
  },
  {
    name: 'an undefined result is an error that names expression and field',
    machine: only({ Type: 'Pass', Output: { a: { b: ['{% $states.input.zzz %}'] } } }),
    error: 'States.QueryEvaluationError',
    cause: /'Only' \(entered at the event id #2\)\. .* 'Output\/a\/b\[0\]' returned nothing/,
  },
  {
    name: 'a function as the result is an error',
    machine: only({ Type: 'Pass', Output: '{% function($x) { $x } %}' }),
    error: 'States.QueryEvaluationError',
    cause: /returned an unsupported result type/,
  },
  {
    name: 'an error inside JSONata is told with its code',
    machine: only({ Type: 'Pass', Output: '{% $nothing(1) %}' }),
    error: 'States.QueryEvaluationError',
    cause: /threw an error during evaluation\. T1006: Attempted to invoke a non-function/,
  },
  {
    name: 'bare names see nothing, as there is no input at the top level',
    machine: only({ Type: 'Pass', Output: '{% a %}' }),
    input: { a: 1 },
    error: 'States.QueryEvaluationError',
  },
  {
    name: 'the functions that AWS adds',
    machine: only({
      Type: 'Pass',
      Output: {
        partition: '{% $partition([1..5], 2) %}',
        range: '{% $range(10, 0, -5) %}',
        hash: "{% $hash('abc', 'SHA-1') %}",
        parsed: '{% $parse(\'{"a":[1]}\').a %}',
        seeded: '{% $random(7) = $random(7) %}',
        uuid: '{% $length($uuid()) %}',
      },
    }),
    output: {
      partition: [[1, 2], [3, 4], [5]],
      range: [10, 5, 0],
      hash: 'a9993e364706816aba3e25717850c26c9cd0d89d',
      parsed: [1],
      seeded: true,
      uuid: 36,
    },
  },
  {
    name: 'the context object',
    machine: only({
      Type: 'Pass',
      Output:
        '{% $states.context.[Execution.(Name & Input.k), StateMachine.Name, State.RetryCount] %}',
    }),
    input: { k: 'v' },
    output: ['runv', 'machine', 0],
  },
  {
    name: 'a function answers in Payload',
    machine: only(work({ Output: '{% $states.result %}' })),
    functions: { work: (payload) => ({ got: payload }) },
    input: { a: 1 },
    output: { ExecutedVersion: '$LATEST', Payload: { got: { a: 1 } }, StatusCode: 200 },
  },
  {
    name: 'a function ARN as the resource answers the payload itself',
    machine: only({
      Type: 'Task',
      Resource: 'arn:aws:lambda:eu-west-1:111122223333:function:work',
      Arguments: { n: '{% $states.input.n * 2 %}' },
    }),
    functions: { work: (payload) => payload.n },
    input: { n: 21 },
    output: 42,
  },
  {
    name: 'a function error keeps its type, and its cause is JSON',
    machine: only(work()),
    functions: {
      work() {
        throw named('LockHeldError', 'held by another rollout');
      },
    },
    error: 'LockHeldError',
    cause:
      /^\{"errorType":"LockHeldError","errorMessage":"held by another rollout","trace":\[.*\]\}$/,
  },
  {
    name: 'Catch sees errorOutput, assigns, and goes on',
    machine: {
      StartAt: 'Try',
      States: {
        Try: work({
          Catch: [
            {
              ErrorEquals: ['Boom'],
              Assign: { seen: '{% $states.errorOutput.Error %}' },
              Output: '{% $parse($states.errorOutput.Cause).errorMessage %}',
              Next: 'Show',
            },
          ],
          End: true,
        }),
        Show: { Type: 'Pass', Output: '{% [$seen, $states.input] %}', End: true },
      },
    },
    functions: {
      work() {
        throw named('Boom', 'loud');
      },
    },
    output: ['Boom', 'loud'],
  },
  {
    name: 'Catch without Output passes the error output on',
    machine: {
      StartAt: 'Try',
      States: {
        Try: work({
          TimeoutSeconds: 5,
          Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Done' }],
          End: true,
        }),
        Done: { Type: 'Succeed' },
      },
    },
    functions: { work: (_payload, region) => region.kernel.clock.sleep(3_600_000) },
    output: { Error: 'States.Timeout', Cause: '' },
  },
  {
    name: 'States.TaskFailed does not match a timeout',
    machine: {
      StartAt: 'Try',
      States: {
        Try: work({
          TimeoutSeconds: '{% $states.input.limit %}',
          Catch: [{ ErrorEquals: ['States.TaskFailed'], Next: 'Done' }],
          End: true,
        }),
        Done: { Type: 'Succeed' },
      },
    },
    input: { limit: 2 },
    functions: { work: (_payload, region) => region.kernel.clock.sleep(10_000) },
    error: 'States.Timeout',
  },
  {
    name: 'States.TaskFailed matches an error of a function',
    machine: {
      StartAt: 'Try',
      States: {
        Try: work({
          Catch: [{ ErrorEquals: ['States.TaskFailed'], Output: 'caught', Next: 'Done' }],
          End: true,
        }),
        Done: { Type: 'Succeed' },
      },
    },
    functions: {
      work() {
        throw named('Anything');
      },
    },
    output: 'caught',
  },
  {
    name: 'States.ALL catches a failed evaluation',
    machine: {
      StartAt: 'Try',
      States: {
        Try: work({
          Output: '{% $states.result.nothing %}',
          Catch: [
            {
              ErrorEquals: ['States.ALL'],
              Output: '{% $states.errorOutput.Error %}',
              Next: 'Done',
            },
          ],
          End: true,
        }),
        Done: { Type: 'Succeed' },
      },
    },
    output: 'States.QueryEvaluationError',
  },
  {
    name: 'States.ALL does not catch Arguments that the service cannot take',
    machine: {
      StartAt: 'Try',
      States: {
        Try: work({
          Arguments: "{% {'FunctionName': 'work', 'Qualifier': 'x'} %}",
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }],
          End: true,
        }),
        Done: { Type: 'Succeed' },
      },
    },
    error: 'States.Runtime',
    cause: /The field 'Qualifier' is not supported by Step Functions/,
  },
  {
    name: 'an error of the Lambda service keeps its own name',
    machine: only(work()),
    functions: {
      work() {
        throw named('Lambda.TooManyRequestsException', 'Rate exceeded');
      },
    },
    error: 'Lambda.TooManyRequestsException',
    cause: /^Rate exceeded$/,
  },
  {
    name: 'Map gathers results in the order of the items, whichever ends first',
    machine: only({
      Type: 'Map',
      Items: '{% $states.input.items %}',
      ItemSelector: {
        item: '{% $states.context.Map.Item.Value %}',
        index: '{% $states.context.Map.Item.Index %}',
      },
      ItemProcessor: {
        StartAt: 'Rest',
        States: {
          Rest: { Type: 'Wait', Seconds: '{% 10 - $states.input.item %}', Next: 'Say' },
          Say: {
            Type: 'Pass',
            Output: '{% $states.input.index & ":" & $states.input.item %}',
            End: true,
          },
        },
      },
      Output: '{% $states.result %}',
    }),
    input: { items: [1, 5, 9] },
    output: ['0:1', '1:5', '2:9'],
  },
  {
    name: 'Map reads outer variables and keeps its own to itself',
    machine: {
      StartAt: 'Set',
      States: {
        Set: { Type: 'Pass', Assign: { base: 10 }, Output: [1, 2], Next: 'Each' },
        Each: {
          Type: 'Map',
          ItemProcessor: {
            StartAt: 'Add',
            States: {
              Add: { Type: 'Pass', Assign: { mine: '{% $base + $states.input %}' }, Next: 'Give' },
              Give: { Type: 'Pass', Output: '{% $mine %}', End: true },
            },
          },
          Next: 'Show',
        },
        Show: { Type: 'Pass', Output: '{% [$states.input, $exists($mine)] %}', End: true },
      },
    },
    output: [11, 12, false],
  },
  {
    name: 'Map refuses Items that are no array',
    machine: only({
      Type: 'Map',
      Items: "{% 'x' %}",
      ItemProcessor: { StartAt: 'Give', States: { Give: { Type: 'Pass', End: true } } },
    }),
    error: 'States.QueryEvaluationError',
    cause: /field 'Items' .* type\. Expected 'array', but was 'string' for value: "x"/,
  },
  {
    name: 'Parallel gathers the outputs of its branches',
    machine: only({
      Type: 'Parallel',
      Arguments: { n: '{% $states.input.n %}' },
      Branches: [
        {
          StartAt: 'Slow',
          States: { Slow: { Type: 'Wait', Seconds: 5, Output: 'slow', End: true } },
        },
        {
          StartAt: 'Fast',
          States: { Fast: { Type: 'Pass', Output: '{% $states.input.n %}', End: true } },
        },
      ],
    }),
    input: { n: 4, m: 5 },
    output: ['slow', 4],
  },
];

describe('a machine', () => {
  it.each(cases)('$name', async ({ machine, input, functions, output, error, cause }) => {
    const region = makeStatesRegion(functions ? { functions } : {});

    const ended = await runMachine(region, machine, input);

    if (error === undefined) expect(ended.parsed).toEqual(output);
    else expect(ended).toMatchObject({ status: 'FAILED', error });
    if (cause) expect(ended.cause).toMatch(cause);
  });
});
