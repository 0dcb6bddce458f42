// What the commands that speak to a region are asked to do, and how their options say so.

import { type Given, numberIn, type OptionName, optional, required, textLike } from './options.ts';
import { UsageError } from './usage-error.ts';

/** A rollout by its id, or the one of a cluster. */
export type Which = { readonly cluster: string } | { readonly rolloutId: string };

export interface StartOptions {
  /** Name or ARN. */
  readonly cluster: string;
  /** Path as typed. */
  readonly policyFile: string | undefined;
  /** Name of the execution, and id of the rollout; made up unless said. */
  readonly name: string | undefined;
}

/** What people may ask of a rollout, as control-rollout calls it. */
export const CONTROL_ACTIONS = ['pause', 'resume', 'abort', 'approve', 'refuse'] as const;
export type ControlAction = (typeof CONTROL_ACTIONS)[number];

export interface ReleaseOptions {
  readonly variant: string;
  readonly arch: string;
  readonly version: string;
  readonly by: string | undefined;
}

/** A command that speaks to a region. */
export type RegionCommand =
  | { readonly name: 'plan'; readonly options: Omit<StartOptions, 'name'> }
  | { readonly name: 'start'; readonly options: StartOptions }
  | { readonly name: 'status'; readonly options: { readonly which: Which; readonly json: boolean } }
  | {
      readonly name: 'watch';
      readonly options: { readonly which: Which; readonly intervalSeconds: number };
    }
  | { readonly name: 'history'; readonly options: { readonly which: Which } }
  | {
      readonly name: ControlAction;
      readonly options: { readonly which: Which; readonly by: string | undefined };
    }
  | { readonly name: 'release'; readonly options: ReleaseOptions }
  | {
      readonly name: 'snapshot';
      readonly options: { readonly cluster: string; readonly to: string };
    };

export type RegionCommandName = RegionCommand['name'];

const CONTROL_OPTIONS: readonly OptionName[] = ['cluster', 'rollout', 'by'];

export const REGION_OPTIONS: Readonly<Record<RegionCommandName, readonly OptionName[]>> = {
  plan: ['cluster', 'policy'],
  start: ['cluster', 'policy', 'name'],
  status: ['cluster', 'rollout', 'json'],
  watch: ['cluster', 'rollout', 'interval'],
  history: ['cluster', 'rollout'],
  pause: CONTROL_OPTIONS,
  resume: CONTROL_OPTIONS,
  abort: CONTROL_OPTIONS,
  approve: CONTROL_OPTIONS,
  refuse: CONTROL_OPTIONS,
  release: ['variant', 'arch', 'version', 'by'],
  snapshot: ['cluster', 'to'],
};

export const DEFAULT_INTERVAL_SECONDS = 5;
const INTERVAL_SECONDS_MAX = 3600;

/** As rolloutIdOf() leaves it alone: then the name is the rollout's id. */
const NAME = /^[A-Za-z0-9_-]{1,50}$/;
const VERSION = /^\d{1,5}\.\d{1,5}\.\d{1,5}$/;
const A_VERSION = 'a version such as 1.65.0';

function readCluster(command: string, given: Given): string {
  const cluster = required(command, given, 'cluster');
  const pattern = /^(arn:[^\s]+:cluster\/)?[A-Za-z0-9_-]{1,255}$/;
  return textLike('cluster', cluster, pattern, 'the name or ARN of an ECS cluster');
}

function readRolloutId(command: string, given: Given): string {
  const id = required(command, given, 'rollout');
  return textLike('rollout', id, /^[A-Za-z0-9_-]{1,80}$/, 'the id that fleet start printed');
}

function readWhich(command: string, given: Given): Which {
  if ((given.cluster === undefined) === (given.rollout === undefined)) {
    throw new UsageError(`${command} needs either --cluster or --rollout`);
  }
  return given.cluster === undefined
    ? { rolloutId: readRolloutId(command, given) }
    : { cluster: readCluster(command, given) };
}

function readName(given: Given): string | undefined {
  const name = optional(given, 'name');
  const wanted = '1 to 50 letters, digits, - and _';
  return name === undefined ? undefined : textLike('name', name, NAME, wanted);
}

function readRelease(given: Given): ReleaseOptions {
  const of = (name: OptionName) => required('release', given, name);
  return {
    variant: textLike('variant', of('variant'), /^[a-z0-9-]{1,64}$/, 'one such as aws-ecs-2'),
    arch: textLike('arch', of('arch'), /^(x86_64|aarch64)$/, 'x86_64 or aarch64'),
    version: textLike('version', of('version'), VERSION, A_VERSION),
    by: optional(given, 'by'),
  };
}

function readInterval(given: Given): number {
  const text = String(given.interval ?? DEFAULT_INTERVAL_SECONDS);
  return numberIn('interval', text, { min: 0.01, max: INTERVAL_SECONDS_MAX, isWhole: false });
}

/** @throws {UsageError} */
export function readRegionCommand(name: RegionCommandName, given: Given): RegionCommand {
  switch (name) {
    case 'plan':
    case 'start': {
      const cluster = readCluster(name, given);
      const options = { cluster, policyFile: optional(given, 'policy') };
      return name === 'plan'
        ? { name, options }
        : { name, options: { ...options, name: readName(given) } };
    }
    case 'status':
      return { name, options: { which: readWhich(name, given), json: given.json === true } };
    case 'watch':
      return {
        name,
        options: { which: readWhich(name, given), intervalSeconds: readInterval(given) },
      };
    case 'history':
      return { name, options: { which: readWhich(name, given) } };
    case 'release':
      return { name, options: readRelease(given) };
    case 'snapshot': {
      const to = textLike('to', required(name, given, 'to'), VERSION, A_VERSION);
      return { name, options: { cluster: readCluster(name, given), to } };
    }
    default:
      return { name, options: { which: readWhich(name, given), by: optional(given, 'by') } };
  }
}
