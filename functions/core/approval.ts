// Decides whether a plan is approved, from everything that people have asked of its rollout, and whether anybody asks.

import type { Control } from './dispatch.ts';
import { isoInstant } from './instant.ts';

export interface ApprovalVerdict {
  readonly verdict: 'approved' | 'refused';
  readonly reason: string;
}

/**
 * Abort beats refuse, refuse beats approve, whichever was asked first: the careful answer is always the last word.
 *
 * @returns Undefined while nobody has said anything.
 */
export function judgeApproval({ abort, refuse, approve }: Control): ApprovalVerdict | undefined {
  if (abort) {
    return { verdict: 'refused', reason: `aborted by ${abort.by} at ${isoInstant(abort.at)}` };
  }
  if (refuse) {
    return { verdict: 'refused', reason: `refused by ${refuse.by} at ${isoInstant(refuse.at)}` };
  }
  return approve && { verdict: 'approved', reason: `approved by ${approve.by}` };
}

/**
 * Why an approval or a refusal would do nothing, for whoever sends one; undefined when the rollout waits for it, or
 * will: what is said early is kept.
 */
export function whyNoApproval(rollout: {
  readonly policy: { readonly approval: { readonly required: boolean } };
  readonly prepared?: boolean | undefined;
  readonly ending?: string | undefined;
  readonly reason?: string | undefined;
}): string | undefined {
  const { policy, prepared, ending, reason } = rollout;
  if (ending !== undefined) return `it ended ${ending}: ${reason ?? 'no reason given'}`;
  if (!policy.approval.required) return 'its policy asks for none (approval.required)';
  return prepared ? 'that was decided before, and it has gone on' : undefined;
}
