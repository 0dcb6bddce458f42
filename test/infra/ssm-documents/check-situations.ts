// What `check` must report, on a host in every situation that it may find.

import { expect } from 'vitest';
import type { Situation } from './situation.ts';

const unreachable = (how: string) => [{ name: 'repository-unreachable', parameters: { how } }];

export const checkSituations: readonly Situation[] = [
  {
    name: 'check on a host that never looked for updates',
    async play(rig) {
      const report = await rig.run('check');
      expect(report).toMatchObject({
        ok: true,
        reason: '',
        bootId: rig.host.bootId,
        os: { version: '1.64.0', variant: 'aws-ecs-2', arch: 'x86_64' },
        update: { state: 'Available', chosen: '1.65.0', staged: null, nextToBoot: 'active' },
        settings: { versionLock: 'latest', ignoreWaves: false },
      });
      expect(report.update.available).toEqual(['1.65.0', '1.64.0', '1.63.0']);
      expect(report.update.last).toMatchObject({ type: 'refresh', status: 'Success', exit: 0 });
    },
  },
  {
    name: 'check twice',
    async play(rig) {
      const first = await rig.run('check');
      expect(await rig.run('check')).toEqual(first);
    },
  },
  {
    name: 'check on a host that is up to date',
    options: { bottlerocket: { version: '1.65.0' } },
    async play(rig) {
      const { ok, update } = await rig.run('check');
      expect({ ok, ...update }).toMatchObject({ ok: true, state: 'Idle', chosen: null });
    },
  },
  {
    name: 'check before the wave has opened, with and without waves',
    async play(rig) {
      expect((await rig.run('check', { IgnoreWaves: true })).update.chosen).toBe('1.66.0');
      expect(rig.settings()).toBe('latest/false');
      expect((await rig.run('check')).update.chosen).toBe('1.65.0');
    },
  },
  {
    name: 'check without waves where the owner ignores them anyway',
    options: {
      bottlerocket: {
        settings: { versionLock: 'latest', ignoreWaves: true, adminContainerEnabled: false },
      },
    },
    async play(rig) {
      const report = await rig.run('check', { IgnoreWaves: true });
      expect(report.settings).toEqual({ versionLock: 'latest', ignoreWaves: true });
      expect(rig.settings()).toBe('latest/true');
    },
  },
  {
    name: 'check where the owner has locked an older version',
    options: {
      bottlerocket: {
        settings: { versionLock: 'v1.63.0', ignoreWaves: false, adminContainerEnabled: false },
      },
    },
    async play(rig) {
      const report = await rig.run('check');
      expect(report.update).toMatchObject({ state: 'Available', chosen: '1.63.0' });
      expect(report.settings).toEqual({ versionLock: 'v1.63.0', ignoreWaves: false });
    },
  },
  {
    name: 'check with an unreachable repository: Idle, and yet not "no update"',
    options: { reachable: false },
    async play(rig) {
      const report = await rig.run('check', { IgnoreWaves: true });
      expect(report).toMatchObject({
        ok: false,
        update: { state: 'Idle', last: { type: 'refresh', status: 'Failed' } },
      });
      expect(report.reason).toMatch(/^refresh failed: Metadata error: Failed to fetch https:/);
      expect(rig.settings()).toBe('latest/false');
    },
  },
  {
    name: 'check with a repository that never answers, beyond the 10 s of apiclient update check',
    options: { faults: unreachable('black-holed') },
    async play(rig) {
      const before = rig.nowEpochSeconds();
      const report = await rig.run('check');
      expect(report).toMatchObject({ ok: false, update: { state: 'Idle' } });
      expect(rig.nowEpochSeconds() - before).toBeGreaterThan(35);
      expect(rig.nowEpochSeconds() - before).toBeLessThan(60);
    },
  },
  {
    name: 'check with an error text full of quotes, colours, lines and other alphabets',
    options: { faults: unreachable(`\u001b[31m"\\${'"\\\n\té€'.repeat(900)}$(reboot)`) },
    async play(rig) {
      const report = await rig.run('check');
      expect(report.ok).toBe(false);
      expect(report.reason).toMatch(/^refresh failed: Metadata error: +"/);
      expect(`${report.reason}${report.update.last?.stderr}`).toMatch(/^[ -~]*$/);
    },
  },
  {
    name: 'check while another command holds the lock for a while',
    options: {
      faults: [{ name: 'apiclient-locked', timesMax: 1, parameters: { seconds: 20 } }],
    },
    async play(rig) {
      expect(await rig.run('check')).toMatchObject({ ok: true, update: { chosen: '1.65.0' } });
    },
  },
  {
    name: 'check while another command holds the lock for good',
    async play(rig) {
      rig.host.bottlerocket?.updates?.holdLock(3600);
      const report = await rig.run('check');
      expect(report).toMatchObject({ ok: false, update: { state: null, last: null } });
      expect(report.reason).toMatch(/Status 423/);
    },
  },
  {
    name: 'check far behind: both ends of the list, in the order of versions',
    async play(rig) {
      expect((await rig.run('check')).update.next).toBeUndefined();
      for (let minor = 70; minor < 120; minor++) {
        rig.repository.publish({
          version: `1.${minor}.0`,
          variant: 'aws-ecs-2',
          arch: 'x86_64',
          publishedAt: '2026-11-11T00:00:00.000Z',
          waves: 'none',
          ecsAgentVersion: '1.98.0',
          behaviour: 'good',
        });
      }
      const { update } = await rig.run('check');
      expect([update.available[0], update.available[7]]).toEqual(['1.119.0', '1.112.0']);
      expect(update.next).toEqual([
        '1.65.0',
        ...[70, 71, 72, 73, 74, 75, 76].map((minor) => `1.${minor}.0`),
      ]);
    },
  },
  {
    name: 'check reports posture when asked to',
    async play(rig) {
      const { posture } = await rig.run('check', { ReportPosture: true });
      expect(posture).toMatchObject({ selinux: 'enforcing', adminContainer: false });
    },
  },
];
