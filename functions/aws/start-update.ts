// Starts the execution that updates one container instance, by a name that makes starting twice starting once.

import type { Policy } from '../core/policy.ts';
import { updateExecutionName } from '../core/rollout-id.ts';
import { config } from './config.ts';
import { startExecution } from './executions.ts';
import type { Limits } from './inputs.ts';
import type { InstanceRecord } from './instance-record.ts';
import type { Rollout } from './rollout-record.ts';

function limitsOf(policy: Policy): Limits {
  return {
    drainTimeoutSeconds: policy.drain.timeoutSeconds,
    rebootTimeoutSeconds: policy.reboot.timeoutSeconds,
    verifyTimeoutSeconds: policy.verify.timeoutSeconds,
    agentStableSeconds: policy.verify.agentStableSeconds,
    daemonTimeoutSeconds: policy.verify.daemonTimeoutSeconds,
    standaloneTasks: policy.drain.standaloneTasks,
    posture: policy.posture,
  };
}

/** ARN of the execution of this attempt, whether it exists or not. */
export function updateExecutionArn(
  rolloutId: string,
  { ec2InstanceId, attempt }: Pick<InstanceRecord, 'ec2InstanceId' | 'attempt'>,
): string {
  const name = updateExecutionName(rolloutId, ec2InstanceId, attempt ?? 1);
  const stateMachineArn = config('UPDATE_CONTAINER_INSTANCE_ARN');
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}

/** After the instance is open in the record: intent first. */
export async function startUpdate(rollout: Rollout, record: InstanceRecord): Promise<void> {
  const { rolloutId, clusterArn, fence, policy } = rollout;
  const { ec2InstanceId, containerInstanceArn, attempt = 1 } = record;
  await startExecution(
    config('UPDATE_CONTAINER_INSTANCE_ARN'),
    updateExecutionName(rolloutId, ec2InstanceId, attempt),
    {
      rolloutId,
      clusterArn,
      fence,
      ec2InstanceId,
      containerInstanceArn,
      attempt,
      limits: limitsOf(policy),
    },
  );
}
