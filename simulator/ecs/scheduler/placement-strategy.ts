// Applies one placement strategy: keeps the candidates that it likes best.

import type { RandomStream } from '../../kernel/random.ts';
import type { PlacementStrategy } from '../definitions.ts';
import type { ContainerInstance } from '../model.ts';

/** The group an instance falls into when tasks are spread over `field`. */
function groupOf(instance: ContainerInstance, field: string): string {
  if (field === 'instanceId' || field === 'host') return instance.id;
  const name = field.replace(/^attribute:/, '');
  return instance.customAttributes.get(name) ?? instance.builtInAttributes.get(name) ?? '';
}

function lowest(
  candidates: readonly ContainerInstance[],
  weigh: (instance: ContainerInstance) => number,
): ContainerInstance[] {
  let least = Number.POSITIVE_INFINITY;
  let kept: ContainerInstance[] = [];
  for (const instance of candidates) {
    const weight = weigh(instance);
    if (weight > least) continue;
    if (weight < least) kept = [];
    least = weight;
    kept.push(instance);
  }
  return kept;
}

/**
 * Strategies in a list are applied one after the other, each to what the one before has left (ECS
 * Developer Guide, "Use strategies to define Amazon ECS task placement").
 */
export function narrow(
  candidates: readonly ContainerInstance[],
  strategy: PlacementStrategy,
  perInstance: ReadonlyMap<ContainerInstance, number>,
  random: RandomStream,
): ContainerInstance[] {
  if (candidates.length === 0) return [];
  const { type, field = '' } = strategy;
  if (type === 'random') return [candidates[random.integer(0, candidates.length - 1)]!];
  if (type === 'binpack')
    return lowest(candidates, ({ registered, used }) =>
      field.toLowerCase() === 'cpu'
        ? registered.cpu - used.cpu
        : registered.memoryMiB - used.memoryMiB,
    );
  const tasks = new Map<string, number>();
  for (const [instance, count] of perInstance) {
    const group = groupOf(instance, field);
    tasks.set(group, (tasks.get(group) ?? 0) + count);
  }
  return lowest(candidates, (instance) => tasks.get(groupOf(instance, field)) ?? 0);
}
