// Decides what a fresh look at a container instance, right before its turn, changes about the plan.

import type { InstanceVerdict } from './model.ts';

/** What stays away this long is no flap: ECS agents reconnect within seconds as normal operation. */
const AWAY_PATIENCE_MILLISECONDS = 600_000;

export type CandidateVerdict =
  | { readonly kind: 'ready' }
  | { readonly kind: 'ruled-out'; readonly verdict: InstanceVerdict }
  | { readonly kind: 'wait'; readonly reason: string };

/**
 * @param seen As ECS shows it now; undefined: it does not answer for it.
 * @param awaySinceAt Epoch milliseconds at which an earlier look found its agent disconnected, or did not find it.
 */
export function judgeCandidate(
  seen: { readonly status: string; readonly agentConnected: boolean } | undefined,
  awaySinceAt: number | undefined,
  now: number,
): CandidateVerdict {
  const awayMilliseconds = now - (awaySinceAt ?? now);
  const isPatient = awayMilliseconds < AWAY_PATIENCE_MILLISECONDS;
  if (!seen) {
    // MISSING is also what ECS says of one in a batch that failed in part.
    if (isPatient) return { kind: 'wait', reason: 'ECS does not answer for it at the moment' };
    const reason = 'ECS has not known it for ten minutes; what became of it is not known';
    return { kind: 'ruled-out', verdict: { outcome: 'Gone', code: 'Gone', reason } };
  }
  if (seen.status === 'INACTIVE') {
    const reason = 'it was deregistered before its turn';
    return { kind: 'ruled-out', verdict: { outcome: 'Gone', code: 'Gone', reason } };
  }
  if (seen.status !== 'ACTIVE') {
    const reason = `somebody else set it to ${seen.status} before its turn`;
    return { kind: 'ruled-out', verdict: { outcome: 'Skipped', code: 'AlreadyDraining', reason } };
  }
  if (seen.agentConnected) return { kind: 'ready' };
  if (isPatient) {
    return {
      kind: 'wait',
      reason: 'its ECS agent is not connected, so its drain could not be seen to end',
    };
  }
  return {
    kind: 'ruled-out',
    verdict: {
      outcome: 'Skipped',
      code: 'AgentDisconnected',
      reason:
        'its ECS agent has not been connected for ten minutes, so its drain could not be seen to end',
    },
  };
}
