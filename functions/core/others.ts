// Decides which container instances count as out of service although this rollout did not take them.

/** One container instance that is not ours, as ECS shows it. */
export interface Other {
  readonly containerInstanceArn: string;
  readonly status: string;
  readonly agentConnected: boolean;
}

/** Since when each agent has been found away (epoch milliseconds), by container instance ARN. */
export type AwaySince = Readonly<Record<string, number>>;

/**
 * "It is normal for the agent to disconnect and reconnect several times per hour" (ECS Developer Guide, container
 * instance state change events), and its tasks serve on meanwhile. One that stays away for so long is out of service.
 */
const AWAY_PATIENCE_MILLISECONDS = 60_000;

/** More that went away since the last look than this share of the fleet is no normal operation. */
const AWAY_SHARE_MAX = 0.05;

/**
 * @param others Everything looked at that this rollout has not taken.
 * @param before What the last look returned; one that was connected in between starts anew.
 * @param fleetSize Container instances of the cluster.
 * @returns The ARNs that count, and what the next look has to know.
 */
export function judgeOthers(
  others: readonly Other[],
  before: AwaySince,
  fleetSize: number,
  now: number,
): { readonly out: readonly string[]; readonly awaySince: AwaySince } {
  const away = others.filter((one) => one.status === 'ACTIVE' && !one.agentConnected);
  const sinceOf = ({ containerInstanceArn: arn }: Other) =>
    Object.hasOwn(before, arn) ? (before[arn] ?? now) : now;
  const passing = away.filter((one) => now - sinceOf(one) < AWAY_PATIENCE_MILLISECONDS);
  const usual = passing.length <= Math.max(1, Math.floor(fleetSize * AWAY_SHARE_MAX));
  const excused = new Set(usual ? passing : []);
  const draining = others.filter((one) => one.status === 'DRAINING');
  return {
    out: [...draining, ...away.filter((one) => !excused.has(one))].map(
      (one) => one.containerInstanceArn,
    ),
    awaySince: Object.fromEntries(away.map((one) => [one.containerInstanceArn, sinceOf(one)])),
  };
}
