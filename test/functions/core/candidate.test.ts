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

  it('judgeCandidate() is Gone when it was deregistered', () => {
    expect(judgeCandidate({ ...ready, status: 'INACTIVE' }, undefined, NOW)).toEqual({
      kind: 'ruled-out',
      verdict: { outcome: 'Gone', code: 'Gone', reason: 'it was deregistered before its turn' },
    });
  });

  it('judgeCandidate() waits for what ECS does not answer for, and says after ten minutes what it knows', () => {
    for (const since of [undefined, NOW, NOW - 10 * MINUTE + 1]) {
      expect(judgeCandidate(undefined, since, NOW)).toEqual({
        kind: 'wait',
        reason: 'ECS does not answer for it at the moment',
      });
    }
    expect(judgeCandidate(undefined, NOW - 10 * MINUTE, NOW)).toEqual({
      kind: 'ruled-out',
      verdict: {
        outcome: 'Gone',
        code: 'Gone',
        reason: 'ECS has not known it for ten minutes; what became of it is not known',
      },
    });
  });

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
