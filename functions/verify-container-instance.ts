// Notes the new boot of one host and waits until its ECS agent is connected.

import * as z from 'zod';
import { now } from './aws/clock.ts';
import { answerSuccess } from './aws/executions.ts';
import { instanceInput, withToken } from './aws/inputs.ts';
import { updateInstance } from './aws/instance-store.ts';
import { journal } from './aws/journal.ts';
import { lambda } from './aws/lambda.ts';
import { putWait } from './aws/wait-store.ts';
import { evaluate } from './aws/waits.ts';
import { hostPosture } from './core/host-report.ts';

const input = instanceInput.extend({
  ...withToken,
  /** What the host said after its reboot. */
  booted: z.object({
    bootId: z.string(),
    version: z.string(),
    agentConnectedVersion: z.number().optional(),
    posture: hostPosture.optional(),
    postureRemarks: z.array(z.string()).optional(),
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
    posture: booted.posture,
    postureRemarks: booted.postureRemarks,
  });
  const remarks = booted.postureRemarks ?? [];
  if (remarks.length > 0) {
    const why = remarks.join('; ');
    await journal(rolloutId, { what: 'posture', who: 'updater', why, subject: ec2InstanceId });
  }
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
