// A candidate looked at again right before its turn: ready, out for good, or waiting for its agent.

import { describe, expect, it } from 'vitest';
import { judgeCandidate } from '../../../functions/core/candidate.ts';
import { MINUTE, NOW } from './samples.ts';

const ready = { status: 'ACTIVE', agentConnected: true };
const disconnected = { ...ready, agentConnected: false };

describe('judgeCandidate()', () => {
  it('judgeCandidate() is ready when it is ACTIVE and its agent is connected', () => {
    expect(judgeCandidate(ready, undefined, NOW)).toEqual({ kind: 'ready' });
    expect(judgeCandidate(ready, NOW - 60 * MINUTE, NOW)).toEqual({ kind: 'ready' });
  });

  it.each([undefined, { ...ready, status: 'INACTIVE' }])(
    'judgeCandidate() is Gone when it does not exist any more: %j',
    (seen) => {
      expect(judgeCandidate(seen, undefined, NOW)).toEqual({
        kind: 'ruled-out',
        verdict: { outcome: 'Gone', code: 'Gone', reason: 'it was terminated before its turn' },
      });
    },
  );

  it.each(['DRAINING', 'DEREGISTERING'])(
    'judgeCandidate() is out when somebody else set it to %s, whatever its agent does',
    (status) => {
      for (const seen of [ready, disconnected]) {
        expect(judgeCandidate({ ...seen, status }, NOW - 60 * MINUTE, NOW)).toEqual({
          kind: 'ruled-out',
          verdict: {
            outcome: 'Skipped',
            code: 'AlreadyDraining',
            reason: `somebody else set it to ${status} before its turn`,
          },
        });
      }
    },
  );

  it.each([undefined, NOW, NOW - 10 * MINUTE + 1])(
    'judgeCandidate() waits for an agent that is away since %s',
    (since) => {
      expect(judgeCandidate(disconnected, since, NOW)).toEqual({
        kind: 'wait',
        reason: 'its ECS agent is not connected, so its drain could not be seen to end',
      });
    },
  );

  it('judgeCandidate() is out when its agent has been away for ten minutes', () => {
    expect(judgeCandidate(disconnected, NOW - 10 * MINUTE, NOW)).toEqual({
      kind: 'ruled-out',
      verdict: {
        outcome: 'Skipped',
        code: 'AgentDisconnected',
        reason:
          'its ECS agent has not been connected for ten minutes, so its drain could not be seen to end',
      },
    });
  });
});
