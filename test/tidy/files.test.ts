// How a file begins, how long it may be, and what needs a twin.

import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../infra/functions.ts';
import { files, sourcesIn, textOf, texts } from './house.ts';

describe('first lines', () => {
  /** The first paragraph of the comment a file begins with, in one line; sources may be cited after it. */
  function openingOf(file: string): string {
    const lines = textOf(file).split('\n');
    const end = lines.findIndex((line) => !line.startsWith('// '));
    return lines
      .slice(0, end === -1 ? lines.length : end)
      .map((line) => line.replace(/^\/\/ ?/, ''))
      .join(' ');
  }

  it('a source begins with one sentence that says what it decides or speaks to', () => {
    const wrong = sourcesIn('functions', 'simulator', 'cli', 'infra').filter(
      (file) => !/^[^\s].*[^.]\.$/.test(openingOf(file)) || /[.!?] [A-Z]/.test(openingOf(file)),
    );
    expect(wrong.map((file) => `${file}: ${openingOf(file)}`)).toEqual([]);
  });

  it('a test begins with a comment that says what it is about', () => {
    const wrong = sourcesIn('test').filter(
      (file) => !file.endsWith('.d.ts') && !/^[^\s].*\.$/.test(openingOf(file)),
    );
    expect(wrong.map((file) => `${file}: ${openingOf(file)}`)).toEqual([]);
  });
});

/** Lines at most; the first that matches counts. */
const LENGTHS: readonly (readonly [RegExp, number])[] = [
  [/^functions\/[^/]+\.ts$/, 120],
  [/^test\/.*\.ts$/, 500],
  [/^(functions|simulator|cli|infra)\/.*\.ts$/, 300],
  // Retry and Catch of every Task are written out: the language has no way to share them.
  [/^state-machines\/.*\.asl\.json$/, 750],
  [/^docs\/adr\/.*\.md$/, 60],
];

/** Longer for a reason. */
const LONG: ReadonlyMap<string, string> = new Map([
  ['functions/dispatch-container-instances.ts', 'the single writer: all that it reads is here'],
]);
const LONG_LINES_MAX = 200;

describe('sizes', () => {
  it('no file is longer than its kind may be', () => {
    const wrong = [...texts].flatMap(([file, text]) => {
      const kind = LENGTHS.find(([path]) => path.test(file))?.[1];
      const max = LONG.has(file) ? LONG_LINES_MAX : kind;
      const lines = text.trimEnd().split('\n').length;
      return max !== undefined && lines > max ? [`${file}: ${lines} lines of ${max}`] : [];
    });
    expect(wrong).toEqual([]);
  });
});

describe('twins', () => {
  it('every handler is a row of FUNCTIONS, and every row a handler', () => {
    const handlers = files
      .filter((file) => /^functions\/[^/]+\.ts$/.test(file))
      .map((file) => posix.basename(file, '.ts'));
    expect(FUNCTIONS.map((row) => row.file).sort()).toEqual(handlers);
  });

  it('every file of the core has its test', () => {
    const types = ['model', 'milestone', 'undo-facts'].map((name) => `functions/core/${name}.ts`);
    const wrong = sourcesIn('functions/core')
      .filter((file) => !types.includes(file))
      .filter((file) => !files.includes(`test/${file.replace(/\.ts$/, '.test.ts')}`));
    expect(wrong).toEqual([]);
  });

  it('decision records are numbered, each once, and say their number, status and decision', () => {
    const records = files.filter((file) => file.startsWith('docs/adr/'));
    expect(records.length).toBeGreaterThan(0);
    const numbers = records.map((file) => Number(/\/(\d{4})-[a-z0-9-]+\.md$/.exec(file)?.[1]));
    expect(new Set(numbers).size).toBe(records.length);
    for (const [index, file] of records.entries()) {
      const number = numbers[index];
      const text = textOf(file);
      expect(text, file).toMatch(new RegExp(`^# ${number}\\. .+\n`));
      expect(text, file).toMatch(/\nStatus: (accepted|proposed|superseded by .+)\n/);
      expect(text, file).toContain('\n## Decision\n');
    }
  });
});
