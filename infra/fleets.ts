// The fleets this stack looks after: one entry per cluster, checked when the stack is packaged.

import * as z from 'zod';
import { readPolicy } from '../functions/core/read-policy.ts';

const timeZone = z.string().refine(
  (name) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: name });
      return true;
    } catch {
      return false;
    }
  },
  { error: 'expected an IANA time zone such as "Europe/Berlin"' },
);

const CRON = /^(cron\(\S+( \S+){5}\)|rate\([1-9]\d* (minute|hour|day)s?\)|at\([\dT:-]{19}\))$/;

const scheduleSchema = z.strictObject({
  /** When rollouts start: `cron(…)` with six fields, `rate(…)` or `at(…)` of EventBridge Scheduler. */
  expression: z.string().regex(CRON, 'expected such as "cron(0 2 ? * TUE *)", in six fields'),
  /** IANA time zone of the expression; daylight saving is EventBridge Scheduler's business. */
  timeZone,
  /** Minutes within which the start is spread, 1 to 1,440; on the minute unless said. */
  flexibleMinutes: z.number().int().min(1).max(1440).optional(),
});

const fleetSchema = z.strictObject({
  /** Name of the ECS cluster, in the account and region of the stack. */
  cluster: z.string().regex(/^[A-Za-z0-9_-]{1,255}$/, 'expected the name of an ECS cluster'),
  /** Without one, rollouts of the fleet are started by hand. */
  schedule: scheduleSchema.optional(),
  /** Minutes the maintenance window stays open after a rollout's scheduled start, 10 to 10,080; no limit unless said. */
  windowMinutes: z.number().int().min(10).max(10_080).optional(),
  /** Systems Manager Change Calendars (names or ARNs) that must all be open. */
  calendars: z.array(z.string().min(1).max(256)).max(10).optional(),
  /** Everything else a rollout may be told, as in docs/POLICY.md; what an execution's input says goes before it. */
  policy: z.record(z.string(), z.unknown()).optional(),
  /** Slack channel that hears of its rollouts: an id such as `C0123456789`, or a name such as `#fleet`. */
  slackChannel: z.string().optional(),
});

export type Fleet = z.infer<typeof fleetSchema>;

/** Largest value of a standard Systems Manager parameter, in bytes. */
const PARAMETER_BYTES_MAX = 4096;

/** What open-rollout lays under an execution's input. */
export function policyOf(fleet: Fleet): object {
  const { cluster, windowMinutes, calendars, slackChannel, policy = {} } = fleet;
  const window = {
    ...(windowMinutes === undefined ? {} : { durationMinutes: windowMinutes }),
    ...(calendars === undefined ? {} : { calendars }),
    ...(policy.window as object | undefined),
  };
  const notify = {
    ...(slackChannel === undefined ? {} : { slackChannel }),
    ...(policy.notify as object | undefined),
  };
  const sections = Object.entries({ window, notify }).filter(
    ([, section]) => Object.keys(section).length > 0,
  );
  return { ...policy, cluster, ...Object.fromEntries(sections) };
}

function problemsOf(entry: unknown): string[] {
  const parsed = fleetSchema.safeParse(entry);
  if (!parsed.success) {
    return parsed.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'entry'}: ${message}`,
    );
  }
  const fleet = parsed.data;
  if (fleet.policy?.cluster !== undefined) return ['policy.cluster: say it once, as "cluster"'];
  try {
    readPolicy([policyOf(fleet)]);
  } catch (error) {
    return [`policy: ${(error as Error).message}`];
  }
  return Buffer.byteLength(JSON.stringify(policyOf(fleet))) > PARAMETER_BYTES_MAX
    ? [`policy: expected at most ${PARAMETER_BYTES_MAX} bytes of JSON`]
    : [];
}

function nameOf(entry: unknown, index: number): string {
  const { cluster } = (entry ?? {}) as { cluster?: unknown };
  return `fleets[${index}]${typeof cluster === 'string' ? ` (cluster "${cluster}")` : ''}`;
}

/**
 * Accepts the entries of the list below.
 *
 * @throws {Error} Names each wrong entry and key, and what is accepted.
 */
export function defineFleets(entries: readonly unknown[]): readonly Fleet[] {
  const problems = entries.flatMap((entry, index) =>
    problemsOf(entry).map((problem) => `${nameOf(entry, index)}: ${problem}`),
  );
  const clusters = entries.map((entry) => (entry as { cluster?: unknown } | null)?.cluster);
  for (const [index, cluster] of clusters.entries()) {
    if (cluster !== undefined && clusters.indexOf(cluster) < index) {
      problems.push(`${nameOf(entries[index], index)}: cluster: has an entry already`);
    }
  }
  if (entries.length === 0) problems.push('fleets: expected at least one entry');
  if (problems.length > 0) throw new Error(`Cannot accept infra/fleets.ts: ${problems.join('; ')}`);
  return entries.map((entry) => fleetSchema.parse(entry));
}

/**
 * Yours to change: an entry per cluster. Functions may only touch clusters that have one, and instances that carry the
 * tag `bottlerocket-fleet` with the name of such a cluster. An entry with everything:
 *
 *     {
 *       cluster: 'prod',
 *       schedule: { expression: 'cron(0 2 ? * TUE *)', timeZone: 'Europe/Berlin', flexibleMinutes: 15 },
 *       windowMinutes: 240,
 *       calendars: ['prod-freeze'],
 *       policy: { target: { minimumAgeHours: 72 }, approval: { required: true } },
 *       slackChannel: '#fleet',
 *     }
 */
export const FLEETS: readonly Fleet[] = defineFleets([{ cluster: 'prod' }]);
