// The ECS agent: connected, and untouched since the look before.

import { describe, expect, it } from 'vitest';
import { judgeAgent } from '../../../functions/core/agent.ts';

describe('judgeAgent()', () => {
  it('judgeAgent() has settled when it is connected and nothing changed since', () => {
    expect(judgeAgent({ agentConnected: true, version: 7 }, 7)).toEqual({ kind: 'settled' });
  });

  it.each([7, 8, undefined])('judgeAgent() has not settled when it is disconnected', (before) => {
    expect(judgeAgent({ agentConnected: false, version: 7 }, before)).toEqual({
      kind: 'unsettled',
      reason: 'its ECS agent disconnected again',
    });
  });

  it.each([6, 8, 0, undefined])(
    'judgeAgent() has not settled when it changed meanwhile, or nobody looked before',
    (before) => {
      expect(judgeAgent({ agentConnected: true, version: 7 }, before)).toEqual({
        kind: 'unsettled',
        reason: 'it changed since the last look, so its ECS agent may have flapped',
      });
    },
  );
});
