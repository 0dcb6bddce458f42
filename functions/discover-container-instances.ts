// Takes stock of a cluster: one item of the record per container instance, with what rules it out before it is asked.

import { now } from './aws/clock.ts';
import { describeListed } from './aws/describe-listed.ts';
import { describeNodes } from './aws/documents.ts';
import { listContainerInstances, listMatching } from './aws/ecs.ts';
import { rolloutInput } from './aws/inputs.ts';
import type { InstanceRecord } from './aws/instance-record.ts';
import { putInstances } from './aws/instance-store.ts';
import { lambda } from './aws/lambda.ts';
import { requireLease } from './aws/lease.ts';
import { readRollout } from './aws/rollout-record.ts';
import { ruledOut } from './core/eligibility.ts';

function summary(asked: number, all: number): string {
  if (all === 0) return 'the cluster has no container instances';
  return asked > 0
    ? `${asked} of ${all} container instances are asked`
    : `none of ${all} container instances can be updated`;
}

export const handler = lambda(rolloutInput, async (held) => {
  const { rolloutId, clusterArn, fence } = held;
  const { policy } = await readRollout(rolloutId);
  await requireLease(held);
  const arns = await listContainerInstances(clusterArn);
  const selected =
    policy.select.query === undefined
      ? undefined
      : await listMatching(clusterArn, policy.select.query);
  const seen = await describeListed(clusterArn, arns);
  const nodes = await describeNodes(seen.map((one) => one.ec2InstanceId));
  const records = seen.map((instance): InstanceRecord => {
    const { containerInstanceArn, ec2InstanceId, availabilityZone } = instance;
    const known = { ...instance, systemsManager: nodes.get(ec2InstanceId) };
    const verdict = ruledOut(known, policy, selected?.has(containerInstanceArn) ?? true);
    return {
      rolloutId,
      fence,
      ec2InstanceId,
      containerInstanceArn,
      availabilityZone,
      variant: known.variant,
      arch: known.arch,
      fromVersion: known.systemsManager?.platformVersion,
      code: verdict?.code ?? 'Discovered',
      reason: verdict?.reason ?? 'to be asked',
      ...(verdict === undefined
        ? {}
        : { outcome: verdict.outcome, step: 'Over', finishedAt: now() }),
    };
  });
  await putInstances(records);
  const asked = records.filter((record) => record.outcome === undefined).length;
  return {
    verdict: asked > 0 ? 'ask' : 'nothing',
    containerInstances: seen.length,
    asked,
    reason: summary(asked, seen.length),
  };
});
