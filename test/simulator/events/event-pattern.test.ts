// Event patterns against events, with the cases of the EventBridge user guide.

import { describe, expect, it } from 'vitest';
import { compileEventPattern } from '../../../simulator/events/event-pattern.ts';
import { AwsError, type JsonObject } from '../../../simulator/kernel/service.ts';

const EVENT: JsonObject = {
  version: '0',
  id: 'e1',
  'detail-type': 'ECS Task State Change',
  source: 'aws.ecs',
  account: '111122223333',
  time: '2026-11-24T02:00:00Z',
  region: 'eu-west-1',
  resources: ['arn:aws:ecs:eu-west-1:111122223333:task/prod/1', 'arn:other'],
  detail: {
    lastStatus: 'STOPPED',
    version: 5,
    cpu: 99.5,
    healthy: true,
    stoppedReason: null,
    ip: '10.0.1.7',
    empty: [],
    containers: [
      { name: 'web', exitCode: 0 },
      { name: 'sidecar', exitCode: 137 },
    ],
    tags: { team: 'Payments' },
  },
};

function matches(pattern: unknown, event: JsonObject = EVENT): boolean {
  return compileEventPattern(JSON.stringify(pattern))(event);
}

function refusal(pattern: unknown): string {
  try {
    compileEventPattern(typeof pattern === 'string' ? pattern : JSON.stringify(pattern));
  } catch (error) {
    if (error instanceof AwsError && error.code === 'InvalidEventPatternException')
      return error.message.replace('Event pattern is not valid. Reason: ', '');
    throw error;
  }
  return 'accepted';
}

const detail = (member: string, ...matchers: unknown[]) => ({ detail: { [member]: matchers } });

describe('compileEventPattern() matches', () => {
  it.each([
    ['a value of a list', { source: ['aws.ec2', 'aws.ecs'] }],
    ['every named member', { source: ['aws.ecs'], 'detail-type': ['ECS Task State Change'] }],
    ['one element of an array', { resources: ['arn:other'] }],
    [
      'a number, a boolean and null',
      { detail: { version: [5], healthy: [true], stoppedReason: [null] } },
    ],
    ['prefix', { resources: [{ prefix: 'arn:aws:ecs' }] }],
    ['prefix ignoring case', detail('lastStatus', { prefix: { 'equals-ignore-case': 'sto' } })],
    ['suffix', detail('lastStatus', { suffix: 'PED' })],
    ['suffix ignoring case', detail('lastStatus', { suffix: { 'equals-ignore-case': 'ped' } })],
    ['equals-ignore-case', { detail: { tags: { team: [{ 'equals-ignore-case': 'PAYMENTS' }] } } }],
    ['wildcard', { resources: [{ wildcard: 'arn:aws:ecs:*:task/prod/*' }] }],
    ['anything-but a list', detail('lastStatus', { 'anything-but': ['RUNNING', 'PENDING'] })],
    ['anything-but a number', detail('version', { 'anything-but': 4 })],
    ['anything-but a prefix', detail('lastStatus', { 'anything-but': { prefix: 'RUN' } })],
    [
      'anything-but several suffixes',
      detail('lastStatus', { 'anything-but': { suffix: ['ING', 'X'] } }),
    ],
    ['anything-but a wildcard', detail('lastStatus', { 'anything-but': { wildcard: '*ING' } })],
    ['numeric equality', detail('version', { numeric: ['=', 5] })],
    ['a numeric range', detail('cpu', { numeric: ['>', 99, '<=', 99.5] })],
    ['an address of a CIDR block', detail('ip', { cidr: '10.0.0.0/16' })],
    ['a field that exists, although null', detail('stoppedReason', { exists: true })],
    ['a field that is absent', detail('stopCode', { exists: false })],
    ['an absent field below an absent object', { detail: { a: { b: [{ exists: false }] } } }],
    ['an empty array as absent', detail('empty', { exists: false })],
    ['$or', { $or: [{ source: ['aws.ssm'] }, { detail: { version: [5] } }] }],
    ['one object of an array', { detail: { containers: { name: ['sidecar'], exitCode: [137] } } }],
    ['any matcher of a list', detail('version', 4, { numeric: ['>=', 5] })],
  ])('%s', (_what, pattern) => {
    expect(matches(pattern)).toBe(true);
  });
});

