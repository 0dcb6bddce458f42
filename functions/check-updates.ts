// Asks every eligible host which updates it is offered; the answers are awaited by task token.

import { putBatchWait } from './aws/batch.ts';
import { now } from './aws/clock.ts';
import { rolloutInput, withToken } from './aws/inputs.ts';
import { readInstances } from './aws/instance-store.ts';
import { lambda } from './aws/lambda.ts';
import { requireLease } from './aws/lease.ts';
import { readRollout } from './aws/rollout-record.ts';
import { postureCanFail } from './core/posture.ts';

/** Seconds until hosts that have not answered are left out: delivery (120) plus the document's own limit. */
const ANSWER_SECONDS = 600;

export const handler = lambda(rolloutInput.extend(withToken), async ({ token, ...held }) => {
  const { policy } = await readRollout(held.rolloutId);
  await requireLease(held);
  const instances = await readInstances(held.rolloutId);
  const asked = instances.filter((instance) => instance.outcome === undefined);
  return putBatchWait(held, token, {
    verb: 'check',
    batches: [
      {
        ec2InstanceIds: asked.map((instance) => instance.ec2InstanceId),
        parameters: {
          IgnoreWaves: String(!policy.target.respectRepositoryWaves),
          ReportPosture: String(postureCanFail(policy.posture)),
        },
      },
    ],
    deadlineAt: now() + ANSWER_SECONDS * 1000,
  });
});
