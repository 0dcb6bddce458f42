// The policy of a rollout: every key with its unit, default and range.

import * as z from 'zod';

const VERSION_NUMBER = /^\d{1,5}\.\d{1,5}\.\d{1,5}$/;
const versionNumber = z.string().regex(VERSION_NUMBER, 'expected a version such as "1.65.0"');

const latestOrVersion = 'expected "latest" or a version such as "1.65.0"';

/** A count of container instances, or a share of the fleet that is rounded down (never below one). */
const countOrPercentExpected =
  'expected a whole number from 1 to 10000, or a percentage from "1%" to "100%"';
const countOrPercent = z.union(
  [
    z.number().int().min(1, countOrPercentExpected).max(10_000, countOrPercentExpected),
    z.string().regex(/^(100|[1-9]\d?)%$/, countOrPercentExpected),
  ],
  countOrPercentExpected,
);

const clusterExpected = 'expected the name or ARN of an ECS cluster';
const cluster = z
  .string(clusterExpected)
  .regex(
    /^([A-Za-z0-9_-]{1,255}|arn:aws[a-z-]*:ecs:[a-z0-9-]+:\d{12}:cluster\/[A-Za-z0-9_-]{1,255})$/,
    clusterExpected,
  );

const target = z.strictObject({
  /** `latest` (of what the repository offers) or one exact version. */
  version: z
    .union(
      [z.literal('latest'), z.string().regex(VERSION_NUMBER, latestOrVersion)],
      latestOrVersion,
    )
    .default('latest'),
  /** Hours since this updater first saw a version before it is used, 0 to 2,160. */
  minimumAgeHours: z.number().min(0).max(2160).default(0),
  /** Versions never to install. */
  skipVersions: z.array(versionNumber).max(100).default([]),
  /** True: a container instance waits until its own repository wave offers the version. */
  respectRepositoryWaves: z.boolean().default(true),
  /** Clusters (name or ARN) that must all have run a version healthily for so many hours, 0 to 2,160. */
  provenOn: z
    .array(z.strictObject({ cluster, hours: z.number().min(0).max(2160) }))
    .max(10)
    .default([]),
  /**
   * Releases that one update may span, 1 to 8; a host further behind is taken to an intermediate release, one step
   * per rollout. 0: no limit, because a host that has no room for a long jump fails while it still serves.
   */
  maxStepReleases: z.number().int().min(0).max(8).default(0),
});

const severity = z.enum(['fail', 'report', 'ignore']).default('report');

/** What is looked at on the host before and after the update: `fail` rolls back, `report` mentions it. */
const posture = z.strictObject({
  /** SELinux enforces Bottlerocket's own policy. */
  selinuxEnforcing: severity,
  /** The root file system is read through dm-verity. */
  rootVerity: severity,
  /** The kernel is locked down: `integrity` or `confidentiality`. */
  kernelLockdown: severity,
  /** The admin container, a root shell on the host, is off. */
  adminContainerOff: severity,
  /** What could not be read: `fail` counts it as missing, but never more than the key itself says. */
  unknown: severity,
});

const select = z.strictObject({
  /** ECS cluster query language, for example `attribute:ecs.availability-zone == eu-west-1a`. */
  query: z.string().min(1).max(1000).optional(),
  /** Container instance tags that must all be present with these values. */
  tags: z.record(z.string().max(128), z.string().max(256)).default({}),
  /** A container instance with this tag key is never touched. */
  excludeTag: z.string().min(1).max(128).default('bottlerocket-fleet:exclude'),
});

const waves = z.strictObject({
  /** Container instances of the first wave, per variant and architecture, 0 (no canary) to 20. */
  canaryCount: z.number().int().min(0).max(20).default(1),
  /** Sizes of the waves after the canary; the last one repeats until none is left. */
  sizes: z.array(countOrPercent).min(1).max(20).default(['20%', '100%']),
  /** Seconds the fleet is watched after each wave before the next begins, 0 to 172,800 (two days). */
  bakeTimeSeconds: z.number().int().min(0).max(172_800).default(300),
});

const budget = z.strictObject({
  /** How many container instances of the cluster may be out of service at once. */
  outOfServiceMax: countOrPercent.default('10%'),
  /** The same for one availability zone; no limit of its own unless said. */
  perAvailabilityZoneMax: countOrPercent.optional(),
  /** True: never two availability zones at once. */
  oneAvailabilityZoneAtATime: z.boolean().default(false),
  /** Share of the container instances of any one service that may be out of service, 1 to 100. */
  perServiceMaxPercent: z.number().int().min(1).max(100).default(34),
});

const drain = z.strictObject({
  /** Seconds a drain may take, 60 to 14,400. The incumbent's own measurement had a 99th percentile of 600. */
  timeoutSeconds: z.number().int().min(60).max(14_400).default(900),
  /** A container instance with standalone tasks: skip it, wait for them to end, or stop them. */
  standaloneTasks: z.enum(['skip', 'wait', 'stop']).default('skip'),
  /** A container instance with protected tasks: skip it, or wait until the protection ends. */
  protectedTasks: z.enum(['skip', 'wait']).default('skip'),
});

const prepare = z.strictObject({
  /** Seconds the download to the inactive partition may take, 60 to 3,600; apiclient itself gives up at 600. */
  timeoutSeconds: z.number().int().min(60).max(3600).default(900),
});

