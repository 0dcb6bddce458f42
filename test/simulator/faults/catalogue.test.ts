// The catalogue of faults is complete, and it names what the simulator really asks for.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CATALOGUE, faultNames } from '../../../simulator/faults/catalogue.ts';

const SIMULATOR = new URL('../../../simulator/', import.meta.url);

function sources(): string {
  const files = readdirSync(SIMULATOR, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts') && !file.includes('catalogue'))
    .map((file) => readFileSync(new URL(file, SIMULATOR), 'utf8'))
    .join('\n');
}

describe('CATALOGUE', () => {
  it('has F1 to F70 in order', () => {
    expect(CATALOGUE.map(({ number }) => number)).toEqual(
      Array.from({ length: 70 }, (_, index) => index + 1),
    );
  });

  it('says of every fault how it comes about, and only once', () => {
    for (const { injectors, number, without } of CATALOGUE)
      expect([number, injectors.length > 0]).toEqual([number, without === undefined]);
  });

  it('names every fault that the simulator asks for', () => {
    const asked = [...sources().matchAll(/[sS]trikes\(\s*'([a-z-]+)'/g)].map(([, name]) => name!);
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.filter((name) => !faultNames().includes(name))).toEqual([]);
  });

  it('names no fault that the simulator never asks for', () => {
    const text = sources();
    // The names of two are put together from parts.
    const isMade = (name: string) => /^execution-.*-stale$/.test(name);
    expect(faultNames().filter((name) => !isMade(name) && !text.includes(`'${name}'`))).toEqual([]);
  });
});
