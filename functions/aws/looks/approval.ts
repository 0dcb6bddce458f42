// Looks whether people have approved or refused a plan; what they said is kept in the record.

import { judgeApproval } from '../../core/approval.ts';
import { readRollout } from '../rollout-record.ts';
import type { Wait } from '../wait-store.ts';
import type { Look } from '../waits.ts';

export async function lookAtApproval(wait: Wait): Promise<Look> {
  const { control = {} } = await readRollout(wait.rolloutId);
  const said = judgeApproval(control);
  return said
    ? { kind: 'held', output: { ...said } }
    : { kind: 'pending', reason: 'nobody has approved yet' };
}
