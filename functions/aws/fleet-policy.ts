// Reads the policy that is configured for a fleet: as it is now, and as it was when a rollout opened.

import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { FleetSize } from '../core/budget.ts';
import { readPolicy } from '../core/read-policy.ts';
import { type Tightened, tightenPolicy } from '../core/tighten.ts';
import { now } from './clock.ts';
import { config } from './config.ts';
import { FIRST, stopWhenOver } from './deadline.ts';
import { log } from './log.ts';
import type { Rollout } from './rollout-record.ts';

const ssm = new SSMClient({ maxAttempts: 5 });
ssm.middlewareStack.add(stopWhenOver, FIRST);

/** A change is heard of at the latest after so long: every minute would be half a call for each of 100 instances. */
const KEPT_MILLISECONDS = 300_000;

/** Systems Manager keeps the last hundred versions of a parameter. */
export interface ConfiguredPolicy {
  readonly layer: unknown;
  readonly version: number;
}

/** Version of what is not configured. */
export const NOT_CONFIGURED = 0;

const ABSENT: ReadonlySet<string> = new Set(['ParameterNotFound', 'ParameterVersionNotFound']);

/** @returns Undefined when none is configured for the cluster, or that version is forgotten. */
export async function readFleetPolicy(
  clusterName: string,
  version?: number,
): Promise<ConfiguredPolicy | undefined> {
  const name = `${config('FLEET_PARAMETER_PREFIX')}/${clusterName}`;
  try {
    const { Parameter } = await ssm.send(
      new GetParameterCommand({ Name: version === undefined ? name : `${name}:${version}` }),
    );
    return Parameter?.Value === undefined
      ? undefined
      : { layer: JSON.parse(Parameter.Value), version: Parameter.Version ?? NOT_CONFIGURED };
  } catch (error) {
    if (error instanceof Error && ABSENT.has(error.name)) return undefined;
    throw error;
  }
}

const kept = new Map<
  string,
  { readonly found: ConfiguredPolicy | undefined; readonly at: number }
>();

/** What was kept before the rollout opened may be older than what it opened with, and would look like a change. */
async function readNow({ clusterName, openedAt }: Rollout): Promise<ConfiguredPolicy | undefined> {
  const known = kept.get(clusterName);
  if (known && known.at >= openedAt && now() - known.at < KEPT_MILLISECONDS) return known.found;
  const found = await readFleetPolicy(clusterName);
  kept.set(clusterName, { found, at: now() });
  return found;
}

async function changedLayers(rollout: Rollout) {
  const { clusterName, configuredVersion } = rollout;
  const found = await readNow(rollout);
  if (!found || found.version === configuredVersion) return undefined;
  // It must be one that a rollout could begin with.
  readPolicy([{ cluster: clusterName }, found.layer]);
  const before =
    configuredVersion === NOT_CONFIGURED
      ? undefined
      : await readFleetPolicy(clusterName, configuredVersion);
  return { before: before?.layer, now: found.layer };
}

/**
 * The rollout's policy with what was tightened since it opened. What cannot be read, or is no policy, tightens nothing:
 * the rollout goes on with what it began with.
 */
export async function readTightened(rollout: Rollout, size: FleetSize): Promise<Tightened> {
  const { policy, windowCloseAt, openedAt, configuredVersion, rolloutId } = rollout;
  const unchanged: Tightened = {
    policy,
    windowCloseAt,
    excludeTags: [policy.select.excludeTag],
    changes: [],
  };
  // Another version of the updater opened it.
  if (configuredVersion === undefined) return unchanged;
  try {
    const layers = await changedLayers(rollout);
    if (!layers) return unchanged;
    const minutes = policy.window.durationMinutes ?? 0;
    const scheduledAt = windowCloseAt === undefined ? openedAt : windowCloseAt - minutes * 60_000;
    return tightenPolicy(policy, layers, { size, scheduledAt });
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    log.warn('configured policy not read', { rolloutId, reason });
    return unchanged;
  }
}
