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

/** One entry of the fault file and how often it struck. */
export interface FaultEntry {
  readonly spec: FaultSpec;
  times: number;
}

/** Whether a subject is meant by an exact name, or by a pattern with `*`. */
export function matchesSubject(pattern: string | undefined, subject: string): boolean {
  if (pattern === undefined || pattern === '*' || pattern === subject) return true;
  if (!pattern.includes('*')) return false;
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(subject);
}

export class Faults {
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #startAt: number;
  /** In the order of the fault file. */
  readonly entries: readonly FaultEntry[];
  readonly #byName = new Map<string, FaultEntry[]>();

  constructor(clock: VirtualClock, random: Random, specs: readonly FaultSpec[]) {
    this.#clock = clock;
    this.#random = random;
    this.#startAt = clock.now();
    this.entries = specs.map((spec) => ({ spec, times: 0 }));
    for (const entry of this.entries) {
      const list = this.#byName.get(entry.spec.name) ?? [];
      list.push(entry);
      this.#byName.set(entry.spec.name, list);
    }
  }

  /** How often each fault struck so far, by name. */
  get struck(): ReadonlyMap<string, number> {
    const times = new Map<string, number>();
    for (const entry of this.entries) {
      const { name } = entry.spec;
      if (entry.times > 0) times.set(name, (times.get(name) ?? 0) + entry.times);
    }
    return times;
  }

  /** The entries with a name, for faults that happen at an instant of their own. */
  named(name: string): readonly FaultEntry[] {
    return this.#byName.get(name) ?? [];
  }

  /**
   * The one instant of an entry, in epoch milliseconds: `fromSeconds`, or drawn between it and
   * `untilSeconds`.
   */
  instantOf({ spec }: FaultEntry): number {
    const { name, fromSeconds = 0, untilSeconds = fromSeconds } = spec;
    const seconds =
      untilSeconds > fromSeconds
        ? this.#random.stream(`fault/${name}/instant`).between(fromSeconds, untilSeconds)
        : fromSeconds;
    return this.#startAt + seconds * 1000;
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
   * @param means Whether the occasion is one that the spec means, where its subject does not say all.
   * @returns The spec that strikes (its `parameters` may say how), or undefined.
   */
  strikes(
    name: string,
    subject: string,
    means: (spec: FaultSpec) => boolean = () => true,
  ): FaultSpec | undefined {
    for (const candidate of this.#byName.get(name) ?? []) {
      const { spec } = candidate;
      if (!matchesSubject(spec.subject, subject) || !means(spec)) continue;
      const elapsedSeconds = (this.#clock.now() - this.#startAt) / 1000;
      if (elapsedSeconds < (spec.fromSeconds ?? 0)) continue;
      if (elapsedSeconds > (spec.untilSeconds ?? Number.POSITIVE_INFINITY)) continue;
      if (this.draws(candidate)) return spec;
    }
    return undefined;
  }

  /** One more strike of an entry, if its chance and its `timesMax` allow; time is not looked at. */
  draws(entry: FaultEntry): boolean {
    const { name, probability = 1, timesMax = Number.POSITIVE_INFINITY } = entry.spec;
    if (entry.times >= timesMax) return false;
    if (!this.#random.stream(`fault/${name}`).chance(probability)) return false;
    entry.times++;
    return true;
  }
}
