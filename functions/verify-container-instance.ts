// Notes the new boot of one host and waits until its ECS agent is connected.

import * as z from 'zod';
import { now } from './aws/clock.ts';
import { answerSuccess } from './aws/executions.ts';
import { instanceInput, withToken } from './aws/inputs.ts';
import { lambda } from './aws/lambda.ts';
import { updateInstance } from './aws/record.ts';
import { putWait } from './aws/wait-store.ts';
import { evaluate } from './aws/waits.ts';

const input = instanceInput.extend({
  ...withToken,
  /** What the host said after its reboot. */
  booted: z.object({
    bootId: z.string(),
    version: z.string(),
    agentConnectedVersion: z.number().optional(),
  }),
});

export const handler = lambda(input, async ({ token, booted, ...held }) => {
  const at = now();
  const { ec2InstanceId, containerInstanceArn, rolloutId, clusterArn, fence, limits } = held;
  await updateInstance(held, ec2InstanceId, {
    step: 'Verifying',
    reason: `runs ${booted.version}, waits for its ECS agent`,
    bootIdAfter: booted.bootId,
    bootedAt: at,
    agentConnectedVersion: booted.agentConnectedVersion,
  });
  if (booted.agentConnectedVersion !== undefined) {
    // Its event said so; the look that counts comes after the agent had time to settle.
    await answerSuccess(token, {});
    return { kind: 'held', output: {} };
  }
  const wait = await putWait({
    rolloutId,
    clusterArn,
    fence,
    ec2InstanceId,
    containerInstanceArn,
    subject: ec2InstanceId,
    kind: 'verify',
    token,
    deadlineAt: at + limits.verifyTimeoutSeconds * 1000,
    data: {},
  });
  return evaluate(wait, 'begin');
});
