// Decides which hosts may still have the update settings that the updater gave them, and when they have their own back.

import type { Outcome } from './model.ts';
import { versionNow } from './proof.ts';

/** Update settings of a host (`settings.updates`). */
export interface UpdateSettings {
  readonly versionLock: string;
  readonly ignoreWaves: boolean;
}

/** What the record knows of one container instance whose update is over. */
export interface SettingsFacts {
  readonly outcome?: Outcome | undefined;
  readonly direction?: 'back' | undefined;
  readonly fromVersion?: string | undefined;
  /** Present on what was chosen: only those are ever prepared. */
  readonly toVersion?: string | undefined;
  /** As they were before we touched anything. */
  readonly saved?: UpdateSettings | undefined;
  /** When the host said, on its new boot, that it runs the version it was to boot; that look puts the settings back. */
  readonly bootedAt?: number | undefined;
  /** When the host was seen with its own settings again. */
  readonly settingsRestoredAt?: number | undefined;
  readonly undo?: { readonly done: { readonly 'roll-back'?: number } } | undefined;
}

/**
 * Nobody is there to put anything back on, or a person is told of it already. Not so what is gone from ECS: its host
 * may live on, deregistered by somebody.
 */
const BEYOND: ReadonlySet<Outcome> = new Set(['Replaced', 'NeedsAttention']);

/** True for a host that was prepared, and has not been seen with its own settings since. */
export function owesSettings(one: SettingsFacts): boolean {
  if (one.toVersion === undefined || one.saved === undefined) return false;
  if (one.outcome === undefined || BEYOND.has(one.outcome)) return false;
  // A rollback pins the old version in its turn.
  const restoredByReboot = one.bootedAt !== undefined && one.undo?.done['roll-back'] === undefined;
  return !restoredByReboot && one.settingsRestoredAt === undefined;
}

/** The version that must run for settings to be put back: what the host said last, else what the outcome says. */
export function restoresOn(one: SettingsFacts, said: string | undefined): string {
  const { outcome, direction, fromVersion, toVersion } = one;
  const known = outcome && versionNow({ outcome, direction, fromVersion, toVersion });
  return said ?? known ?? fromVersion ?? '';
}

export function sameSettings(found: UpdateSettings, wanted: UpdateSettings): boolean {
  return found.versionLock === wanted.versionLock && found.ignoreWaves === wanted.ignoreWaves;
}
