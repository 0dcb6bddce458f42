// That the suite is complete: every operation of every simulated service stands in the table of files, and every file exists.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createRegion } from '../../simulator/region.ts';
import { EXISTING } from './support/existing.ts';
import { CONFORMANCE, type Row } from './support/operations.ts';

const rows = Object.entries<Row>(CONFORMANCE);

describe('the suite', () => {
  test('drives every operation of every service, each in one file', () => {
    const driven = rows.flatMap(([, { service, operations }]) =>
      operations.map((operation) => `${service}:${operation}`),
    );
    const simulated = Object.values(createRegion().services).flatMap(({ id, operations }) =>
      operations.map((operation: string) => `${id}:${operation}`),
    );
    expect([...driven].sort()).toEqual([...simulated].sort());
  });

  test('has a file for every row, and a row for every file, which proves its row', () => {
    const files = readdirSync(new URL('.', import.meta.url)).filter((name) =>
      name.endsWith('.test.ts'),
    );
    const named = rows.map(([name]) => `${name}.test.ts`);
    expect(files.filter((name) => name !== 'complete.test.ts').sort()).toEqual(named.sort());
    for (const [name] of rows) {
      const text = readFileSync(new URL(`${name}.test.ts`, import.meta.url), 'utf8');
      expect(text, name).toContain(`openStage('${name}')`);
      expect(text, name).toContain('stage.proveComplete();');
    }
  });

  test('has every variable that it reads in its documentation', () => {
    const file = new URL('../../docs/TESTING.md', import.meta.url);
    expect(existsSync(file)).toBe(true);
    const text = readFileSync(file, 'utf8');
    for (const [name, { is }] of Object.entries(EXISTING))
      expect(text).toContain(`| \`${name}\` | ${is} |`);
  });
});
