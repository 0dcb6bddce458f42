// All that may happen to one container instance of the small model, each instance state under a number of its own.

import { FRESH, type Instance } from './state.ts';
import { workOn } from './work.ts';
import { meddle, worldSteps } from './world.ts';

/** One thing that may happen, and what it uses up. */
export interface Move {
  readonly to: number;
  readonly crashes: 0 | 1;
  readonly meddlings: 0 | 1;
}

const OUT_OF_WORK: readonly Instance['place'][] = ['waiting', 'dead', 'over'];

/** What is wrong with a step of ours. */
function wrongStep(before: Instance, after: Instance): string | undefined {
  const isOurs = before.place === 'activate' || before.place === 'undo-activate';
  if (!isOurs || before.status !== 'DRAINING' || after.status !== 'ACTIVE' || after.foreign) {
    return undefined;
  }
  if (!before.marked) return 'set ACTIVE without our mark';
  if (before.host !== 'up') return `set ACTIVE while its host is ${before.host}`;
  if (before.armed) return 'set ACTIVE while the update would boot next';
  return before.command?.boot === before.boot && before.rebootSentAge === 0
    ? 'set ACTIVE while a reboot command is on its way'
    : undefined;
}

export function isHeld({ status, foreign }: Instance): boolean {
  return status === 'DRAINING' && !foreign;
}

/** What is wrong with one container instance as it is. */
function wrong(one: Instance): string | undefined {
  const { activate, back, ec2 } = one.reboots;
  if (activate > 1 || back > 1 || ec2 > 1) return 'a host was rebooted twice for the same reason';
  if (one.place === 'over' && isHeld(one) && one.outcome !== 'NeedsAttention') {
    return `it is over as ${one.outcome}, and out of service`;
  }
  return one.outcome === 'Updated' && one.version !== 'to'
    ? 'Updated, and on the old version'
    : undefined;
}

export class Moves {
  /** Sentences about single steps and states. */
  readonly violations = new Set<string>();
  readonly #isKind: boolean;
  readonly #instances: Instance[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #moves: (readonly Move[] | undefined)[] = [];

  /** @param isKind What can go well in the world does, at once. */
  constructor(isKind: boolean) {
    this.#isKind = isKind;
  }

  /** Distinct states of one container instance so far. */
  get size(): number {
    return this.#instances.length;
  }

  instance(number: number): Instance {
    return this.#instances[number] ?? FRESH;
  }

  numberOf(one: Instance): number {
    const text = JSON.stringify(one);
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const bad = wrong(one);
    if (bad) this.violations.add(`${bad}: ${text}`);
    this.#numbers.set(text, this.#instances.length);
    return this.#instances.push(one) - 1;
  }

  movesOf(number: number): readonly Move[] {
    const known = this.#moves[number];
    if (known) return known;
    const one = this.instance(number);
    const moves: Move[] = [];
    const worked = workOn(one);
    if (worked) {
      const bad = wrongStep(one, worked);
      if (bad) this.violations.add(`${bad}: ${JSON.stringify(one)}`);
      moves.push({ to: this.numberOf(worked), crashes: 0, meddlings: 0 });
    }
    for (const moved of worldSteps(one, this.#isKind)) {
      moves.push({ to: this.numberOf(moved), crashes: 0, meddlings: 0 });
    }
    if (!OUT_OF_WORK.includes(one.place)) {
      moves.push({ to: this.numberOf({ ...one, place: 'dead' }), crashes: 1, meddlings: 0 });
    }
    const meddled = meddle(one);
    if (meddled) moves.push({ to: this.numberOf(meddled), crashes: 0, meddlings: 1 });
    this.#moves[number] = moves;
    return moves;
  }
}
