// The ids that state machines pass to functions: never a list that grows with the fleet (those live in the record).

import * as z from 'zod';

/** One rollout, and the fence its worker holds. */
export const rolloutInput = z.object({
  rolloutId: z.string().min(1),
  clusterArn: z.string().startsWith('arn:'),
  fence: z.number().int(),
});

/** Steps that a task token answers later. */
export const withToken = { token: z.string().min(1) };

export const waveInput = rolloutInput.extend({ wave: z.number().int().min(1) });

const severity = z.enum(['fail', 'report', 'ignore']);

/** Limits of the steps, copied from the policy so that no step need read it. */
const limits = z.object({
  drainTimeoutSeconds: z.number(),
  rebootTimeoutSeconds: z.number(),
  verifyTimeoutSeconds: z.number(),
  agentStableSeconds: z.number(),
  daemonTimeoutSeconds: z.number(),
  standaloneTasks: z.enum(['skip', 'wait', 'stop']),
  /** Absent on executions that a version without it started. */
  posture: z
    .object({
      selinuxEnforcing: severity,
      rootVerity: severity,
      kernelLockdown: severity,
      adminContainerOff: severity,
      unknown: severity,
    })
    .optional(),
});

export const instanceInput = rolloutInput.extend({
  ec2InstanceId: z.string().min(1),
  containerInstanceArn: z.string().startsWith('arn:'),
  attempt: z.number().int().min(1),
  limits,
});

export type InstanceInput = z.output<typeof instanceInput>;
export type Limits = z.output<typeof limits>;
