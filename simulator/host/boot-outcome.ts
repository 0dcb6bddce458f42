// Decides how far a host gets with the image that GRUB chose: up, back into GRUB, or stuck.

import type { Faults } from '../faults/faults.ts';
import type { FleetRelease } from '../fleet-file/schema.ts';
import type { PartitionSet } from './partition-table.ts';

/**
 * - `panics`: the kernel panics before the boot is marked successful; the machine resets by itself.
 * - `hangs-unmarked`: it hangs before that; the next pass through GRUB takes the other set.
 * - `hangs-marked`: it hangs after that; every boot ends the same way.
 */
export type BootOutcome = 'up' | 'panics' | 'hangs-unmarked' | 'hangs-marked';

/**
 * Bottlerocket falls back only from boots that were never marked successful
 * (mark-successful-boot.service).
 */
export function bootOutcome(
  set: PartitionSet,
  release: FleetRelease | undefined,
  faults: Faults,
  ec2InstanceId: string,
): BootOutcome {
  const lost = faults.strikes('host-never-returns', ec2InstanceId);
  if (lost && lost.parameters?.phase !== 'before-mark') return 'hangs-marked';
  if (lost && !set.successful) return 'hangs-unmarked';
  if (release?.behaviour === 'hangs-after-boot') return 'hangs-marked';
  if (set.successful) return 'up';
  if (faults.strikes('host-falls-back', ec2InstanceId)) return 'panics';
  if (release?.behaviour === 'falls-back') return 'panics';
  if (release?.behaviour === 'never-boots') return 'hangs-unmarked';
  return 'up';
}
