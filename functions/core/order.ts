// Puts the container instances of a wave into the order of work: the ones that take long late, but not last.
//
// What a drain moves lands on those not drained yet, and has to move again with them. Tasks that take long to move
// (a long deregistration delay) should therefore move when most others are updated. A wave that ends with long ones,
// though, leaves places empty at its end. So the wave is scheduled backwards, longest first, after a last round of quick
// ones that even out what the estimates got wrong.

import { budgetRefusal, type FleetSize, type OutOfService } from './budget.ts';
import { limitOf, type Policy } from './policy.ts';

/** One container instance to be put in order. */
export interface Work extends OutOfService {
  readonly expectedSeconds: number;
}

interface Running<T> {
  readonly work: T;
  readonly endAt: number;
}

/**
 * @param quickestFirst Everything that has to be done.
 * @returns The same in the order in which it should be begun.
 */
export function orderOfWork<T extends Work>(
  quickestFirst: readonly T[],
  size: FleetSize,
  budget: Policy['budget'],
): T[] {
  const places = limitOf(budget.outOfServiceMax, size.containerInstances);
  const quick = Math.min(places, Math.floor(quickestFirst.length / 2));
  const given = new Map(quickestFirst.map((work, index) => [work, index]));
  const before = (a: T, b: T) => (given.get(a) ?? 0) - (given.get(b) ?? 0);
  // Among equals those that come later are the last round: equals keep the order they were given in.
  const byTime = quickestFirst.toSorted(
    (a, b) => a.expectedSeconds - b.expectedSeconds || before(b, a),
  );
  const left = [...byTime.slice(0, quick), ...byTime.slice(quick).sort((a, b) => before(b, a))];
  const running: Running<T>[] = [];
  const ended: Running<T>[] = [];
  let at = 0;
  while (left.length > 0) {
    const out = running.map(({ work }) => work);
    const next = left.findIndex((work) => !budgetRefusal(work, out, size, budget));
    // With nothing out no budget refuses, so what is refused waits for something that runs.
    const [begun] = next === -1 ? [] : left.splice(next, 1);
    if (begun) {
      running.push({ work: begun, endAt: at + begun.expectedSeconds });
      continue;
    }
    const first = running.reduce((a, b) => (b.endAt < a.endAt ? b : a));
    at = first.endAt;
    ended.push(first);
    running.splice(running.indexOf(first), 1);
  }
  // Backwards: what ends last is begun first.
  return [...ended, ...running]
    .sort((a, b) => b.endAt - a.endAt || before(a.work, b.work))
    .map(({ work }) => work);
}
