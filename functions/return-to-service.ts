// Returns one verified container instance to service: the second look at its agent, then ACTIVE, then our mark goes.

import { now } from './aws/clock.ts';
import { setContainerInstanceState, unmarkOwned } from './aws/ecs.ts';
import { instanceInput } from './aws/inputs.ts';
import { lambda } from './aws/lambda.ts';
import { requireLease } from './aws/lease.ts';
import { requireOwnedDrained } from './aws/ownership.ts';
import { updateInstance } from './aws/record.ts';
import { AgentUnsettledError } from './core/errors.ts';

export const handler = lambda(instanceInput, async (input) => {
  const { clusterArn, containerInstanceArn, ec2InstanceId } = input;
  await requireLease(input);
  const seen = await requireOwnedDrained(input);
  if (!seen.agentConnected) {
    throw new AgentUnsettledError(
      `Cannot return ${ec2InstanceId} to service: its ECS agent disconnected again`,
    );
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
