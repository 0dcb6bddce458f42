// Writes down on a container instance, and reads back, what is needed to return it to service without the record.

import type { UpdateSettings } from './settings-owed.ts';

/** How a container instance was before its update. Members that are undefined were not known. */
export interface WayBack {
  /** Counted from 1; with rollout and instance it names the execution that drained it. */
  readonly attempt: number;
  readonly fromVersion: string | undefined;
  readonly toVersion: string | undefined;
  /** The boot that was drained. */
  readonly bootIdBefore: string | undefined;
  /** The host's own update settings. */
  readonly saved: UpdateSettings | undefined;
  /** Its scale-in protection is ours, and was off before. */
  readonly protectedByUs: boolean;
}

/** Stands for what is not known. */
const UNKNOWN = '-';
/** Longest value of an attribute, and the characters it may have (ECS API reference, Attribute). */
const CHARACTERS_MAX = 128;
const ALLOWED = /^[A-Za-z0-9_.@:-]+$/;

const WAVES = { true: 'ignored', false: 'respected' } as const;
const PROTECTION = { true: 'ours', false: 'as-found' } as const;

function member(value: string | undefined): string {
  return value !== undefined && ALLOWED.test(value) ? value : UNKNOWN;
}

/**
 * One attribute value, such as
 * `1/1.64.0/1.65.0/3f0c…/latest/respected/as-found`: attempt, versions from and to, boot id, version lock, repository
 * waves, scale-in protection.
 */
export function writeWayBack(given: WayBack): string {
  const { attempt, fromVersion, toVersion, bootIdBefore, saved, protectedByUs } = given;
  const lock = member(saved?.versionLock);
  // Half of the settings would be a guess.
  const known = saved !== undefined && lock !== UNKNOWN;
  const members = (settings: readonly string[]) =>
    [
      String(attempt),
      member(fromVersion),
      member(toVersion),
      member(bootIdBefore),
      ...settings,
      PROTECTION[`${protectedByUs}`],
    ].join('/');
  const whole = members(known ? [lock, WAVES[`${saved.ignoreWaves}`]] : [UNKNOWN, UNKNOWN]);
  return whole.length <= CHARACTERS_MAX ? whole : members([UNKNOWN, UNKNOWN]);
}

/** @returns Undefined for what this version did not write. */
export function readWayBack(text: string | undefined): WayBack | undefined {
  const parts = (text ?? '').split('/');
  if (parts.length !== 7) return undefined;
  const [attempt, from, to, bootId, lock, waves, protection] = parts;
  if (!/^[1-9]\d?$/.test(attempt ?? '')) return undefined;
  const known = (value: string | undefined) => (value === UNKNOWN ? undefined : value);
  const versionLock = known(lock);
  return {
    attempt: Number(attempt),
    fromVersion: known(from),
    toVersion: known(to),
    bootIdBefore: known(bootId),
    saved:
      versionLock === undefined ? undefined : { versionLock, ignoreWaves: waves === WAVES.true },
    protectedByUs: protection === PROTECTION.true,
  };
}
