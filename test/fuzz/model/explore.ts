// Goes through every state that the small model can reach, breadth first, and checks each of them.

import { decideDispatch } from '../../../functions/core/dispatch.ts';
import { readPolicy } from '../../../functions/core/read-policy.ts';
import { type Instance, initialState, type State } from './state.ts';
import { workOn } from './work.ts';
import { meddle, worldSteps } from './world.ts';

export interface Model {
  readonly containerInstances: number;
  /** budget.outOfServiceMax; as many workers are busy at once. */
  readonly budget: number;
  /** Executions, sweeps included, that die between two effects. */
  readonly crashes: number;
  /** Times that somebody else sets a status. */
  readonly meddlings: number;
}

export interface Explored {
  readonly states: number;
  readonly transitions: number;
  /** States in which nothing of ours is open any more. */
  readonly terminal: number;
  /** Sentences; the shortest way to each is known by breadth first. */
  readonly violations: readonly string[];
}

const VIOLATIONS_MAX = 5;

function replaced(state: State, index: number, one: Instance, over: Partial<State> = {}): State {
  return {
    ...state,
    ...over,
    instances: state.instances.map((old, at) => (at === index ? one : old)),
  };
}

/** All that the dispatcher may start now, by the real decision. */
function dispatch(state: State, { budget, containerInstances }: Model): State | undefined {
  const named = state.instances.map((one, index) => ({ one, id: `i-${index}` }));
  const toOut = ({ id }: { id: string }) => ({
    ec2InstanceId: id,
    availabilityZone: 'a',
    services: [],
  });
  const stuck = named.filter(({ one }) => one.outcome === 'NeedsAttention').map(toOut);
  const { policy } = readPolicy([
    { cluster: 'prod', budget: { outOfServiceMax: budget }, failureBudget: 10 },
  ]);
  const { start } = decideDispatch({
    now: 0,
    policy,
    size: { containerInstances, perAvailabilityZone: { a: containerInstances }, perService: {} },
    open: named.filter(({ one }) => !['waiting', 'over'].includes(one.place)).map(toOut),
    otherOut: stuck,
    stuck,
    candidates: named.filter(({ one }) => one.place === 'waiting').map(toOut),
    candidatesComplete: true,
    failures: 0,
    control: {},
    window: { calendarsOpen: true },
  });
  if (start.length === 0) return undefined;
  const instances = named.map(({ one, id }) =>
    start.includes(id) ? { ...one, place: 'note-drain' as const } : one,
  );
  return { ...state, instances };
}

const OUT_OF_WORK: readonly Instance['place'][] = ['waiting', 'dead', 'over'];

/** Every state that may follow. */
function successors(state: State, model: Model): State[] {
  const next: State[] = [];
  const dispatched = dispatch(state, model);
  if (dispatched) next.push(dispatched);
  for (const [index, one] of state.instances.entries()) {
    const worked = workOn(one);
    if (worked) next.push(replaced(state, index, worked));
    for (const moved of worldSteps(one)) next.push(replaced(state, index, moved));
    if (state.crashes > 0 && !OUT_OF_WORK.includes(one.place)) {
      const crashes = state.crashes - 1;
      next.push(replaced(state, index, { ...one, place: 'dead' }, { crashes }));
    }
    const meddled = state.meddlings > 0 ? meddle(one) : undefined;
    if (meddled) next.push(replaced(state, index, meddled, { meddlings: state.meddlings - 1 }));
  }
  return next;
}

function isHeld({ status, foreign }: Instance): boolean {
  return status === 'DRAINING' && !foreign;
}

/** What is wrong with one state as such. */
function wrong(state: State, { budget }: Model): string | undefined {
  if (state.instances.filter(isHeld).length > budget)
    return 'more than the budget are out of service';
  for (const one of state.instances) {
    const { activate, back, ec2 } = one.reboots;
    if (activate > 1 || back > 1 || ec2 > 1) return 'a host was rebooted twice for the same reason';
    if (one.place === 'over' && isHeld(one) && one.outcome !== 'NeedsAttention') {
      return `it is over as ${one.outcome}, and out of service`;
    }
    if (one.outcome === 'Updated' && one.version !== 'to') return 'Updated, and on the old version';
  }
  return undefined;
}

/** What is wrong with a step of ours. */
function wrongStep(before: State, after: State): string | undefined {
  for (const [index, one] of after.instances.entries()) {
    const was = before.instances[index];
    const isOurs = was?.place === 'activate' || was?.place === 'undo-activate';
    if (!isOurs || was.status !== 'DRAINING' || one.status !== 'ACTIVE' || one.foreign) continue;
    if (!was.marked) return 'set ACTIVE without our mark';
    if (was.host !== 'up') return `set ACTIVE while its host is ${was.host}`;
    if (was.armed) return 'set ACTIVE while the update would boot next';
    const isLive = was.command?.boot === was.boot && was.rebootSentAge === 0;
    if (isLive) return 'set ACTIVE while a reboot command is on its way';
  }
  return undefined;
}

function isTerminal(state: State): boolean {
  return state.instances.every(({ place }) => place === 'over');
}

/** To a fixed point: no state is left that has not been looked at. */
export function explore(model: Model): Explored {
  const first = initialState(model.containerInstances, model.crashes, model.meddlings);
  const numbers = new Map([[JSON.stringify(first), 0]]);
  const queue: State[] = [first];
  const into: number[][] = [[]];
  const violations = new Set<string>();
  const terminals: number[] = [];
  let transitions = 0;
  for (let number = 0; number < queue.length && violations.size < VIOLATIONS_MAX; number++) {
    const state = queue[number]!;
    const bad = wrong(state, model);
    if (bad) violations.add(`${bad}: ${JSON.stringify(state)}`);
    if (isTerminal(state)) terminals.push(number);
    for (const next of successors(state, model)) {
      transitions++;
      const badStep = wrongStep(state, next);
      if (badStep) violations.add(`${badStep}: ${JSON.stringify(state)}`);
      const text = JSON.stringify(next);
      let found = numbers.get(text);
      if (found === undefined) {
        found = queue.length;
        numbers.set(text, found);
        queue.push(next);
        into.push([]);
      }
      into[found]?.push(number);
    }
  }
  if (violations.size === 0) {
    const stranded = strandedState(queue, into, terminals);
    if (stranded) violations.add(`no way home from here: ${JSON.stringify(stranded)}`);
  }
  return {
    states: queue.length,
    transitions,
    terminal: terminals.length,
    violations: [...violations],
  };
}

/** The first state from which no way leads to one where everything is over. */
function strandedState(
  states: readonly State[],
  into: readonly (readonly number[])[],
  terminals: readonly number[],
): State | undefined {
  const home = new Set(terminals);
  const queue = [...terminals];
  for (let number = queue.pop(); number !== undefined; number = queue.pop()) {
    for (const before of into[number] ?? []) {
      if (home.has(before)) continue;
      home.add(before);
      queue.push(before);
    }
  }
  return states.find((_, number) => !home.has(number));
}
