// Goes through every state that a few container instances together can reach, breadth first, to a fixed point.

import { decideDispatch } from '../../../functions/core/dispatch.ts';
import { readPolicy } from '../../../functions/core/read-policy.ts';
import { isHeld, Moves } from './moves.ts';
import { FRESH } from './state.ts';

export interface Model {
  readonly containerInstances: number;
  /** budget.outOfServiceMax: as many workers are busy at once. */
  readonly budget: number;
  /** Executions, or sweeps in their place, that die between two effects. */
  readonly crashes: number;
  /** Times that somebody else sets a status. */
  readonly meddlings: number;
  /** What can go well in the world does, at once, so that two workers at a time can be gone through. */
  readonly isKind?: boolean;
}

export interface Explored {
  readonly states: number;
  readonly transitions: number;
  /** Distinct states of one container instance. */
  readonly instanceStates: number;
  /** States in which nothing of ours is open, and nothing more is started. */
  readonly ends: number;
  /** Sentences; none is the only good answer. */
  readonly violations: readonly string[];
}

interface State {
  /** Numbers of the instances' states. */
  readonly at: readonly number[];
  readonly crashes: number;
  readonly meddlings: number;
}

const VIOLATIONS_MAX = 5;

/** Which of them the dispatcher starts now, by the real decision. */
function started({ at }: State, moves: Moves, { budget }: Model): number[] {
  const named = at.map((number, index) => ({ one: moves.instance(number), id: `i-${index}` }));
  const toOut = ({ id }: { id: string }) => {
    return { ec2InstanceId: id, availabilityZone: 'a', services: [] };
  };
  const stuck = named.filter(({ one }) => one.outcome === 'NeedsAttention').map(toOut);
  const { policy } = readPolicy([
    { cluster: 'prod', budget: { outOfServiceMax: budget }, failureBudget: 10 },
  ]);
  const { start } = decideDispatch({
    now: 0,
    policy,
    size: { containerInstances: at.length, perAvailabilityZone: { a: at.length }, perService: {} },
    open: named.filter(({ one }) => !['waiting', 'over'].includes(one.place)).map(toOut),
    otherOut: stuck,
    stuck,
    candidates: named.filter(({ one }) => one.place === 'waiting').map(toOut),
    candidatesComplete: true,
    failures: 0,
    control: {},
    window: { calendarsOpen: true },
  });
  return named.flatMap(({ id }, index) => (start.includes(id) ? [index] : []));
}

/** Every state that may follow. */
function successors(state: State, moves: Moves, model: Model): State[] {
  const next: State[] = [];
  const mayStart = state.at.some((number) => moves.instance(number).place === 'waiting');
  const start = mayStart ? started(state, moves, model) : [];
  if (start.length > 0) {
    const first = moves.numberOf({ ...FRESH, place: 'note-drain' });
    const at = state.at.map((number, index) => (start.includes(index) ? first : number));
    next.push({ ...state, at });
  }
  for (const [index, number] of state.at.entries()) {
    for (const { to, crashes, meddlings } of moves.movesOf(number)) {
      if (crashes > state.crashes || meddlings > state.meddlings) continue;
      next.push({
        at: state.at.map((old, place) => (place === index ? to : old)),
        crashes: state.crashes - crashes,
        meddlings: state.meddlings - meddlings,
      });
    }
  }
  return next;
}

function keyOf({ at, crashes, meddlings }: State): string {
  return `${at.join(',')} ${crashes} ${meddlings}`;
}

/** To a fixed point: no state is left that has not been looked at. */
export function explore(model: Model): Explored {
  const { containerInstances, budget, crashes, meddlings } = model;
  const moves = new Moves(model.isKind ?? false);
  const fresh = moves.numberOf(FRESH);
  const first = { at: Array.from({ length: containerInstances }, () => fresh), crashes, meddlings };
  const numbers = new Map([[keyOf(first), 0]]);
  const queue: State[] = [first];
  const into: number[][] = [[]];
  const ends: number[] = [];
  const { violations } = moves;
  let transitions = 0;
  for (let number = 0; number < queue.length && violations.size < VIOLATIONS_MAX; number++) {
    const state = queue[number]!;
    const instances = state.at.map((one) => moves.instance(one));
    if (instances.filter(isHeld).length > budget) {
      violations.add(`more than the budget are out of service: ${JSON.stringify(instances)}`);
    }
    const next = successors(state, moves, model);
    // One that is left drained keeps its place, so others may never have their turn.
    if (next.length === 0) ends.push(number);
    for (const one of next) {
      transitions++;
      const key = keyOf(one);
      let found = numbers.get(key);
      if (found === undefined) {
        found = queue.push(one) - 1;
        numbers.set(key, found);
        into.push([]);
      }
      into[found]?.push(number);
    }
  }
  for (const number of ends) {
    const open = queue[number]?.at.map((one) => moves.instance(one)) ?? [];
    if (open.every(({ place }) => place === 'over' || place === 'waiting')) continue;
    violations.add(`nothing can follow, and it is not over: ${JSON.stringify(open)}`);
  }
  const stranded = violations.size > 0 ? undefined : strandedState(queue, into, ends);
  if (stranded) {
    const instances = stranded.at.map((one) => moves.instance(one));
    violations.add(`no way to an end from here: ${JSON.stringify(instances)}`);
  }
  return {
    states: queue.length,
    transitions,
    instanceStates: moves.size,
    ends: ends.length,
    violations: [...violations],
  };
}

/** The first state from which no way leads to an end. */
function strandedState(
  states: readonly State[],
  into: readonly (readonly number[])[],
  ends: readonly number[],
): State | undefined {
  const home = new Set(ends);
  const queue = [...ends];
  for (let number = queue.pop(); number !== undefined; number = queue.pop()) {
    for (const before of into[number] ?? []) {
      if (home.has(before)) continue;
      home.add(before);
      queue.push(before);
    }
  }
  return states.find((_, number) => !home.has(number));
}
