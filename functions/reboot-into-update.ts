// Activates the prepared image and reboots one drained host, once nothing runs on it; waits for its new boot.

import { now } from './aws/clock.ts';
import { sendDocument } from './aws/documents.ts';
import { instanceInput, withToken } from './aws/inputs.ts';
import { updateInstance } from './aws/instance-store.ts';
import { lambda } from './aws/lambda.ts';
import { requireLease } from './aws/lease.ts';
import type { RebootData } from './aws/looks/reboot.ts';
import { requireOwnedDrained } from './aws/ownership.ts';
import { putWait } from './aws/wait-store.ts';
import { DrainBlockedError, InstanceGoneError } from './core/errors.ts';

/** Seconds after which a reboot command that arrives late does nothing: delivery gives up at 120. */
const NOT_AFTER_SECONDS = 180;

export const handler = lambda(instanceInput.extend(withToken), async ({ token, ...input }) => {
  const { rolloutId, clusterArn, fence, ec2InstanceId, containerInstanceArn, limits } = input;
  await requireLease(input);
  const seen = await requireOwnedDrained(input);
  if (seen.tasksWanted > 0) {
    throw new DrainBlockedError(
      `Cannot reboot ${ec2InstanceId}: ${seen.tasksWanted} tasks run on it although it was drained`,
    );
  }
  const at = now();
  const notAfterAt = (Math.floor(at / 1000) + NOT_AFTER_SECONDS) * 1000;
  const record = await updateInstance(input, ec2InstanceId, {
    step: 'Rebooting',
    reason: 'rebooting',
    emptyAt: at,
    rebootSentAt: at,
    notAfterAt,
  });
  const data: RebootData = {
    bootIdBefore: record.bootIdBefore ?? '',
    fromVersion: record.fromVersion ?? '',
    toVersion: record.toVersion ?? '',
    notAfterAt,
    rebootSentAt: at,
    saved: record.saved ?? { versionLock: 'latest', ignoreWaves: false },
    // On the way back there is nothing to roll back to: the old version is taken as it is.
    ...(record.direction === 'back' ? {} : { posture: limits.posture }),
  };
  await putWait({
    rolloutId,
    clusterArn,
    fence,
    ec2InstanceId,
    containerInstanceArn,
    subject: ec2InstanceId,
    kind: 'reboot',
    token,
    deadlineAt: at + limits.rebootTimeoutSeconds * 1000,
    data: { ...data },
  });
  const sent = await sendDocument(
    'activate-and-reboot',
    [ec2InstanceId],
    {
      BootId: data.bootIdBefore,
      TargetVersion: data.toVersion,
      NotAfterEpochSeconds: String(notAfterAt / 1000),
    },
    `rollout ${rolloutId}: reboot`,
  );
  if (sent.kind === 'unknown-instance') {
    throw new InstanceGoneError(
      `Cannot reboot ${ec2InstanceId}: Systems Manager does not know it any more`,
    );
  }
  // Nothing to look at yet: the host needs seconds to go down, and its agents report when it is up again.
  return { verdict: 'sent', reason: `reboots into ${data.toVersion}` };
});
