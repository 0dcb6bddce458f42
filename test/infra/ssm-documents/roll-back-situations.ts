// What `roll-back` must do by either route, and when it must leave the host alone, on a host in every situation that it may find.

import { expect } from 'vitest';
import { boots, type Situation, updatedByUs } from './situation.ts';

const toOld = { TargetVersion: '1.64.0' };
const byFlip = { ...toOld, Route: 'admin-container' };

export const rollBackSituations: readonly Situation[] = [
  {
    name: 'roll-back by version lock downloads the old version and boots it',
    async play(rig) {
      await updatedByUs(rig);
      const report = await rig.run('roll-back', toOld);
      expect(report).toMatchObject({
        ok: true,
        acted: true,
        update: { state: 'Ready', staged: '1.64.0' },
        settings: { versionLock: 'v1.64.0', ignoreWaves: true },
      });
      await rig.nextBoot();
      expect(rig.host.version).toBe('1.64.0');
      const restore = { RestoreVersionLock: 'latest', RestoreIgnoreWaves: 'false' };
      const status = await rig.run('status', { ...restore, ExpectVersion: '1.64.0' });
      expect(status).toMatchObject({ ok: true, restored: true });
    },
  },
  {
    name: 'roll-back by version lock to a version that the repository no longer has',
    async play(rig) {
      await updatedByUs(rig);
      const report = await rig.run('roll-back', { TargetVersion: '1.62.0' });
      expect(report).toMatchObject({ ok: false, acted: false });
      expect(report.reason).toMatch(/^1\.62\.0 is not offered/);
      expect(rig.settings()).toBe('v1.65.0/false');
    },
  },
  {
    name: 'roll-back by version lock that becomes late while it downloads, then again',
    async play(rig) {
      await updatedByUs(rig);
      const NotAfterEpochSeconds = rig.nowEpochSeconds() + 20;
      const late = await rig.run('roll-back', { ...toOld, NotAfterEpochSeconds });
      expect(late).toMatchObject({ ok: true, acted: false, update: { state: 'Staged' } });
      expect([rig.settings(), boots(rig)]).toEqual(['v1.65.0/false', 'running']);
      const before = rig.nowEpochSeconds();
      expect(await rig.run('roll-back', toOld)).toMatchObject({ ok: true, acted: true });
      expect(rig.nowEpochSeconds() - before).toBeLessThan(5);
      await rig.nextBoot();
      expect(rig.host.version).toBe('1.64.0');
    },
  },
  {
    name: 'roll-back by version lock over an update that is active',
    async play(rig) {
      await updatedByUs(rig);
      await rig.apiclient('set', 'updates.version-lock=v1.63.0');
      await rig.apiclient('update', 'check');
      await rig.apiclient('update', 'apply');
      expect(await rig.run('roll-back', toOld)).toMatchObject({ ok: true, acted: true });
      await rig.nextBoot();
      expect(rig.host.version).toBe('1.64.0');
    },
  },
  {
    name: 'roll-back by the admin container flips the sets and leaves the container as it was',
    async play(rig) {
      await updatedByUs(rig);
      const report = await rig.run('roll-back', byFlip);
      expect(report).toMatchObject({ ok: true, acted: true });
      expect(rig.host.bottlerocket?.settings.adminContainerEnabled).toBe(false);
      expect(boots(rig)).toBe('other');
      await rig.nextBoot();
      expect(rig.host.version).toBe('1.64.0');
    },
  },
  {
    name: 'roll-back by an admin container that runs anyway',
    options: {
      bottlerocket: {
        version: '1.65.0',
        otherPartitionVersion: '1.64.0',
        settings: { versionLock: 'latest', ignoreWaves: false, adminContainerEnabled: true },
      },
    },
    async play(rig) {
      expect(await rig.run('roll-back', byFlip)).toMatchObject({ ok: true, acted: true });
      expect(rig.host.bottlerocket?.settings.adminContainerEnabled).toBe(true);
      await rig.nextBoot();
      expect(rig.host.version).toBe('1.64.0');
    },
  },
  {
    name: 'roll-back by the admin container with an empty other set',
    options: { bottlerocket: { version: '1.65.0' } },
    async play(rig) {
      const report = await rig.run('roll-back', byFlip);
      expect(report).toMatchObject({ ok: false, acted: false });
      expect(report.reason).toMatch(/Inactive partition is not valid to roll back to/);
      expect(rig.host.bottlerocket?.settings.adminContainerEnabled).toBe(false);
    },
  },
  {
    name: 'roll-back by the admin container when the old image has been overwritten',
    async play(rig) {
      await updatedByUs(rig);
      await rig.run('prepare', { TargetVersion: '1.63.0' });
      const report = await rig.run('roll-back', byFlip);
      expect(report).toMatchObject({ ok: false, acted: false });
      expect(report.reason).toBe('the other partition set holds a staged 1.63.0');
    },
  },
  {
    name: 'roll-back by an admin container that never starts',
    async play(rig) {
      await updatedByUs(rig);
      const report = await rig.run('roll-back', { ...byFlip, TimeoutSeconds: 10 });
      expect(report).toMatchObject({ ok: false, acted: false });
      expect(report.reason).toMatch(/^the admin container does not answer: /);
      expect(rig.host.bottlerocket?.settings.adminContainerEnabled).toBe(false);
      expect(boots(rig)).toBe('running');
    },
  },
  {
    name: 'roll-back by the admin container that becomes late while the container starts',
    async play(rig) {
      await updatedByUs(rig);
      const NotAfterEpochSeconds = rig.nowEpochSeconds() + 1;
      const report = await rig.run('roll-back', { ...byFlip, NotAfterEpochSeconds });
      expect(report).toMatchObject({ ok: true, acted: false });
      expect(rig.host.bottlerocket?.settings.adminContainerEnabled).toBe(false);
      expect(boots(rig)).toBe('running');
    },
  },
  {
    name: 'roll-back run again after its reboot, late, and where the old version runs',
    async play(rig) {
      await updatedByUs(rig);
      const { bootId } = rig.host;
      await rig.run('roll-back', toOld);
      await rig.nextBoot();
      const now = rig.host.bootId;
      const again = await rig.run('roll-back', { ...toOld, BootId: bootId });
      expect(again).toMatchObject({ ok: true, acted: false });
      const done = await rig.run('roll-back', toOld);
      expect(done).toMatchObject({ ok: true, acted: false, reason: 'already runs 1.64.0' });
      const NotAfterEpochSeconds = rig.nowEpochSeconds() - 60;
      const late = await rig.run('roll-back', { TargetVersion: '1.63.0', NotAfterEpochSeconds });
      expect(late).toMatchObject({ ok: true, acted: false });
      await rig.advance(300);
      expect(rig.host.bootId).toBe(now);
    },
  },
];
