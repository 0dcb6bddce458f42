// Opens a rollout: accepts its policy, takes the lease on its cluster, writes its record.

import * as z from 'zod';
import { now } from './aws/clock.ts';
import { findCluster } from './aws/ecs.ts';
import { NOT_CONFIGURED, readFleetPolicy } from './aws/fleet-policy.ts';
import { announce } from './aws/journal.ts';
import { lambda } from './aws/lambda.ts';
import { readLease, takeLease } from './aws/lease.ts';
import { announceOpen, findRollout, forgetOpen, openRecord } from './aws/rollout-record.ts';
import { BadInputError } from './core/errors.ts';
import { isoInstant } from './core/instant.ts';
import { readPolicy } from './core/read-policy.ts';
import { rolloutIdOf } from './core/rollout-id.ts';
import { scheduledTooLate, windowCloseAt } from './core/window.ts';

const input = z.object({
  executionArn: z.string().startsWith('arn:'),
  executionName: z.string().min(1),
  input: z.unknown(),
});

async function isUnclosed(rolloutId: string): Promise<boolean> {
  const rollout = await findRollout(rolloutId);
  return rollout !== undefined && rollout.ending === undefined;
}

export const handler = lambda(input, async ({ executionArn, executionName, input: given }) => {
  // Read twice: first to learn the cluster, then with the policy configured for it underneath.
  const asked = readPolicy([given]);
  const { clusterArn, clusterName } = await findCluster(asked.policy.cluster);
  const configured = await readFleetPolicy(clusterName);
  const { policy, start } = readPolicy(configured ? [configured.layer, given] : [given]);
  const at = now();
  const tooLate = start.scheduledAt && scheduledTooLate(start.scheduledAt, at);
  if (tooLate) throw new BadInputError(`Cannot accept the policy: ${tooLate}`);
  const closeAt = windowCloseAt(policy, start.scheduledAt ? Date.parse(start.scheduledAt) : at);
  if (closeAt !== undefined && closeAt <= at) {
    return { verdict: 'closed', reason: `the maintenance window closed at ${isoInstant(closeAt)}` };
  }
  const rolloutId = rolloutIdOf(executionName);
  // An expired lease of a rollout that nobody closed: its instances must be ended first, which the sweep does.
  const before = await readLease(clusterArn);
  const unclosed =
    before !== undefined && before.rolloutId !== rolloutId && (await isUnclosed(before.rolloutId));
  if (unclosed && before.deadlineAt <= at) {
    const reason = `rollout ${before.rolloutId} was never closed; the sweep ends it within minutes, start again then`;
    return { verdict: 'held', reason };
  }
  await announceOpen({ rolloutId, clusterArn, executionArn, openedAt: at });
  // A repeated call finds its own lease, and goes on with it.
  const { kind, lease } = await takeLease(clusterArn, rolloutId, executionArn);
  if (kind === 'held') {
    await forgetOpen(rolloutId);
    return {
      verdict: 'held',
      reason: `rollout ${lease.rolloutId} holds the lease on cluster ${clusterName} since ${isoInstant(lease.takenAt)}`,
    };
  }
  const startedBy = start.startedBy ?? 'unknown';
  await openRecord({
    rolloutId,
    clusterArn,
    clusterName,
    executionArn,
    fence: lease.fence,
    policy,
    configuredVersion: configured?.version ?? NOT_CONFIGURED,
    startedBy,
    openedAt: at,
    windowCloseAt: closeAt,
  });
  await announce(
    rolloutId,
    { what: 'opened', who: startedBy, why: `rollout of ${clusterName}`, at: lease.takenAt },
    { event: 'Rollout Opened', clusterArn, clusterName, startedBy },
  );
  return {
    verdict: 'opened',
    reason: `holds the lease on cluster ${clusterName}`,
    rolloutId,
    clusterArn,
    fence: lease.fence,
    approval: {
      required: policy.approval.required,
      timeoutSeconds: policy.approval.timeoutSeconds,
    },
    planOnly: policy.planOnly,
  };
});
