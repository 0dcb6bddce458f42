// Decides what a fresh look at a container instance, right before its turn, changes about the plan.

import type { InstanceVerdict } from './model.ts';

/** An agent that stays away this long is no flap: ECS agents reconnect within seconds as normal operation. */
const DISCONNECTED_PATIENCE_MILLISECONDS = 600_000;

export type CandidateVerdict =
  | { readonly kind: 'ready' }
  | { readonly kind: 'ruled-out'; readonly verdict: InstanceVerdict }
  | { readonly kind: 'wait'; readonly reason: string };

/**
 * @param seen As ECS shows it now; undefined: it does not exist any more.
 * @param disconnectedSinceAt Epoch milliseconds at which an earlier look found its agent disconnected.
 */
export function judgeCandidate(
  seen: { readonly status: string; readonly agentConnected: boolean } | undefined,
  disconnectedSinceAt: number | undefined,
  now: number,
): CandidateVerdict {
  if (!seen || seen.status === 'INACTIVE') {
    const reason = 'it was terminated before its turn';
    return { kind: 'ruled-out', verdict: { outcome: 'Gone', code: 'Gone', reason } };
  }
  if (seen.status !== 'ACTIVE') {
    const reason = `somebody else set it to ${seen.status} before its turn`;
    return { kind: 'ruled-out', verdict: { outcome: 'Skipped', code: 'AlreadyDraining', reason } };
  }
  if (seen.agentConnected) return { kind: 'ready' };
  if (now - (disconnectedSinceAt ?? now) < DISCONNECTED_PATIENCE_MILLISECONDS) {
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
