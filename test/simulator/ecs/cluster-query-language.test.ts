// The cluster query language: what it accepts, what it means, and that no text makes it fall over.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Expression, parseExpression } from '../../../simulator/ecs/cluster-query-language.ts';
import { AwsError } from '../../../simulator/kernel/service.ts';
import { ec2Id, instanceArn, makeEcs } from './support/ecs-region.ts';

async function matching(filter: string): Promise<number[]> {
  const region = makeEcs({
    services: [{ name: 'web', desiredCount: 1 }],
    instances: (n) => ({
      attributes: n === 1 ? [{ name: 'stack', value: 'prod blue' }] : [],
      versionInfo: { agentVersion: n === 2 ? '1.100.0' : '1.98.0' },
      agentConnected: n !== 2,
    }),
  });
  const { containerInstanceArns } = await region.ask('ListContainerInstances', { filter });
  return (containerInstanceArns as string[]).map((arn) => Number.parseInt(arn.slice(-4), 16));
}

describe('a filter selects', () => {
  it.each([
    ['attribute:bottlerocket.variant exists and agentConnected == true', [0, 1]],
    ['attribute:stack exists', [1]],
    ['attribute:stack !exists', [0, 2]],
    ['attribute:stack not_exists', [0, 2]],
    ['attribute:stack == "prod blue"', [1]],
    ["attribute:stack equals 'prod blue'", [1]],
    ['attribute:stack != other', [0, 1, 2]],
    ['attribute:ecs.availability-zone in [eu-west-1a, eu-west-1b]', [0, 1]],
    ['attribute:ecs.availability-zone !in [eu-west-1a,eu-west-1b]', [2]],
    ['attribute:ecs.instance-type =~ m6.*', [0, 1, 2]],
    ['attribute:ecs.instance-type =~ m6', []],
    ['attribute:ecs.instance-type !~ m6.*', []],
    [`ec2InstanceId in ['${ec2Id(0)}', '${ec2Id(2)}']`, [0, 2]],
    ['agentVersion > 1.99.0', [2]],
    ['agentVersion == 1.98.0', [0, 1]],
    ['agentConnected == false', [2]],
    ['runningTasksCount == 0 or runningTasksCount >= 1', [0, 1, 2]],
    ['task:group == service:web and runningTasksCount == 0', []],
    ['not(task:group == service:web) and not(task:group == x)', [1, 2]],
    ['registeredAt > 2026-01-01 && registeredAt < 2026-10-26T00:00:00Z', [0, 1, 2]],
    ['!(agentConnected == false) || attribute:stack exists', [0, 1]],
    ['attribute:stack exists or agentConnected == true and agentVersion == 0.0.1', [1]],
  ])('%s', async (filter, expected) => {
    expect(await matching(filter)).toEqual(expected);
  });
});

describe('a filter is refused', () => {
  it.each([
    'attribute:stack',
    'attribute: == x',
    'stack == prod',
    'agentConnected exists',
    'runningTasksCount =~ 1.*',
    'attribute:stack in prod',
    'attribute:stack in []',
    'attribute:stack == ',
    '(attribute:stack exists',
    'attribute:stack exists)',
    'attribute:stack exists and',
    'attribute:stack =~ "["',
    'task:family == web',
    'attribute:stack == "prod',
    'attribute:stack = prod',
    'attribute:a exists attribute:b exists',
  ])('%s', async (filter) => {
    const { code, message } = await makeEcs().refuse('ListContainerInstances', { filter });
    expect({ code, message }).toEqual({
      code: 'InvalidParameterException',
      message: 'Invalid expression.',
    });
  });
});

const word = fc
  .stringMatching(/^[a-z][a-z0-9.-]{0,6}$/)
  .filter((text) => !/^(and|or|not|in)$/.test(text));
const comparison = fc.oneof(
  word.map((name) => `attribute:${name} exists`),
  fc.tuple(word, word).map(([name, value]) => `attribute:${name} == "${value}"`),
  fc
    .tuple(word, fc.array(word, { minLength: 1, maxLength: 3 }))
    .map(([name, values]) => `attribute:${name} in [${values.join(', ')}]`),
);
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small' },
    comparison,
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a}) and (${b})`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a}) or (${b})`),
    tie('expression').map((a) => `not (${a})`),
  ),
}));

function written(parsed: Expression): string {
  if (parsed.kind === 'not') return `not (${written(parsed.inner)})`;
  if (parsed.kind !== 'comparison')
    return `(${written(parsed.left)}) ${parsed.kind} (${written(parsed.right)})`;
  const subject = parsed.name ? `${parsed.subject}:${parsed.name}` : parsed.subject;
  const values = parsed.values.map((value) => `"${value}"`);
  if (parsed.operator === 'exists') return `${subject} exists`;
  if (parsed.operator === 'in') return `${subject} in [${values.join(', ')}]`;
  return `${subject} ${parsed.operator} ${values[0]}`;
}

describe('parseExpression()', () => {
  it('reads back what it read', () => {
    fc.assert(
      fc.property(expression, (text) => {
        const parsed = parseExpression(text);
        expect(parseExpression(written(parsed))).toEqual(parsed);
      }),
    );
  });

  it('answers any text with an expression or an InvalidParameterException', () => {
    const noise = fc.string({ unit: fc.constantFrom(...'abt:()[]!=<>~&|,"\' inoexst') });
    fc.assert(
      fc.property(fc.oneof(noise, fc.string()), (text) => {
        try {
          parseExpression(text);
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
          expect((error as AwsError).code).toBe('InvalidParameterException');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a filter and the page', () => {
  it('go together: the token of one filter is no token of another', async () => {
    const region = makeEcs();
    const filter = 'attribute:bottlerocket.variant exists';
    const first = await region.ask('ListContainerInstances', { filter, maxResults: 2 });
    expect(first.containerInstanceArns).toEqual([instanceArn(0), instanceArn(1)]);
    const { nextToken } = first;
    const rest = await region.ask('ListContainerInstances', { filter, maxResults: 2, nextToken });
    expect(rest).toEqual({ containerInstanceArns: [instanceArn(2)] });
    const { message } = await region.refuse('ListContainerInstances', { nextToken });
    expect(message).toBe('Invalid token.');
  });
});
