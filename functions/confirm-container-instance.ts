// Confirms a returned container instance: the daemon tasks that ran on it before run on it again.

import { now } from './aws/clock.ts';
import { answerSuccess } from './aws/executions.ts';
import { instanceInput, withToken } from './aws/inputs.ts';
import { readInstance } from './aws/instance-store.ts';
import { lambda } from './aws/lambda.ts';
import { putWait } from './aws/wait-store.ts';

export const handler = lambda(instanceInput.extend(withToken), async ({ token, ...input }) => {
  const { rolloutId, clusterArn, fence, ec2InstanceId, containerInstanceArn, limits } = input;
  const { daemons = [] } = await readInstance(rolloutId, ec2InstanceId);
  if (daemons.length === 0) {
    await answerSuccess(token, {});
    return { verdict: 'confirmed', reason: 'no daemon service runs on it' };
  }
  await putWait({
    rolloutId,
    clusterArn,
    fence,
    ec2InstanceId,
    containerInstanceArn,
    subject: containerInstanceArn,
    kind: 'confirm',
    token,
    deadlineAt: now() + limits.daemonTimeoutSeconds * 1000,
    data: { daemons },
  });
  // ECS starts daemons seconds after ACTIVE; their events, or the sweep, make us look.
  return { verdict: 'waiting', reason: `for ${daemons.join(', ')}` };
});
