// The result of a simulated rollout, as `--json` prints it: one schema for the program and for those who read it.

import * as z from 'zod';
import { OUTCOMES } from '../functions/core/outcome.ts';

const seconds = z.number().min(0);
const count = z.number().int().min(0);

const wave = z.strictObject({
  /** Counted from 1. */
  wave: z.number().int().min(1),
  kind: z.string(),
  /** Container instances in it. */
  size: count,
  /** ISO 8601; null when it never began. */
  startedAt: z.iso.datetime().nullable(),
  /** Bake time included; null when it never began. */
  tookSeconds: seconds.nullable(),
  /** `next`, `done` or `halt`; null when it never ended. */
  verdict: z.string().nullable(),
  reason: z.string(),
});

const containerInstance = z.strictObject({
  ec2InstanceId: z.string(),
  containerInstanceArn: z.string(),
  availabilityZone: z.string(),
  /** Null when the host does not run Bottlerocket. */
  variant: z.string().nullable(),
  /** Counted from 1; null when it was not chosen. */
  wave: z.number().int().min(1).nullable(),
  outcome: z.enum(OUTCOMES),
  /** A sentence for the person on call. */
  reason: z.string(),
  fromVersion: z.string().nullable(),
  /** What it was to run; null when it was not chosen. */
  toVersion: z.string().nullable(),
  /** What its host runs at the end; null when it does not run Bottlerocket, or is gone. */
  runsVersion: z.string().nullable(),
  /** ECS status at the end. */
  status: z.string(),
  /** Measured in the simulated world: DRAINING until ACTIVE, all drains together. */
  outOfServiceSeconds: seconds,
});

const bound = z.strictObject({
  name: z.enum(['longest', 'area', 'zone', 'service', 'pigeonhole', 'conflicts']),
  seconds,
  what: z.string(),
});

/** What the cluster runs of one image (`variant/architecture`). */
const imageDrift = z.strictObject({
  image: z.string(),
  containerInstances: count,
  /** Newest first. */
  versions: z.array(z.strictObject({ version: z.string(), containerInstances: count })),
  /** What most of them run; absent when no version is known. */
  majority: z.string().optional(),
  /** How many run something else; `differingIds` names the first of them, and of those that cannot say. */
  differing: count,
  differingIds: z.array(z.string()),
  unknown: count,
  /** Since when the variant has had no releases. */
  outOfSupportSince: z.string().optional(),
  /** The update that has waited longest to be installed on all of them. */
  oldestMissing: z
    .strictObject({ version: z.string(), ageDays: count, containerInstances: count })
    .optional(),
});

/** Calls of the product's functions; what the simulator's own services do for each other is not among them. */
const perUpdatedInstance = z.strictObject({
  /** DynamoDB and Step Functions apart; null when nothing was updated, like the others. */
  awsCalls: seconds.nullable(),
  dynamoDbCalls: seconds.nullable(),
  stepFunctionsCalls: seconds.nullable(),
  stateTransitions: seconds.nullable(),
  dynamoDbReadUnits: seconds.nullable(),
  dynamoDbWriteUnits: seconds.nullable(),
  /** What bottlerocket-ecs-updater would have called for the same drains and downloads. */
  incumbentAwsCalls: seconds.nullable(),
});

export const resultSchema = z.strictObject({
  outcome: z.enum(['Succeeded', 'Halted', 'FailedClean', 'FailedDirty']),
  reason: z.string(),
  seed: count,
  cluster: z.string(),
  rolloutId: z.string(),
  executionArn: z.string(),
  /** Container instances of the cluster when the rollout began. */
  fleetInstances: count,
  /** Those that were chosen for update. */
  chosenInstances: count,
  updatedInstances: count,
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  /** From the start of the execution until it had ended and the rollout was closed. */
  makespanSeconds: seconds,
  /** No order of work within the budgets could have been shorter. */
  lowerBoundSeconds: seconds,
  lowerBound: z.strictObject({
    /** The same with the policy's waves one after the other. */
    withWavesSeconds: seconds,
    /** makespanSeconds / lowerBoundSeconds; null when nothing was out of service. */
    ratio: z.number().nullable(),
    binding: bound,
    bounds: z.array(bound),
    bakeSeconds: seconds,
  }),
  /** Container instances by outcome. */
  counts: z.partialRecord(z.enum(OUTCOMES), count),
  waves: z.array(wave),
  containerInstances: z.array(containerInstance),
  /** By image, when it was planned and when it was closed; empty when it never got so far. */
  drift: z.strictObject({ before: z.array(imageDrift), after: z.array(imageDrift) }),
  /** `{"ecs:ListTasks": 24, …}`: calls of the product, those that were refused or throttled included. */
  awsCalls: z.record(z.string(), count),
  stateTransitions: count,
  dynamoDb: z.strictObject({ readUnits: seconds, writeUnits: seconds }),
  perUpdatedInstance,
  /** Over everything that happened in the region: the same seed gives the same. */
  eventLogSha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export type RolloutResult = z.output<typeof resultSchema>;
export type ImageDrift = z.output<typeof imageDrift>;