const reboot = z.strictObject({
  /** Seconds from the reboot command until the host answers again, 120 to 3,600; usual are 45 to 120. */
  timeoutSeconds: z.number().int().min(120).max(3600).default(600),
});

const verify = z.strictObject({
  /** Seconds the ECS agent may take to connect after the host answered, 60 to 3,600. */
  timeoutSeconds: z.number().int().min(60).max(3600).default(300),
  /** Seconds between the two looks that must both find the ECS agent connected, 5 to 300. */
  agentStableSeconds: z.number().int().min(5).max(300).default(15),
  /** Seconds the daemon tasks may take to run again after the return to service, 30 to 3,600. */
  daemonTimeoutSeconds: z.number().int().min(30).max(3600).default(600),
});

const gates = z.strictObject({
  /** CloudWatch alarms that must not be in ALARM (nor unknown) when a container instance is started or baked. */
  alarms: z.array(z.string().min(1).max(255)).max(100).default([]),
  /** True: while a wave bakes, every REPLICA service must run what it desires. */
  services: z.boolean().default(true),
  /** True: while a wave bakes, no target group may have more unhealthy targets than before (one call each per look). */
  targetHealth: z.boolean().default(false),
  /** Name or ARN of your own Lambda function that may hold a baking wave: it answers {verdict: open|closed, reason} within 40 seconds. */
  hook: z
    .string()
    .regex(/^[A-Za-z0-9:_-]{1,170}$/, 'expected the name or ARN of a Lambda function')
    .optional(),
});

const window = z.strictObject({
  /**
   * Minutes the maintenance window stays open after its scheduled start, to 10,080; no limit unless said. At least what
   * one container instance may take at worst and two minutes before it, 109 with the default time-outs.
   */
  durationMinutes: z.number().int().min(1).max(10_080).optional(),
  /** Systems Manager Change Calendars (names or ARNs) that must all be open. */
  calendars: z.array(z.string().min(1).max(256)).max(10).default([]),
});

const rollback = z.strictObject({
  /** When failures or gates halt the rollout: leave what was updated, or take back its wave or all of it. */
  onHalt: z.enum(['hold', 'wave', 'rollout']).default('hold'),
  /** True: an instance that fails on the new version is rolled back on the host. */
  onVerifyFailure: z.boolean().default(true),
  /**
   * True: that rollback flips the partition sets from the admin container, which needs no download; it is a root shell
   * on the host and is enabled for that moment only. The download is tried where this does not work.
   */
  allowAdminContainer: z.boolean().default(false),
  /** True: one EC2 reboot of a host that did not come back (its one boot try then falls back). */
  rebootDead: z.boolean().default(true),
  /** True: a host that still does not come back is terminated, so that its Auto Scaling group replaces it. */
  replaceDead: z.boolean().default(false),
});

const autoScaling = z.strictObject({
  /** True: a container instance is protected from scale-in while it is out of service, then as found again. */
  protectFromScaleIn: z.boolean().default(false),
});

const approval = z.strictObject({
  /** True: after planning, the rollout waits for a person. */
  required: z.boolean().default(false),
  /** Seconds it waits, 300 to 604,800; after that the rollout ends Halted. */
  timeoutSeconds: z.number().int().min(300).max(604_800).default(86_400),
});

const notify = z.strictObject({
  /** Slack channel that is told of the rollout: a name, or better its id, such as C0123456789. Nobody unless said. */
  slackChannel: z
    .string()
    .regex(
      /^(#?[\p{Ll}\p{N}_-]{1,80}|[CGD][A-Z0-9]{8,20})$/u,
      'expected the name or id of a Slack channel, such as "#fleet" or "C0123456789"',
    )
    .optional(),
  /** Which bot token or incoming webhook: the last part of the name of a SecureString, see OPERATIONS.md. */
  slackCredential: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'expected a name such as "default"')
    .default('default'),
});

/** The whole policy, all keys optional but `cluster`. The smallest input is `{"cluster": "prod"}`. */
export const policySchema = z.strictObject({
  /** Name or ARN of the ECS cluster. */
  cluster,
  target: target.prefault({}),
  select: select.prefault({}),
  waves: waves.prefault({}),
  budget: budget.prefault({}),
  /** Container instances that may fail before the rollout halts; 0 halts at the first failure. */
  failureBudget: z.number().int().min(0).max(10_000).default(0),
  drain: drain.prefault({}),
  prepare: prepare.prefault({}),
  reboot: reboot.prefault({}),
  verify: verify.prefault({}),
  posture: posture.prefault({}),
  gates: gates.prefault({}),
  window: window.prefault({}),
  rollback: rollback.prefault({}),
  autoScaling: autoScaling.prefault({}),
  approval: approval.prefault({}),
  notify: notify.prefault({}),
  /** True: plan and say so, touch nothing. */
  planOnly: z.boolean().default(false),
});

export type Policy = z.infer<typeof policySchema>;

/**
 * A limit as a count.
 *
 * @param limit A count, or a percentage of `total` that is rounded down, but at least one: a fleet of five at
 * 10 % could otherwise never be updated.
 */
export function limitOf(limit: number | string, total: number): number {
  if (typeof limit === 'number') return limit;
  return Math.max(1, Math.floor((Number.parseInt(limit, 10) * total) / 100));
}
