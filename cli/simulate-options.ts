// What `fleet simulate` is asked to do, and how its options say so.

import { type Given, numberIn, type OptionName, optional } from './options.ts';
import { UsageError } from './usage-error.ts';

export interface ServeOptions {
  /** 0 for any free port. */
  readonly port: number;
  /** Simulated seconds per real second. */
  readonly pace: number;
  readonly withProduct: boolean;
}

export interface SimulateOptions {
  /** Paths as typed; the demo fleet, the default policy and no faults unless said. */
  readonly fleetFile: string | undefined;
  readonly policyFile: string | undefined;
  readonly faultFile: string | undefined;
  readonly seed: number;
  readonly json: boolean;
  readonly plain: boolean;
  /** Tell a simulated Slack too, and print what it received. */
  readonly slack: boolean;
  /** Absent: run one rollout and end. */
  readonly serve: ServeOptions | undefined;
}

export const SIMULATE_OPTIONS: readonly OptionName[] = [
  'fleet',
  'policy',
  'faults',
  'seed',
  'plain',
  'json',
  'slack',
  'serve',
  'pace',
  'without-product',
];

export const DEFAULT_SEED = 1;
export const DEFAULT_PACE = 60;
export const SEED_MAX = 4_294_967_295;
const PACE_MAX = 100_000;

function readServe(given: Given): ServeOptions | undefined {
  if (given.serve === undefined) {
    for (const name of ['pace', 'without-product'] as const) {
      if (given[name] !== undefined) throw new UsageError(`option --${name} needs --serve PORT`);
    }
    return undefined;
  }
  if (given.json) throw new UsageError('option --json: a served region has no end to report');
  const port = numberIn('serve', String(given.serve), { min: 0, max: 65_535, isWhole: true });
  const range = { min: 0.001, max: PACE_MAX, isWhole: false };
  const pace = numberIn('pace', String(given.pace ?? DEFAULT_PACE), range);
  return { port, pace, withProduct: given['without-product'] === undefined };
}

function readSlack(given: Given): boolean {
  if (given.slack === undefined) return false;
  for (const name of ['json', 'serve'] as const) {
    if (given[name]) throw new UsageError(`option --slack: not together with --${name}`);
  }
  return true;
}

/** @throws {UsageError} */
export function readSimulate(given: Given): SimulateOptions {
  const range = { min: 0, max: SEED_MAX, isWhole: true };
  return {
    fleetFile: optional(given, 'fleet'),
    policyFile: optional(given, 'policy'),
    faultFile: optional(given, 'faults'),
    seed: numberIn('seed', String(given.seed ?? DEFAULT_SEED), range),
    json: given.json === true,
    plain: given.plain === true,
    slack: readSlack(given),
    serve: readServe(given),
  };
}
