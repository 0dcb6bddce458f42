// Splits the selected container instances into waves: a version earns its scale by surviving smaller ones.

import { limitOf, type Policy } from './policy.ts';

/** One container instance that was selected for update. */
export interface Selected {
  readonly ec2InstanceId: string;
  /** Variant and architecture: each image is its own risk and gets its own canary. */
  readonly image: string;
  readonly expectedSeconds: number;
  /** Tasks that its drain moves. */
  readonly moves?: number | undefined;
}

export interface Wave {
  /** Counted from 1. */
  readonly wave: number;
  readonly kind: 'canary' | 'wave';
  readonly ec2InstanceIds: readonly string[];
}

/** Of ids, which are all different. */
function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** Among equals the one that moves least: what it moves may land where it has to move again. */
function byQuickest(a: Selected, b: Selected): number {
  return (
    a.expectedSeconds - b.expectedSeconds ||
    (a.moves ?? 0) - (b.moves ?? 0) ||
    byText(a.ec2InstanceId, b.ec2InstanceId)
  );
}

/** As byQuickest, among equals the last by id. */
function forCanary(a: Selected, b: Selected): number {
  return (
    a.expectedSeconds - b.expectedSeconds ||
    (a.moves ?? 0) - (b.moves ?? 0) ||
    byText(b.ec2InstanceId, a.ec2InstanceId)
  );
}

/**
 * Waves in running order; empty when nothing is selected.
 *
 * The canary takes the quickest container instances of each image, so that bad news comes early and moves few tasks.
 * The waves after it take the quickest too: what takes long to move then moves when most others are updated, and does
 * not land where it has to move again.
 */
export function planWaves(selected: readonly Selected[], policy: Pick<Policy, 'waves'>): Wave[] {
  const { canaryCount, sizes } = policy.waves;
  const quickestFirst = [...selected].sort(byQuickest);
  const canary = new Set<string>();
  for (const image of new Set(quickestFirst.map((entry) => entry.image))) {
    const own = quickestFirst.filter((entry) => entry.image === image).sort(forCanary);
    for (const entry of own.slice(0, canaryCount)) canary.add(entry.ec2InstanceId);
  }
  const waves: Wave[] = [];
  if (canary.size > 0) {
    waves.push({ wave: 1, kind: 'canary', ec2InstanceIds: [...canary] });
  }
  const rest = quickestFirst.filter((entry) => !canary.has(entry.ec2InstanceId));
  for (let taken = 0, step = 0; taken < rest.length; step++) {
    const size = limitOf(sizes[Math.min(step, sizes.length - 1)] ?? 1, selected.length);
    const members = rest.slice(taken, taken + size).map((entry) => entry.ec2InstanceId);
    waves.push({ wave: waves.length + 1, kind: 'wave', ec2InstanceIds: members });
    taken += size;
  }
  return waves;
}
