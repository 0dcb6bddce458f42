// What a target receives: Input, InputPath and InputTransformer.

import { describe, expect, it } from 'vitest';
import {
  isJsonPath,
  readJsonPath,
  targetPayload,
} from '../../../simulator/events/input-transformer.ts';

const EVENT = {
  'detail-type': 'EC2 Instance State-change Notification',
  resources: ['arn:one', 'arn:two'],
  detail: { 'instance-id': 'i-1', state: 'running', said: 'a "quoted" word', nested: { n: 1 } },
};
const CONTEXT = {
  ruleArn: 'arn:rule',
  ruleName: 'watch',
  ingestionTime: '2026-11-24T02:00:00.000Z',
};

function transform(InputTemplate: string): unknown {
  const InputPathsMap = {
    id: '$.detail.instance-id',
    said: '$.detail.said',
    nested: '$.detail.nested',
    absent: '$.detail.absent',
  };
  return targetPayload({ InputTransformer: { InputPathsMap, InputTemplate } }, EVENT, CONTEXT);
}

describe('readJsonPath()', () => {
  it('follows members and indexes', () => {
    expect(readJsonPath(EVENT, '$.detail.nested.n')).toBe(1);
    expect(readJsonPath(EVENT, '$.resources[1]')).toBe('arn:two');
    expect(readJsonPath(EVENT, "$['detail-type']")).toBe(EVENT['detail-type']);
    expect(readJsonPath(EVENT, '$.detail.state.deeper')).toBeUndefined();
    expect(readJsonPath(EVENT, '$')).toBe(EVENT);
  });

  it('isJsonPath() refuses what EventBridge has not', () => {
    expect(isJsonPath('$.detail.instance-id')).toBe(true);
    expect(isJsonPath('$..state')).toBe(false);
    expect(isJsonPath('detail')).toBe(false);
  });
});

describe('targetPayload()', () => {
  it('is the whole event unless the target says otherwise', () => {
    expect(targetPayload({}, EVENT, CONTEXT)).toBe(EVENT);
    expect(targetPayload({ Input: '{"a":1}' }, EVENT, CONTEXT)).toEqual({ a: 1 });
    expect(targetPayload({ InputPath: '$.detail.state' }, EVENT, CONTEXT)).toBe('running');
  });

  it('fills an unquoted variable with JSON and a quoted one with text', () => {
    expect(transform('{"instance": <id>, "all": <nested>}')).toEqual({
      instance: 'i-1',
      all: { n: 1 },
    });
    expect(transform('{"text": "instance <id> says <said>"}')).toEqual({
      text: 'instance i-1 says a "quoted" word',
    });
    expect(transform('"<id> is <nested>"')).toBe('i-1 is {"n":1}');
  });

  it('knows the predefined variables and leaves absent ones empty', () => {
    expect(transform('{"rule": <aws.events.rule-name>, "x": "<absent>"}')).toEqual({
      rule: 'watch',
      x: '',
    });
    expect(transform('{"event": <aws.events.event.json>}')).toEqual({ event: EVENT });
  });
});
