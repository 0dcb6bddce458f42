// What `activate-and-reboot` must do, and when it must leave the host alone, on a host in every situation that it may find.

import { expect } from 'vitest';
import { boots, type Situation, stagedByUs, updatedByUs } from './situation.ts';

export const activateSituations: readonly Situation[] = [
  {
    name: 'activate-and-reboot boots the staged version once',
    async play(rig) {
      await stagedByUs(rig);
      const { bootId } = rig.host;
      const report = await rig.run('activate-and-reboot');
      expect(report).toMatchObject({
        ok: true,
        acted: true,
        bootId,
        update: { state: 'Ready', nextToBoot: 'staging' },
      });
      expect(rig.host.state).toBe('running');
      await rig.nextBoot();
      expect(rig.host.version).toBe('1.65.0');
    },
  },
  {
    name: 'activate-and-reboot run again by the agent after the reboot',
    async play(rig) {
      const { bootId } = rig.host;
      await updatedByUs(rig);
      const now = rig.host.bootId;
      const report = await rig.run('activate-and-reboot', { BootId: bootId });
      expect(report).toMatchObject({ ok: true, acted: false, bootId: now });
      expect(report.reason).toMatch(/rebooted since/);
      await rig.advance(300);
      expect(rig.host.bootId).toBe(now);
    },
  },
  {
    name: 'activate-and-reboot twice in one boot',
    async play(rig) {
      await stagedByUs(rig);
      await rig.run('activate-and-reboot');
      expect(await rig.run('activate-and-reboot')).toMatchObject({ ok: true, acted: true });
      await rig.nextBoot();
      const { bootId } = rig.host;
      await rig.advance(300);
      expect(rig.host.bootId).toBe(bootId);
    },
  },
  {
    name: 'activate-and-reboot that is delivered late',
    async play(rig) {
      await stagedByUs(rig);
      const NotAfterEpochSeconds = rig.nowEpochSeconds() - 1;
      const report = await rig.run('activate-and-reboot', { NotAfterEpochSeconds });
      expect(report).toMatchObject({ ok: true, acted: false });
      expect(report.reason).toMatch(/too late/);
      await rig.advance(60);
      expect([rig.host.state, boots(rig)]).toEqual(['running', 'running']);
    },
  },
  {
    name: 'activate-and-reboot that becomes late while it activates',
    async play(rig) {
      await stagedByUs(rig);
      const NotAfterEpochSeconds = rig.nowEpochSeconds();
      const report = await rig.run('activate-and-reboot', { NotAfterEpochSeconds });
      expect(report).toMatchObject({ ok: true, acted: false, update: { state: 'Staged' } });
      expect(boots(rig)).toBe('running');
    },
  },
  {
    name: 'activate-and-reboot that becomes late between its answer and the reboot',
    async play(rig) {
      await stagedByUs(rig);
      const NotAfterEpochSeconds = rig.nowEpochSeconds() + 2;
      const report = await rig.run('activate-and-reboot', { NotAfterEpochSeconds });
      expect(report).toMatchObject({ ok: true, acted: true });
      await rig.advance(60);
      expect([rig.host.state, boots(rig)]).toEqual(['running', 'running']);
    },
  },
  {
    name: 'activate-and-reboot that somebody cancels before the reboot',
    async play(rig) {
      await stagedByUs(rig);
      const { bootId } = rig.host;
      // Activated after 1 s, answered, and the reboot is due 2 s later.
      rig.apiclientIn(2, 'update', 'cancel');
      expect(await rig.run('activate-and-reboot')).toMatchObject({ ok: true, acted: true });
      await rig.advance(120);
      expect([rig.host.bootId, boots(rig)]).toEqual([bootId, 'running']);
    },
  },
  {
    name: 'activate-and-reboot with nothing staged',
    async play(rig) {
      const report = await rig.run('activate-and-reboot');
      expect(report).toMatchObject({
        ok: false,
        acted: false,
        reason: 'nothing is staged instead of 1.65.0',
      });
    },
  },
  {
    name: 'activate-and-reboot with another version staged',
    async play(rig) {
      await rig.run('prepare', { TargetVersion: '1.63.0' });
      const report = await rig.run('activate-and-reboot');
      expect(report).toMatchObject({ ok: false, acted: false, update: { state: 'Staged' } });
      expect(boots(rig)).toBe('running');
    },
  },
  {
    name: 'activate-and-reboot where the reboot is accepted and never happens, then again',
    options: { faults: [{ name: 'reboot-never-happens', timesMax: 1 }] },
    async play(rig) {
      await stagedByUs(rig);
      const { bootId } = rig.host;
      expect(await rig.run('activate-and-reboot')).toMatchObject({ acted: true });
      await rig.advance(300);
      expect(rig.host.bootId).toBe(bootId);
      expect(await rig.run('activate-and-reboot')).toMatchObject({ acted: true });
      await rig.nextBoot();
      expect(rig.host.version).toBe('1.65.0');
    },
  },
  {
    name: 'activate-and-reboot while another command holds the lock',
    async play(rig) {
      await stagedByUs(rig);
      rig.host.bottlerocket?.updates?.holdLock(15);
      expect(await rig.run('activate-and-reboot')).toMatchObject({ ok: true, acted: true });
      await rig.nextBoot();
      expect(rig.host.version).toBe('1.65.0');
    },
  },
];
