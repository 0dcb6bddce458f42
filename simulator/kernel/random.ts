// Seeded randomness, split into one stream per purpose so that a new use never disturbs the others.

/** One stream of pseudo-random numbers. */
export interface RandomStream {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** Uniform integer in [low, high]. */
  integer(low: number, high: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** Lognormal with this median and 99th percentile: the usual shape of durations. */
  lognormal(median: number, p99: number): number;
  /** `length` lower-case hexadecimal characters. */
  hex(length: number): string;
  /** A version 4 UUID. */
  uuid(): string;
}

/** FNV-1a, 32 bits: spreads a purpose's name over the seed space. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

/** 99th percentile of the standard normal distribution. */
const Z_99 = 2.3263;

class Mulberry32 implements RandomStream {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  lognormal(median: number, p99: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
    return median * Math.exp((Math.log(p99 / median) / Z_99) * normal);
  }

  hex(length: number): string {
    let text = '';
    while (text.length < length) text += this.integer(0, 15).toString(16);
    return text;
  }

  uuid(): string {
    const hex = this.hex(30);
    const variant = '89ab'[this.integer(0, 3)];
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-${variant}${hex.slice(15, 18)}-${hex.slice(18, 30)}`;
  }
}

/** All randomness of one run, from one seed. */
export class Random {
  readonly seed: number;
  readonly #streams = new Map<string, RandomStream>();

  /** @param seed Any integer; only its low 32 bits count. */
  constructor(seed: number) {
    this.seed = seed;
  }

  /** The stream of one purpose, for example `ssm.delivery` or `host.boot/i-0123`; always the same object. */
  stream(purpose: string): RandomStream {
    let stream = this.#streams.get(purpose);
    if (!stream) {
      stream = new Mulberry32(hash(`${this.seed}/${purpose}`));
      this.#streams.set(purpose, stream);
    }
    return stream;
  }
}
