// Returns one verified container instance to service: its agent must have stayed connected, then ACTIVE.

import { now } from './aws/clock.ts';
import { describeContainerInstance, setContainerInstanceState } from './aws/ecs.ts';
import type { SeenContainerInstance } from './aws/ecs-shapes.ts';
import { requireHeldInstance } from './aws/held-instance.ts';
import { type InstanceInput, instanceInput } from './aws/inputs.ts';
import type { InstanceRecord } from './aws/instance-record.ts';
import { updateInstance } from './aws/instance-store.ts';
import { lambda } from './aws/lambda.ts';
import { unmarkOwned } from './aws/marks.ts';
import { requireOwnedDrained } from './aws/ownership.ts';
import { putBackProtection } from './aws/protection.ts';
import { judgeAgent } from './core/agent.ts';
import { AgentUnsettledError } from './core/errors.ts';

export const handler = lambda(instanceInput, async (input) => {
  const { clusterArn, containerInstanceArn, ec2InstanceId } = input;
  const record = await requireHeldInstance(input);
  const { agentConnectedVersion, step } = record;
  // A repeated call whose predecessor died after its last write, so the mark is gone already.
  if (step === 'Returned') return verdictOf(record);
  if (step === 'Returning') {
    // A repeated call may find its own work done: the intent is written before ACTIVE.
    const active = await describeContainerInstance(clusterArn, containerInstanceArn);
    if (active?.status === 'ACTIVE') return returned(input, record, active);
  }
  const seen = await requireOwnedDrained(input);
  const verdict = judgeAgent(seen, agentConnectedVersion);
  if (verdict.kind === 'unsettled') {
    // The next try compares with this look.
    await updateInstance(input, ec2InstanceId, { agentConnectedVersion: seen.version });
    throw new AgentUnsettledError(`Cannot return ${ec2InstanceId} to service: ${verdict.reason}`);
  }
  await updateInstance(input, ec2InstanceId, { step: 'Returning', reason: 'returning to service' });
  await putBackProtection(input, record);
  await setContainerInstanceState(clusterArn, containerInstanceArn, 'ACTIVE');
  return returned(input, record, seen);
});

/** With the daemons that have to run on it again: what is confirmed next need not be read again. */
function verdictOf({ daemons = [] }: InstanceRecord) {
  return { verdict: 'returned', reason: 'ACTIVE', daemons };
}

/** The mark goes last: until then the instance is known to be ours, whatever happens. */
async function returned(input: InstanceInput, record: InstanceRecord, seen: SeenContainerInstance) {
  await unmarkOwned(input.clusterArn, input.containerInstanceArn);
  await updateInstance(input, input.ec2InstanceId, {
    step: 'Returned',
    reason: 'in service again',
    returnedAt: now(),
    agentVersion: seen.agentVersion,
    containerRuntimeVersion: seen.containerRuntimeVersion,
  });
  return verdictOf(record);
}
