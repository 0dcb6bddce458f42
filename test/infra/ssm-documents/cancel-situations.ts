// What `cancel` must take back, on a host in every situation that it may find.

import { expect } from 'vitest';
import { boots, otherBootId, type Situation, stagedByUs } from './situation.ts';

export const cancelSituations: readonly Situation[] = [
  {
    name: 'cancel where the update is active',
    options: { faults: [{ name: 'reboot-never-happens' }] },
    async play(rig) {
      await stagedByUs(rig);
      await rig.run('activate-and-reboot');
      await rig.advance(30);
      expect(boots(rig)).toBe('other');
      const restore = { RestoreVersionLock: 'latest', RestoreIgnoreWaves: 'false' };
      expect(await rig.run('cancel', restore)).toMatchObject({
        ok: true,
        acted: true,
        restored: true,
        update: { state: 'Staged', staged: '1.65.0', nextToBoot: 'active' },
        settings: { versionLock: 'latest', ignoreWaves: false },
      });
      expect(boots(rig)).toBe('running');
      expect(await rig.run('cancel', restore)).toMatchObject({ acted: false, restored: true });
    },
  },
  {
    name: 'cancel where nothing is active still puts the settings back',
    async play(rig) {
      await stagedByUs(rig);
      const report = await rig.run('cancel', { RestoreVersionLock: 'latest' });
      expect(report).toMatchObject({ ok: true, acted: false, restored: true });
      expect(rig.settings()).toBe('latest/false');
    },
  },
  {
    name: 'cancel on a host that never looked for updates',
    async play(rig) {
      expect(await rig.run('cancel')).toMatchObject({ ok: true, acted: false, restored: false });
    },
  },
  {
    name: 'cancel for an earlier boot does nothing',
    async play(rig) {
      await stagedByUs(rig);
      const report = await rig.run('cancel', { BootId: otherBootId, RestoreVersionLock: 'latest' });
      expect(report).toMatchObject({ ok: true, acted: false, restored: false });
      expect(rig.settings()).toBe('v1.65.0/false');
    },
  },
];
