// Returns one verified container instance to service: its agent must have stayed connected, then ACTIVE.

import { now } from './aws/clock.ts';
import { setContainerInstanceState, unmarkOwned } from './aws/ecs.ts';
import { instanceInput } from './aws/inputs.ts';
import { lambda } from './aws/lambda.ts';
import { requireLease } from './aws/lease.ts';
import { requireOwnedDrained } from './aws/ownership.ts';
import { readInstance, updateInstance } from './aws/record.ts';
import { judgeAgent } from './core/agent.ts';
import { AgentUnsettledError } from './core/errors.ts';

export const handler = lambda(instanceInput, async (input) => {
  const { rolloutId, clusterArn, containerInstanceArn, ec2InstanceId } = input;
  await requireLease(input);
  const seen = await requireOwnedDrained(input);
  const { agentConnectedVersion } = await readInstance(rolloutId, ec2InstanceId);
  const verdict = judgeAgent(seen, agentConnectedVersion);
  if (verdict.kind === 'unsettled') {
    // The next try compares with this look.
    await updateInstance(input, ec2InstanceId, { agentConnectedVersion: seen.version });
    throw new AgentUnsettledError(`Cannot return ${ec2InstanceId} to service: ${verdict.reason}`);
  }
  await updateInstance(input, ec2InstanceId, { step: 'Returning', reason: 'returning to service' });
  await setContainerInstanceState(clusterArn, containerInstanceArn, 'ACTIVE');
  await unmarkOwned(clusterArn, containerInstanceArn);
  await updateInstance(input, ec2InstanceId, {
    step: 'Returned',
    reason: 'in service again',
    returnedAt: now(),
  });
  return { verdict: 'returned', reason: 'ACTIVE' };
});
