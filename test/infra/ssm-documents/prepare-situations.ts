// What `prepare` must report and leave behind, on a host in every situation that it may find.

import { expect } from 'vitest';
import { boots, type Situation, stagedByUs } from './situation.ts';

export const prepareSituations: readonly Situation[] = [
  {
    name: 'prepare stages, locks, activates nothing, and says what the settings were',
    async play(rig) {
      const report = await rig.run('prepare', { IgnoreWaves: true });
      expect(report).toMatchObject({
        ok: true,
        update: { state: 'Staged', staged: '1.65.0', nextToBoot: 'active' },
        settings: { versionLock: 'v1.65.0', ignoreWaves: true },
        saved: { versionLock: 'latest', ignoreWaves: false },
      });
      expect(boots(rig)).toBe('running');
    },
  },
  {
    name: 'prepare twice: the second downloads nothing and does not call our lock the original',
    async play(rig) {
      await stagedByUs(rig);
      const before = rig.nowEpochSeconds();
      const report = await rig.run('prepare');
      expect(report).toMatchObject({ ok: true, reason: 'was staged already', saved: null });
      expect(rig.nowEpochSeconds() - before).toBeLessThan(3);
    },
  },
  {
    name: 'prepare again while an earlier run still downloads',
    async play(rig) {
      const cutOff = await rig.run('prepare', { TimeoutSeconds: 20 });
      expect(cutOff).toMatchObject({ ok: false, update: { state: null } });
      expect(cutOff.reason).toMatch(/prepare did not finish within the time limit/);
      expect(rig.settings()).toBe('latest/false');
      expect(await rig.run('prepare')).toMatchObject({ ok: true, update: { staged: '1.65.0' } });
      expect(boots(rig)).toBe('running');
    },
  },
  {
    name: 'prepare over another staged version',
    async play(rig) {
      await rig.run('prepare', { TargetVersion: '1.63.0' });
      const report = await rig.run('prepare');
      expect(report).toMatchObject({
        ok: true,
        update: { state: 'Staged', staged: '1.65.0' },
        saved: { versionLock: 'v1.63.0', ignoreWaves: false },
      });
    },
  },
  {
    name: 'prepare a downgrade by lock',
    async play(rig) {
      const report = await rig.run('prepare', { TargetVersion: '1.63.0' });
      expect(report).toMatchObject({ ok: true, update: { staged: '1.63.0' } });
    },
  },
  {
    name: 'prepare a version whose wave has not opened, with and without waves',
    async play(rig) {
      const refused = await rig.run('prepare', { TargetVersion: '1.66.0' });
      expect(refused).toMatchObject({
        ok: false,
        reason: '1.66.0 is not offered to this host (wave not open, pulled, or unknown)',
        update: { state: 'Idle', chosen: null, last: { status: 'Success' } },
        settings: { versionLock: 'latest', ignoreWaves: false },
      });
      const staged = await rig.run('prepare', { TargetVersion: '1.66.0', IgnoreWaves: true });
      expect(staged).toMatchObject({ ok: true, update: { staged: '1.66.0' } });
    },
  },
  {
    name: 'prepare a version that was pulled',
    async play(rig) {
      rig.repository.setMaxVersion('aws-ecs-2', '1.64.0');
      const report = await rig.run('prepare', { IgnoreWaves: true });
      expect(report).toMatchObject({ ok: false, update: { state: 'Idle' } });
      expect(rig.settings()).toBe('latest/false');
    },
  },
  {
    name: 'prepare the version that runs',
    async play(rig) {
      const report = await rig.run('prepare', { TargetVersion: '1.64.0' });
      expect(report).toMatchObject({ ok: false, reason: 'already runs 1.64.0', saved: null });
    },
  },
  {
    name: 'prepare on a full disk',
    options: { faults: [{ name: 'prepare-fails' }] },
    async play(rig) {
      const report = await rig.run('prepare', { IgnoreWaves: true });
      expect(report).toMatchObject({
        ok: false,
        update: { state: 'Available', staged: null, last: { type: 'prepare', status: 'Failed' } },
      });
      expect(report.reason).toMatch(/^prepare failed: Starting update.*No space left on device/);
      expect(rig.settings()).toBe('latest/false');
      expect(boots(rig)).toBe('running');
    },
  },
  {
    name: 'prepare with an unreachable repository',
    options: { reachable: false },
    async play(rig) {
      expect(await rig.run('prepare')).toMatchObject({ ok: false, update: { state: 'Idle' } });
      expect(rig.settings()).toBe('latest/false');
    },
  },
  {
    name: 'prepare that is delivered too late',
    async play(rig) {
      const late = rig.nowEpochSeconds() - 1;
      const report = await rig.run('prepare', { NotAfterEpochSeconds: late });
      expect(report.ok).toBe(false);
      expect(report.reason).toMatch(/too late/);
      expect(rig.settings()).toBe('latest/false');
    },
  },
  {
    name: 'prepare where somebody has activated the target',
    async play(rig) {
      await rig.apiclient('update', 'check');
      await rig.apiclient('update', 'apply');
      expect(boots(rig)).toBe('other');
      const report = await rig.run('prepare');
      expect(report).toMatchObject({
        ok: true,
        update: { state: 'Staged', staged: '1.65.0', nextToBoot: 'active' },
      });
      expect(boots(rig)).toBe('running');
    },
  },
  {
    name: 'prepare where somebody has activated another version',
    async play(rig) {
      await rig.apiclient('set', 'updates.version-lock=v1.63.0');
      await rig.apiclient('update', 'check');
      await rig.apiclient('update', 'apply');
      const report = await rig.run('prepare');
      expect(report).toMatchObject({
        ok: false,
        reason: 'someone else has activated 1.63.0; cancel it first',
        update: { state: 'Ready', staged: '1.63.0', nextToBoot: 'staging' },
      });
      expect(rig.settings()).toBe('v1.63.0/false');
    },
  },
  {
    name: 'prepare where somebody activates at the same time',
    options: { faults: [{ name: 'already-ready-by-someone', timesMax: 1 }] },
    async play(rig) {
      const report = await rig.run('prepare');
      expect(report.ok).toBe(false);
      expect(rig.settings()).toBe('latest/false');
      expect(await rig.run('prepare')).toMatchObject({ ok: true, update: { state: 'Staged' } });
    },
  },
];
