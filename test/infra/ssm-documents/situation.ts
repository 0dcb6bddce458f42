// What one situation of a host is, and the steps by which hosts get into them.

import { expect } from 'vitest';
import type { Rig, RigOptions } from './document-rig.ts';

export interface Situation {
  readonly name: string;
  readonly options?: RigOptions;
  play(rig: Rig): Promise<void>;
}

export const otherBootId = '00000000-0000-4000-8000-000000000000';

/** Which partition set boots next: `running` or `other`. */
export function boots({ host }: Rig): string {
  const disk = host.bottlerocket?.disk;
  return disk?.next() === disk?.active ? 'running' : 'other';
}

export async function stagedByUs(rig: Rig): Promise<void> {
  expect((await rig.run('prepare')).ok).toBe(true);
}

/** As after an update by us that has just booted; the lock is still ours. */
export async function updatedByUs(rig: Rig): Promise<void> {
  await stagedByUs(rig);
  expect(await rig.run('activate-and-reboot')).toMatchObject({ ok: true, acted: true });
  await rig.nextBoot();
  expect(rig.host.version).toBe('1.65.0');
}
