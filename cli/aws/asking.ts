// Asks a region on behalf of a person: sets up what the adapters read, and turns what goes wrong into one line.

import { EVENT_BUS_NAME, FLEET_PARAMETER_PREFIX, TABLE_NAME } from '../../infra/names.ts';
import { UsageError } from '../usage-error.ts';
import { explain, type Place, RegionError } from './region-error.ts';

/** The adapters of the functions read the names of the stack from the environment, where Lambda puts them. */
export function prepareEnvironment(): void {
  const { env } = process;
  Object.assign(env, { TABLE_NAME, EVENT_BUS_NAME, FLEET_PARAMETER_PREFIX });
  // The AWS CLI reads it, the SDK for JavaScript does not: the same shell should mean the same region to both.
  if (env.AWS_REGION === undefined && env.AWS_DEFAULT_REGION !== undefined) {
    env.AWS_REGION = env.AWS_DEFAULT_REGION;
  }
}

function here(): Place {
  const { AWS_REGION: region, AWS_ENDPOINT_URL: endpoint } = process.env;
  return { region, endpoint };
}

/** `eu-west-1`, for messages. */
export function regionName(): string {
  return here().region ?? 'the configured region';
}

/**
 * Carries out one question to AWS.
 *
 * @param what Completes "cannot …": `read rollout prod-1`.
 * @throws {RegionError} In place of whatever AWS or the network answered.
 * @throws {UsageError} When the input was at fault.
 */
export async function asking<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof UsageError || error instanceof RegionError) throw error;
    // The adapters' own word for input that is not acceptable: a cluster that does not exist, for example.
    if (error instanceof Error && error.name === 'BadInput') throw new UsageError(error.message);
    throw new RegionError(explain(what, here(), error));
  }
}
