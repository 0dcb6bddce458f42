// Starts a rollout of a cluster and looks until it is opened, or over.

import { randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { findCluster } from '../functions/aws/ecs.ts';
import { asking } from './aws/asking.ts';
import { rollOutClusterArn, startRollout } from './aws/executions.ts';
import { readStarted } from './aws/rollouts.ts';
import type { RolloutEnd } from './ending.ts';
import { EXIT_OF_ENDING } from './exit-codes.ts';
import { readPolicyOf } from './input-files.ts';
import type { StartOptions } from './region-options.ts';
import { endOf, type RolloutView } from './rollout-view.ts';
import { endOnSignals, type Surroundings } from './terminal.ts';
import { printable } from './text-width.ts';

/** A rollout opens within a second or two; a plan takes as long as its slowest host. */
const LOOK_SECONDS = 0.5;
const BY_CHARACTERS_MAX = 200;

/** Who asks, for the journal, unless somebody says a name. */
export function whoAsks(by: string | undefined): string {
  return (by ?? `${userInfo().username}@${hostname()}`).slice(0, BY_CHARACTERS_MAX);
}

/** Longest part of a cluster's name that leaves room for the instant: names have at most 50 characters. */
const CLUSTER_CHARACTERS_MAX = 24;

/** `prod-20261124T020000-3f9a`: cluster, local instant in UTC, and four digits against a double start. */
function madeUpName(cluster: string, prefix: string): string {
  const name = cluster.split('/').at(-1) ?? cluster;
  const instant = new Date().toISOString().replaceAll(/[-:]|\.\d+Z/g, '');
  return `${prefix}${name.slice(0, CLUSTER_CHARACTERS_MAX)}-${instant}-${randomBytes(2).toString('hex')}`;
}

/** @returns The rollout's id: the name of its execution. */
export async function begin(
  { cluster, policyFile, name: given }: StartOptions,
  planOnly: boolean,
): Promise<string> {
  const policy = readPolicyOf(policyFile, cluster);
  const name = given ?? madeUpName(cluster, planOnly ? 'plan-' : '');
  const input = {
    startedBy: whoAsks(undefined),
    ...policy,
    cluster,
    ...(planOnly ? { planOnly: true } : {}),
  };
  const what = `start a ${planOnly ? 'plan' : 'rollout'} of cluster ${cluster}`;
  await asking(what, async () => {
    const { clusterArn } = await findCluster(cluster);
    await startRollout(rollOutClusterArn(clusterArn), name, input);
  });
  return name;
}

/**
 * Looks again and again until the rollout is as wanted, or over.
 *
 * @param goesOn What Ctrl-C does not change, for whoever presses it.
 */
export async function lookUntil(
  rolloutId: string,
  isEnough: (view: RolloutView) => boolean,
  goesOn: string,
  { stderr }: Surroundings,
): Promise<RolloutView> {
  const release = endOnSignals(() => stderr.write(`\n${goesOn}\n`));
  try {
    for (;;) {
      const view = await readStarted(rolloutId);
      if (isEnough(view) || endOf(view) !== undefined) return view;
      await sleep(LOOK_SECONDS * 1000);
    }
  } finally {
    release();
  }
}

/** For one that could not even be opened: its policy is wrong, its window is closed, another rollout holds the cluster. */
export function sayRefused(
  view: RolloutView,
  { ending, reason }: RolloutEnd,
  { stderr }: Surroundings,
): number {
  stderr.write(`fleet: ${view.rolloutId} ended ${ending}: ${printable(reason)}\n`);
  return EXIT_OF_ENDING[ending];
}
