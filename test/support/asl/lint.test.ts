// The ASL lint: each rule finds what it is for, and a clean machine has no finding.

import { describe, expect, it } from 'vitest';
import { lintStateMachine } from './lint.ts';
import type { Json } from './walk.ts';

const task = {
  Type: 'Task',
  Comment: 'Drains before the reboot, as tasks must move first.',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: substituted at deployment.
  Arguments: { FunctionName: '${DrainHost}', Payload: '{% $states.context.Task.Token %}' },
  TimeoutSeconds: 600,
  HeartbeatSeconds: 60,
  Assign: { drained: '{% $states.result.drained %}' },
  Retry: [{ ErrorEquals: ['Lambda.TooManyRequestsException'], JitterStrategy: 'FULL' }],
  Catch: [
    { ErrorEquals: ['DrainTimedOut'], Next: 'FailedClean' },
    { ErrorEquals: ['States.ALL'], Next: 'FailedClean' },
  ],
  Next: 'IsDrained',
};

const clean = {
  Comment: 'Updates one container instance.',
  QueryLanguage: 'JSONata',
  StartAt: 'DrainHost',
  States: {
    DrainHost: task,
    IsDrained: {
      Type: 'Choice',
      Comment: 'A host that could not be drained is left alone.',
      Choices: [{ Condition: '{% $drained %}', Next: 'Succeeded' }],
      Default: 'FailedClean',
    },
    Succeeded: { Type: 'Succeed', Comment: 'On the new version.' },
    FailedClean: { Type: 'Fail', Comment: 'Nothing left behind.', Error: 'FailedClean' },
  },
};

/** The clean machine with other fields in its first state. */
function withTask(fields: object): Json {
  return { ...clean, States: { ...clean.States, DrainHost: { ...task, ...fields } } };
}

/** The clean machine whose first state gives this expression. */
function withExpression(source: string): Json {
  return withTask({ Output: `{% ${source} %}` });
}

function rules(definition: Json): string[] {
  const findings = lintStateMachine(definition, { name: 'update-container-instance' });
  return [...new Set(findings.map((finding) => finding.rule))];
}

function without(field: string): Json {
  return withTask({ [field]: undefined });
}

describe('lintStateMachine()', () => {
  it('finds nothing in a clean machine, and leaves it as it is', () => {
    const before = JSON.stringify(clean);

    expect(lintStateMachine(clean, { name: 'clean' })).toEqual([]);
    expect(JSON.stringify(clean)).toBe(before);
  });

  it.each<[string, Json]>([
    ['comment', JSON.parse(JSON.stringify(without('Comment')))],
    ['comment', { ...clean, Comment: '' }],
    ['task-timeout', JSON.parse(JSON.stringify(without('TimeoutSeconds')))],
    ['heartbeat', withTask({ HeartbeatSeconds: 600 })],
    ['states-all', withTask({ Retry: [{ ErrorEquals: ['States.ALL', 'Boom'] }] })],
    ['states-all', withTask({ Catch: [...task.Catch].reverse() })],
    ['jitter', withTask({ Retry: [{ ErrorEquals: ['Boom'], JitterStrategy: 'HALF' }] })],
    [
      'literal-arn',
      withTask({
        Arguments: { FunctionName: 'arn:aws:lambda:eu-west-1:111122223333:function:drain' },
      }),
    ],
    [
      'end-state',
      { ...clean, States: { ...clean.States, DrainHost: { ...task, Next: undefined, End: true } } },
    ],
    [
      'choice-default',
      {
        ...clean,
        States: { ...clean.States, IsDrained: { ...clean.States.IsDrained, Default: undefined } },
      },
    ],
    ['jsonata-syntax', withExpression('$states.input.a ?? 1')],
    ['jsonata-syntax', withExpression('$states.input.a ?: 1')],
    ['jsonata-eval', withExpression("$eval('1')")],
    ['top-level-input', withExpression('$')],
    ['top-level-input', withExpression('$$.a')],
    ['bare-name', withExpression('a.b')],
    ['bare-name', withExpression('$count(a)')],
    ['bare-name', withExpression('*')],
    ['undefined-variable', withExpression('$drainedd')],
    ['asl-validator', { ...clean, StartAt: 'Nowhere' }],
    ['asl-validator', withTask({ InputPath: '$.a' })],
  ])('finds %s', (rule, definition) => {
    expect(rules(definition)).toContain(rule);
  });

  it.each([
    '$states.input.items[size > 1 and $.ok].name',
    '$map($states.input.items, function($item, $i) { $item.id & $i })',
    "($total := $sum($states.input.items.(price * count)); {'total': $total, 'done': $drained})",
    '$states.input.items^(>age){kind: $count($)}',
    '$states.input.items#$at[$at < 2]',
    '$states.input ~> |$|{"seen": true}|',
    '$partition($states.input.ids, 50)[$count($) > 0] ~> $map(function($ids) { $join($ids) })',
  ])('finds nothing wrong in %s', (source) => {
    expect(lintStateMachine(withExpression(source), { name: 'clean' })).toEqual([]);
  });

  it('says where: machine, state, field', () => {
    const [finding] = lintStateMachine(withExpression('$lost'), { name: 'run-wave' });

    expect(finding).toEqual({
      rule: 'undefined-variable',
      place: 'run-wave/States/DrainHost/Output',
      message: '$lost is assigned nowhere in the machine',
    });
  });

  it('takes other end states, and none for lines inside a Map', () => {
    const map = {
      Type: 'Map',
      Comment: 'Once per item.',
      ToleratedFailureCount: 3,
      ItemProcessor: { StartAt: 'say', States: { say: { Type: 'Pass', End: true } } },
      End: true,
    };
    const machine = { ...clean, StartAt: 'Each', States: { Each: map } };

    const findings = lintStateMachine(machine, { name: 'm', endStates: ['Each'] });

    expect(findings.map(({ rule, place }) => `${rule} ${place}`)).toEqual([
      'tolerated-failure m/States/Each',
      'comment m/States/Each/ItemProcessor/States/say',
      'name m/States/Each/ItemProcessor/States/say',
    ]);
  });
});
