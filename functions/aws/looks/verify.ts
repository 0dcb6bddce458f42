// Looks whether the ECS agent of a rebooted container instance is connected again.

import { isTerminated } from '../ec2.ts';
import { describeContainerInstance } from '../ecs.ts';
import { updateInstance } from '../instance-store.ts';
import type { Wait } from '../wait-store.ts';
import type { Look, Trigger } from '../waits.ts';

export async function lookAtVerify(wait: Wait, trigger: Trigger): Promise<Look> {
  const arn = wait.containerInstanceArn ?? '';
  const seen = await describeContainerInstance(wait.clusterArn, arn);
  // ECS keeps the registration of an instance that was terminated before its agent connected.
  const asked = trigger === 'sweep' && seen?.agentConnected === false;
  if (!seen || (asked && (await isTerminated(wait.ec2InstanceId ?? '')))) {
    return {
      kind: 'failed',
      error: 'InstanceGone',
      cause: `${wait.ec2InstanceId} no longer exists`,
    };
  }
  if (seen.status !== 'DRAINING' || seen.drainedBy !== wait.rolloutId) {
    return {
      kind: 'failed',
      error: 'AnotherActor',
      cause: `somebody else set ${wait.ec2InstanceId} to ${seen.status} while it was being verified`,
    };
  }
  if (!seen.agentConnected) return { kind: 'pending', reason: 'its ECS agent is not connected' };
  await updateInstance(wait, wait.ec2InstanceId ?? '', { agentConnectedVersion: seen.version });
  return { kind: 'held', output: {} };
}
