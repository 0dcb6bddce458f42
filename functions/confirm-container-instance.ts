// Confirms a returned container instance: the daemon tasks that ran on it before run on it again.

import * as z from 'zod';
import { now } from './aws/clock.ts';
import { answerSuccess } from './aws/executions.ts';
import { instanceInput, withToken } from './aws/inputs.ts';
import { readInstance } from './aws/instance-store.ts';
import { lambda } from './aws/lambda.ts';
import { putWait } from './aws/wait-store.ts';

const input = instanceInput.extend({
  ...withToken,
  /** What the return to service has read; absent where a version without it did that. */
  daemons: z.array(z.string()).nullish(),
});

export const handler = lambda(input, async ({ token, daemons: known, ...held }) => {
  const { rolloutId, clusterArn, fence, ec2InstanceId, containerInstanceArn, limits } = held;
  const daemons = known ?? (await readInstance(rolloutId, ec2InstanceId)).daemons ?? [];
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
