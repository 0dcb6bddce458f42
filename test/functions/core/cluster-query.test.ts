// Placement expressions: what attributes decide is decided, everything else cannot be told.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesQuery } from '../../../functions/core/cluster-query.ts';
import { PROPERTY } from './samples.ts';

const attributes = new Map([
  ['ecs.availability-zone', 'eu-west-1a'],
  ['ecs.instance-type', 'm6i.xlarge'],
  ['stack', 'prod'],
  ['gpu', ''],
]);

const CASES: readonly (readonly [string, boolean | undefined])[] = [
  ['attribute:stack == prod', true],
  ['attribute:stack equals "prod"', true],
  ["attribute:stack == 'test'", false],
  ['attribute:nothing == prod', false],
  ['attribute:stack != prod', false],
  ['attribute:stack not_equals test', true],
  ['attribute:nothing != prod', undefined],
  ['attribute:gpu exists', true],
  ['attribute:nothing exists', false],
  ['attribute:nothing !exists', true],
  ['attribute:gpu not_exists', false],
  ['attribute:stack in [test, prod]', true],
  ['attribute:stack in [test]', false],
  ['attribute:stack !in [test, "prod"]', false],
  ['attribute:stack not_in [test]', true],
  ['attribute:nothing not_in [test]', undefined],
  ['attribute:ecs.instance-type =~ m6i.*', true],
  ['attribute:ecs.instance-type matches t3.*', false],
  ['attribute:nothing =~ m6i.*', false],
  ['attribute:ecs.instance-type =~ (m|c)6i.*', undefined],
  ['attribute:ecs.instance-type =~ .**', undefined],
  ['attribute:stack == prod and attribute:gpu exists', true],
  ['attribute:stack == prod && attribute:nothing exists', false],
  ['attribute:stack == test or attribute:gpu exists', true],
  ['attribute:stack == test || attribute:nothing exists', false],
  ['attribute:nothing exists and attribute:stack == prod or attribute:gpu exists', true],
  // False beats what cannot be told, and so does true where one is enough.
  ['runningTasksCount < 3', undefined],
  ['runningTasksCount < 3 and attribute:stack == test', false],
  ['agentConnected == true or attribute:stack == prod', true],
  ['task:group == service:web', undefined],
  ['not(attribute:stack == prod)', undefined],
  ['(attribute:stack == prod)', undefined],
  ['attribute:stack ==', undefined],
  ['attribute:stack in [prod', undefined],
  ['runningTasksCount <= 3 and attribute:stack == test', false],
  ['attribute:stack == "or"', undefined],
  // What is not understood is not guessed at, although the rest would decide it.
  ['attribute:stack == test and (attribute:gpu exists', undefined],
  ['attribute:stack == test and attribute:gpu exists )', undefined],
  ['attribute:stack == test and ! attribute:gpu exists', undefined],
  ['attribute:stack == test and not attribute:gpu exists', undefined],
  ['attribute:stack in test prod]', undefined],
  ['attribute:stack in [test prod', undefined],
  ['attribute:stack in [test other, prod]', undefined],
  ['attribute:stack not_in test', undefined],
  ['attribute:stack != test other', undefined],
  ['attribute:stack =~ prod other', undefined],
  ['attribute:stack >= 3', undefined],
  ['attribute:nothing in [test]', false],
  ['attribute:nothing =~ .*', false],
  ['attribute:ecs.instance-type =~ m6i.xlarge', true],
  ['attribute:ecs.instance-type =~ "(m|c)6i.*"', undefined],
  ['  attribute:stack == prod  ', true],
  [`attribute:stack == ${'x'.repeat(1981)}`, false],
  [`attribute:stack == ${'x'.repeat(1982)}`, undefined],
  ['', undefined],
  ['"', undefined],
  [`attribute:stack == ${'x'.repeat(2000)}`, undefined],
];

describe('matchesQuery()', () => {
  it.each(CASES)('matchesQuery() of %s is %s', (expression, truth) => {
    expect(matchesQuery(expression, attributes)).toBe(truth);
  });

  it('matchesQuery() answers whatever it is given', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect([true, false, undefined]).toContain(matchesQuery(text, attributes));
      }),
      PROPERTY,
    );
  });
});
