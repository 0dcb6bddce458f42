// Decides whether a named fault strikes a subject now, from the fault file and the seed.

import type { VirtualClock } from '../kernel/clock.ts';
import type { Random } from '../kernel/random.ts';

/** One line of a fault file. */
export interface FaultSpec {
  /** A name of the catalogue. */
  readonly name: string;
  /** Whom it strikes: an exact id or a pattern with `*`; every subject unless said. */
  readonly subject?: string | undefined;
  /** Seconds after the start of the run from which it may strike; 0 unless said. */
  readonly fromSeconds?: number | undefined;
  /** Seconds after the start until which it may strike; for ever unless said. */
  readonly untilSeconds?: number | undefined;
  /** Chance at each occasion, 0 to 1; 1 unless said. */
  readonly probability?: number | undefined;
  /** Strikes at most this often; without limit unless said. */
  readonly timesMax?: number | undefined;
  /** Numbers and words that the fault's own description names. */
  readonly parameters?: Readonly<Record<string, number | string>> | undefined;
}

function matches(pattern: string | undefined, subject: string): boolean {
  if (pattern === undefined || pattern === '*' || pattern === subject) return true;
  if (!pattern.includes('*')) return false;
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(subject);
}

export class Faults {
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #startAt: number;
  readonly #byName = new Map<string, { readonly spec: FaultSpec; times: number }[]>();
  /** How often each fault struck so far. */
  readonly struck = new Map<string, number>();

  constructor(clock: VirtualClock, random: Random, specs: readonly FaultSpec[]) {
    this.#clock = clock;
    this.#random = random;
    this.#startAt = clock.now();
    for (const spec of specs) {
      const list = this.#byName.get(spec.name) ?? [];
      list.push({ spec, times: 0 });
      this.#byName.set(spec.name, list);
    }
  }

  /**
   * Whether the fault can still strike anybody, now or later; lets a model that must look by itself
   * stop looking.
   */
  mayStrike(name: string): boolean {
    const elapsedSeconds = (this.#clock.now() - this.#startAt) / 1000;
    return (this.#byName.get(name) ?? []).some(
      ({ spec, times }) =>
        times < (spec.timesMax ?? Number.POSITIVE_INFINITY) &&
        elapsedSeconds <= (spec.untilSeconds ?? Number.POSITIVE_INFINITY),
    );
  }

  /**
   * Asked once per occasion by the code that models the fault.
   *
   * @returns The spec that strikes (its `parameters` may say how), or undefined.
   */
  strikes(name: string, subject: string): FaultSpec | undefined {
    for (const candidate of this.#byName.get(name) ?? []) {
      const { spec } = candidate;
      if (!matches(spec.subject, subject)) continue;
      const elapsedSeconds = (this.#clock.now() - this.#startAt) / 1000;
      if (elapsedSeconds < (spec.fromSeconds ?? 0)) continue;
      if (elapsedSeconds > (spec.untilSeconds ?? Number.POSITIVE_INFINITY)) continue;
      if (candidate.times >= (spec.timesMax ?? Number.POSITIVE_INFINITY)) continue;
      if (!this.#random.stream(`fault/${name}`).chance(spec.probability ?? 1)) continue;
      candidate.times++;
      this.struck.set(name, (this.struck.get(name) ?? 0) + 1);
      return spec;
    }
    return undefined;
  }
}
