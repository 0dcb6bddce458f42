// One virtual timeline for a scheduling model: what is due first happens first, and ties in the order they were made.

interface Due {
  readonly at: number;
  readonly turn: number;
  readonly happen: () => void;
}

function before(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.turn < b.turn);
}

export class Timeline {
  /** Seconds since the start of the run. */
  now = 0;
  readonly #heap: Due[] = [];
  #turn = 0;

  after(seconds: number, happen: () => void): void {
    const due = { at: this.now + Math.max(0, seconds), turn: this.#turn++, happen };
    const heap = this.#heap;
    let index = heap.length;
    heap.push(due);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent]!;
      if (!before(due, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = due;
  }

  /** Until nothing is due any more, or `until` holds. */
  run(until: () => boolean): void {
    for (let due = this.#pop(); due; due = this.#pop()) {
      this.now = due.at;
      due.happen();
      if (until()) return;
    }
  }

  #pop(): Due | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right && before(right, heap[child]!)) child++;
      const below = heap[child]!;
      if (!before(below, last)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}
