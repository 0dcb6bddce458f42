// Reads the documents that the tests hold against the code.

import { readFileSync } from 'node:fs';

export const ROOT = new URL('../../', import.meta.url);

export function read(file: string): string {
  return readFileSync(new URL(file, ROOT), 'utf8');
}

/** Texts of the fenced blocks of one language. */
export function fenced(file: string, language: string): string[] {
  const block = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return [...read(file).matchAll(block)].map(([, text = '']) => text);
}
