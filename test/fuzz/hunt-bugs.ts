// Runs the product with one seeded bug, seed after seed, until an invariant notices.

import { certainCase } from './certain-cases.ts';
import { drawCase } from './draw-case.ts';
import { patchedSource } from './patched-source.ts';
import { type CaseRun, runCase } from './run-case.ts';
import type { SeededBug } from './seeded-bugs.ts';

export interface Hunt {
  readonly bug: SeededBug;
  /** The run that noticed; undefined: none of the seeds did. */
  readonly caught: CaseRun | undefined;
  /** Seeds that were run, the one that noticed included. */
  readonly seeds: number;
}

export async function huntBug(bug: SeededBug, from: number, seedsMax: number): Promise<Hunt> {
  const source = await patchedSource(bug.patches);
  try {
    for (let seeds = 1; seeds <= seedsMax; seeds++) {
      const run = await runCase(drawCase(from + seeds - 1), { source });
      if (run.findings.length > 0) return { bug, caught: run, seeds };
    }
    return { bug, caught: undefined, seeds: seedsMax };
  } finally {
    source.remove();
  }
}

/** Runs the case in which this bug is sure to show. */
export async function showBug(bug: SeededBug): Promise<CaseRun> {
  const source = await patchedSource(bug.patches);
  try {
    return await runCase(certainCase(bug.name), { source });
  } finally {
    source.remove();
  }
}
