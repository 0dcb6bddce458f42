// Decides whether a plan is approved, from everything that people have asked of its rollout.

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
