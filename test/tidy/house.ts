// Reads every file of the house for the tests of its rules.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const FOLDERS = ['functions', 'simulator', 'cli', 'infra', 'state-machines', 'test', 'docs'];

/** Paths of every file of the house, from its root. */
export const files = [
  ...FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length)),
  ),
  ...readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name),
].sort();

export const texts = new Map(
  files
    .filter((file) => /\.(ts|mjs|json|md|yml|sh)$/.test(file) && file !== 'package-lock.json')
    .map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]),
);

export function textOf(file: string): string {
  return texts.get(file) ?? '';
}

export function sourcesIn(...folders: readonly string[]): string[] {
  return files.filter(
    (file) => file.endsWith('.ts') && folders.some((folder) => file.startsWith(`${folder}/`)),
  );
}

export const COMMENT = /\/\/.*|\/\*[\s\S]*?\*\//;
const STRING = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/;
const commentOrString = new RegExp(`(${STRING.source})|${COMMENT.source}`, 'g');

/** Its code without comments, strings kept. */
export function uncommented(file: string): string {
  return textOf(file).replace(commentOrString, (_, string: string | undefined) => string ?? ' ');
}

/** Its code without comments and strings. */
export function bare(file: string): string {
  return textOf(file).replace(commentOrString, ' ');
}
