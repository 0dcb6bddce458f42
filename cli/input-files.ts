// Reads the files that a person names on the command line; whatever is wrong with one is said in one sentence.

import { readFileSync } from 'node:fs';
import { BadInputError } from '../functions/core/errors.ts';
import type { Policy } from '../functions/core/policy.ts';
import { readPolicy } from '../functions/core/read-policy.ts';
import type { FaultSpec } from '../simulator/faults/faults.ts';
import { checkFaultSubjects, parseFaults } from '../simulator/fleet-file/fault-file.ts';
import { FleetFileError } from '../simulator/fleet-file/fleet-file-error.ts';
import { jsonErrorPosition } from '../simulator/fleet-file/json-position.ts';
import { parseFleet } from '../simulator/fleet-file/parse-fleet.ts';
import type { Fleet } from '../simulator/fleet-file/schema.ts';
import { UsageError } from './usage-error.ts';

const DEMO_FLEET = new URL('../simulator/fleet-file/demo-fleet.json', import.meta.url);

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
};

/** PowerShell writes UTF-16 to files; editors put a byte order mark before UTF-8, which is no JSON. */
const decoder = new TextDecoder('utf-8', { fatal: true });

function readText(path: string | URL, what: string): string {
  try {
    return decoder.decode(readFileSync(path));
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new UsageError(`cannot read the ${what} ${String(path)}: ${REASONS[code] ?? message}`);
  }
}

/** Files are parsed by code of others: its errors become ours, and everything else is a bug. */
function accepting<T>(what: string, path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof FleetFileError) throw new UsageError(`${what} ${error.message}`);
    if (error instanceof BadInputError) throw new UsageError(`${what} ${path}: ${error.message}`);
    // JSON.parse and the walks over its result recurse.
    if (error instanceof RangeError) throw new UsageError(`${what} ${path}: nested too deeply`);
    throw error;
  }
}

/** @param path The demo fleet, if undefined. */
export function readFleetFile(path: string | undefined): Fleet {
  const text = readText(path ?? DEMO_FLEET, 'fleet file');
  return accepting('fleet file', path ?? '', () => parseFleet(text, path ?? 'demo-fleet.json'));
}

/**
 * @param work Brings the fleet to life, which finds what only a whole region can tell: a task that has no room, an
 * expression that is none.
 * @throws {UsageError} In place of the simulator's own error.
 */
export async function loading<T>(path: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FleetFileError)) throw error;
    throw new UsageError(`fleet file ${path ?? 'demo-fleet.json'}: ${error.message}`);
  }
}

export function readFaultFile(path: string | undefined, fleet: Fleet): readonly FaultSpec[] {
  if (path === undefined) return [];
  const text = readText(path, 'fault file');
  return accepting('fault file', path, () => {
    const faults = parseFaults(text, path);
    checkFaultSubjects(faults, fleet, path);
    return faults;
  });
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const at = jsonErrorPosition(text);
    const place = at ? ` at line ${at.line}, column ${at.column}` : '';
    throw new UsageError(`policy ${path}: not JSON${place}: ${(error as Error).message}`);
  }
}

/** What a rollout is asked to do. */
export interface Asked {
  /** The execution's input: the policy as given, with the cluster named. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly policy: Policy;
  readonly clusterName: string;
}

function clusterOf(policy: Policy, fleet: Fleet, path: string): string {
  const name = policy.cluster.split('/').at(-1) ?? policy.cluster;
  const names = fleet.clusters.map(({ clusterName }) => clusterName);
  if (names.includes(name)) return name;
  const known = names.map((one) => `"${one}"`).join(', ');
  throw new UsageError(
    `policy ${path}: cluster: found "${policy.cluster}", the fleet has ${known}`,
  );
}

/** The policy over the fleet's only cluster; with several clusters it must name one. */
export function askFor(fleet: Fleet, given: unknown, path: string): Asked {
  const [only, ...others] = fleet.clusters;
  const base = only && others.length === 0 ? { cluster: only.clusterName } : {};
  const isNamed = typeof given === 'object' && given !== null && 'cluster' in given;
  if (others.length > 0 && !isNamed) {
    const names = fleet.clusters.map(({ clusterName }) => `"${clusterName}"`).join(', ');
    const wanted = `{"cluster": "${only?.clusterName}"}`;
    throw new UsageError(
      `the fleet has the clusters ${names}: name one in a policy (--policy FILE), such as ${wanted}`,
    );
  }
  return accepting('policy', path, () => {
    const { policy } = readPolicy([base, given]);
    const input = { ...base, startedBy: 'fleet simulate', ...(given as object) };
    return { input, policy, clusterName: clusterOf(policy, fleet, path) };
  });
}

/** @param path Nothing but the cluster's name is asked for, if undefined. */
export function readPolicyFile(path: string | undefined, fleet: Fleet): Asked {
  if (path === undefined) return askFor(fleet, {}, '(none)');
  const text = readText(path, 'policy');
  return askFor(
    fleet,
    accepting('policy', path, () => parseJson(text, path)),
    path,
  );
}

/** The policy of a rollout in a region, which the region itself judges: only the cluster must not be another one. */
export function readPolicyOf(
  path: string | undefined,
  cluster: string,
): Readonly<Record<string, unknown>> {
  if (path === undefined) return {};
  const text = readText(path, 'policy');
  const policy = accepting('policy', path, () => parseJson(text, path));
  if (typeof policy !== 'object' || policy === null || Array.isArray(policy)) {
    throw new UsageError(`policy ${path}: expected a JSON object such as {"failureBudget": 1}`);
  }
  const { cluster: named, ...rest } = policy as Record<string, unknown>;
  const last = (name: unknown) => String(name).split('/').at(-1);
  if (named !== undefined && last(named) !== last(cluster)) {
    throw new UsageError(`policy ${path}: cluster: found "${named}", asked for "${cluster}"`);
  }
  return rest;
}
