// The harness is tested by what it must notice: each seeded bug still applies, and some are caught in every test run.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { drawCase } from './draw-case.ts';
import { patched, patchedSource } from './patched-source.ts';
import { runCase } from './run-case.ts';
import { SEEDED_BUGS } from './seeded-bugs.ts';

const ROOT = new URL('../../', import.meta.url);

describe('every seeded bug', () => {
  it.each(SEEDED_BUGS)('$name changes the source as it is today', ({ patches }) => {
    const texts = new Map<string, string>();
    for (const patch of patches) {
      const text = texts.get(patch.file) ?? readFileSync(new URL(patch.file, ROOT), 'utf8');
      texts.set(patch.file, patched(text, patch));
    }
  });

  it('is refused when the source has changed under it', () => {
    const patch = { file: 'functions/sweep.ts', find: 'no such text', replace: '' };
    expect(() => patched('some text', patch)).toThrow('is there 0 times, not once');
  });
});

/** Bugs that the seed notices within seconds, and the invariant that does. */
const CAUGHT = [
  ['active-before-verified', 1, 'verified-before-active'],
  ['events-trusted', 2, 'verified-before-active'],
  ['record-before-effect', 1, 'record-not-ahead'],
  ['drains-unmarked', 1, 'marked-before-drained'],
] as const;

describe('the harness notices', () => {
  it.each(CAUGHT)('%s, by seed %i', async (name, seed, invariant) => {
    const bug = SEEDED_BUGS.find((one) => one.name === name);
    const source = await patchedSource(bug?.patches ?? []);
    try {
      const run = await runCase(drawCase(seed), { source });
      expect(run.findings.map((one) => one.invariant)).toContain(invariant);
    } finally {
      source.remove();
    }
  });
});
