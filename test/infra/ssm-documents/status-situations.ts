// What `status` must report, and when it puts the settings back, on a host in every situation that it may find.

import { expect } from 'vitest';
import type { Rig } from './document-rig.ts';
import { type Situation, stagedByUs, updatedByUs } from './situation.ts';

const settings = { versionLock: 'latest', ignoreWaves: false };

const shipped = {
  selinux: 'enforcing',
  rootVerity: true,
  lockdown: 'integrity',
  adminContainer: false,
};

/** As after an update that booted into something less protected. */
async function postureAfterReboot(rig: Rig): Promise<unknown> {
  await updatedByUs(rig);
  return (await rig.run('status', { ReportPosture: true })).posture;
}

export const statusSituations: readonly Situation[] = [
  {
    name: 'status changes nothing unless asked',
    async play(rig) {
      const report = await rig.run('status');
      expect(report).toMatchObject({ ok: true, reason: '', restored: false });
      expect(report.update).toEqual({
        state: null,
        chosen: null,
        staged: null,
        nextToBoot: null,
        available: [],
        last: null,
      });
    },
  },
  {
    name: 'status says for how long this boot has lasted',
    async play(rig) {
      const { uptimeSeconds: before } = await rig.run('status');
      expect(before).toBeGreaterThanOrEqual(1_000_000);
      await updatedByUs(rig);
      const { uptimeSeconds: after = 0 } = await rig.run('status');
      await rig.advance(100);
      const { uptimeSeconds: later } = await rig.run('status');
      expect(after).toBeLessThan(600);
      expect(later).toBeGreaterThanOrEqual((after ?? 0) + 100);
      expect(later).toBeLessThanOrEqual((after ?? 0) + 110);
    },
  },
  {
    name: 'status after the update puts the settings back, and again without harm',
    async play(rig) {
      await updatedByUs(rig);
      expect(rig.settings()).toBe('v1.65.0/false');
      const restore = { RestoreVersionLock: 'latest', RestoreIgnoreWaves: 'false' };
      for (const _ of [1, 2]) {
        expect(await rig.run('status', restore)).toMatchObject({
          ok: true,
          restored: true,
          os: { version: '1.65.0' },
          settings: { versionLock: 'latest', ignoreWaves: false },
        });
      }
    },
  },
  {
    name: 'status keeps the one setting that it is told to keep',
    async play(rig) {
      await rig.run('prepare', { IgnoreWaves: true });
      const restore = { RestoreIgnoreWaves: 'false', ExpectVersion: '1.64.0' };
      expect(await rig.run('status', restore)).toMatchObject({ ok: true, restored: true });
      expect(rig.settings()).toBe('v1.65.0/false');
    },
  },
  {
    name: 'status on another version than expected leaves the settings',
    async play(rig) {
      await stagedByUs(rig);
      const report = await rig.run('status', { RestoreVersionLock: 'latest' });
      expect(report).toMatchObject({
        ok: true,
        restored: false,
        reason: 'runs 1.64.0, not 1.65.0: settings not restored',
      });
      expect(rig.settings()).toBe('v1.65.0/false');
    },
  },
  {
    name: 'status puts back what has the lock that it was told of',
    async play(rig) {
      await stagedByUs(rig);
      const restore = { RestoreVersionLock: 'latest', ExpectVersion: '1.64.0' };
      const report = await rig.run('status', { ...restore, OnlyFromVersionLock: 'v1.65.0' });
      expect(report).toMatchObject({ ok: true, restored: true });
      expect(rig.settings()).toBe('latest/false');
    },
  },
  {
    name: 'status leaves a lock that somebody has changed since',
    async play(rig) {
      await stagedByUs(rig);
      await rig.apiclient('set', 'updates.version-lock=v1.63.0');
      const restore = { RestoreVersionLock: 'latest', ExpectVersion: '1.64.0' };
      const report = await rig.run('status', { ...restore, OnlyFromVersionLock: 'v1.65.0' });
      expect(report).toMatchObject({
        ok: true,
        restored: false,
        reason: 'version-lock is v1.63.0, not v1.65.0: settings not restored',
        settings: { versionLock: 'v1.63.0' },
      });
      expect(rig.settings()).toBe('v1.63.0/false');
    },
  },
  {
    name: 'status on a host that fell back by itself',
    options: { faults: [{ name: 'host-falls-back' }] },
    async play(rig) {
      await stagedByUs(rig);
      await rig.run('activate-and-reboot');
      await rig.nextBoot();
      const report = await rig.run('status', { RestoreVersionLock: 'latest' });
      expect(report).toMatchObject({ ok: true, restored: false, os: { version: '1.64.0' } });
    },
  },
  {
    name: 'status while another command runs: state unknown, the rest known',
    async play(rig) {
      rig.host.bottlerocket?.updates?.holdLock(60);
      const report = await rig.run('status');
      expect(report).toMatchObject({
        ok: true,
        os: { version: '1.64.0' },
        update: { state: null },
      });
      expect(report.reason).toMatch(/Status 423/);
    },
  },
  {
    name: 'status reports posture only when asked to',
    async play(rig) {
      expect((await rig.run('status')).posture).toBeUndefined();
      expect((await rig.run('status', { ReportPosture: true })).posture).toEqual(shipped);
    },
  },
  {
    name: 'status reports an enabled admin container and a stricter lockdown',
    options: { bottlerocket: { settings: { ...settings, adminContainerEnabled: true } } },
    async play(rig) {
      await rig.apiclient('set', 'kernel.lockdown=confidentiality');
      await stagedByUs(rig);
      await rig.run('activate-and-reboot');
      await rig.nextBoot();
      expect(await rig.run('status', { ReportPosture: true })).toMatchObject({
        ok: true,
        posture: { ...shipped, adminContainer: true, lockdown: 'confidentiality' },
      });
    },
  },
  {
    name: 'status reports permissive SELinux',
    options: { faults: [{ name: 'posture-weakened' }] },
    async play(rig) {
      expect(await postureAfterReboot(rig)).toEqual({ ...shipped, selinux: 'permissive' });
    },
  },
  {
    name: 'status reports a root file system without verity, and no lockdown',
    options: {
      faults: [{ name: 'posture-weakened', parameters: { verity: 'off', lockdown: 'none' } }],
    },
    async play(rig) {
      const weakened = { ...shipped, rootVerity: false, lockdown: 'none' };
      expect(await postureAfterReboot(rig)).toEqual(weakened);
    },
  },
];
