// Which hosts may still have settings of ours when their rollout closes.

import { describe, expect, it } from 'vitest';
import {
  owesSettings,
  restoresOn,
  type SettingsFacts,
  sameSettings,
} from '../../../functions/core/settings-owed.ts';
import { MINUTE, NOW } from './samples.ts';

const saved = { versionLock: 'latest', ignoreWaves: false };
const prepared: SettingsFacts = {
  outcome: 'NotStarted',
  fromVersion: '1.64.0',
  toVersion: '1.65.0',
  saved,
};

describe('owesSettings()', () => {
  it.each(['NotStarted', 'Skipped', 'Blocked', 'Failed', 'FellBack', 'Yielded'] as const)(
    'owesSettings() of one that was prepared and is %s',
    (outcome) => {
      expect(owesSettings({ ...prepared, outcome })).toBe(true);
      expect(owesSettings({ ...prepared, outcome, settingsRestoredAt: NOW })).toBe(false);
    },
  );

  it('owesSettings() nothing when it was never chosen, or never asked', () => {
    expect(owesSettings({ ...prepared, toVersion: undefined })).toBe(false);
    expect(owesSettings({ ...prepared, saved: undefined })).toBe(false);
  });

  it('owesSettings() nothing once it has booted what it was to boot', () => {
    expect(owesSettings({ ...prepared, outcome: 'Updated', bootedAt: NOW })).toBe(false);
  });

  it('owesSettings() again once it was rolled back after that', () => {
    const undo = { done: { 'roll-back': NOW + MINUTE } };
    expect(owesSettings({ ...prepared, outcome: 'RolledBack', bootedAt: NOW, undo })).toBe(true);
  });

  it.each(['Replaced', 'NeedsAttention', undefined] as const)(
    'owesSettings() nothing when it is %s',
    (outcome) => {
      expect(owesSettings({ ...prepared, outcome })).toBe(false);
    },
  );

  it('owesSettings() what is gone from ECS: its host may live on', () => {
    expect(owesSettings({ ...prepared, outcome: 'Gone' })).toBe(true);
  });
});

describe('restoresOn()', () => {
  it('restoresOn() what the host said, else what its outcome says', () => {
    expect(restoresOn(prepared, undefined)).toBe('1.64.0');
    expect(restoresOn({ ...prepared, outcome: 'Updated' }, undefined)).toBe('1.65.0');
    expect(restoresOn({ ...prepared, outcome: 'Yielded' }, '1.65.0')).toBe('1.65.0');
  });
});

describe('sameSettings()', () => {
  it('sameSettings() compares both', () => {
    expect(sameSettings(saved, { ...saved })).toBe(true);
    expect(sameSettings(saved, { ...saved, versionLock: 'v1.65.0' })).toBe(false);
    expect(sameSettings(saved, { ...saved, ignoreWaves: true })).toBe(false);
  });
});