describe('compileEventPattern() does not match', () => {
  it.each([
    ['another value', { source: ['aws.ssm'] }],
    ['text that only looks like the number', detail('version', '5')],
    [
      'when one member of several fails',
      { source: ['aws.ecs'], detail: { lastStatus: ['RUNNING'] } },
    ],
    ['an absent member', detail('stopCode', { 'anything-but': ['x'] })],
    ['a listed value with anything-but', detail('lastStatus', { 'anything-but': ['STOPPED'] })],
    ['case that differs', detail('lastStatus', 'stopped')],
    ['a number out of range', detail('version', { numeric: ['>', 5, '<', 9] })],
    ['an address outside of the block', detail('ip', { cidr: '10.1.0.0/16' })],
    ['exists on an object, which is no leaf', detail('tags', { exists: true })],
    [
      'values of two different objects',
      { detail: { containers: { name: ['web'], exitCode: [137] } } },
    ],
    ['when no branch of $or holds', { $or: [{ source: ['a'] }, { source: ['b'] }] }],
    ['an escaped asterisk', detail('lastStatus', { wildcard: 'STOP\\*' })],
  ])('%s', (_what, pattern) => {
    expect(matches(pattern)).toBe(false);
  });

  it('a replayed event, when replay-name must be absent', () => {
    const pattern = { source: ['aws.ecs'], 'replay-name': [{ exists: false }] };
    expect(matches(pattern)).toBe(true);
    expect(matches(pattern, { ...EVENT, 'replay-name': 'r' })).toBe(false);
  });
});

describe('compileEventPattern() refuses', () => {
  it.each([
    ['text that is not JSON', '{', 'Pattern is not valid JSON'],
    ['an array', [], 'Filter is not an object'],
    ['an empty object', {}, 'Empty objects are not allowed'],
    ['an empty array', { source: [] }, 'Empty arrays are not allowed'],
    ['a bare value', { source: 'aws.ecs' }, '"source" must be an object or an array'],
    ['an unknown operator', detail('a', { contains: 'x' }), 'Unrecognized match type contains'],
    [
      'two operators at once',
      detail('a', { prefix: 'x', suffix: 'y' }),
      'Only one key allowed in match expression',
    ],
    [
      'a prefix that is no text',
      detail('a', { prefix: 1 }),
      'prefix match pattern must be a string',
    ],
    [
      'exists that is no boolean',
      detail('a', { exists: 'yes' }),
      'exists match pattern must be either true or false.',
    ],
    [
      'a range the wrong way round',
      detail('a', { numeric: ['<', 5, '>', 1] }),
      'Bad numeric range operator: >',
    ],
    [
      'a number that is too large',
      detail('a', { numeric: ['=', 6e9] }),
      'Value must be between -5000000000 and 5000000000, inclusive',
    ],
    [
      'two asterisks in a row',
      detail('a', { wildcard: 'a**b' }),
      'Consecutive wildcard characters at pos 1',
    ],
    [
      'a malformed CIDR block',
      detail('a', { cidr: '10.0.0.0' }),
      "Malformed CIDR, one '/' required",
    ],
    [
      '$or with one branch',
      { $or: [{ a: [1] }] },
      'There must have at least 2 Objects in the array of "$or"',
    ],
    [
      'a pattern over the quota',
      { source: ['x'.repeat(2100)] },
      'Event pattern is larger than 2048 characters',
    ],
  ])('%s', (_what, pattern, reason) => {
    expect(refusal(pattern)).toBe(reason);
  });
});
