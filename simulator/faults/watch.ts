// Looks, again and again, for faults that nobody's action brings about.

import type { Kernel } from '../kernel/kernel.ts';
import type { FaultSpec } from './faults.ts';

/**
 * Seconds between two occasions of a watched fault; a fault file's `probability` counts per
 * occasion.
 */
const WATCH_SECONDS = 10;

/** A fault that may strike out of the blue. */
export interface Watch {
  readonly name: string;
  /** Whom it may strike at this instant. */
  subjects(): Iterable<string>;
  strike(subject: string, spec: FaultSpec): void;
}

/** Asks every `WATCH_SECONDS` for every subject, as long as the fault file can still strike. */
export function watchFault(kernel: Kernel, watch: Watch): void {
  const look = () => {
    for (const subject of [...watch.subjects()]) {
      const spec = kernel.faults.strikes(watch.name, subject);
      if (spec) watch.strike(subject, spec);
    }
    lookLater();
  };
  const lookLater = () => {
    if (kernel.faults.mayStrike(watch.name)) kernel.clock.after(WATCH_SECONDS * 1000, look);
  };
  lookLater();
}
