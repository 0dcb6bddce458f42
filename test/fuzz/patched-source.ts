// Copies the product's source into a folder of its own and breaks it there: nothing that is shipped knows of it.

import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ProductSource } from '../../cli/product.ts';
import type { fleetTemplate } from '../../infra/template.ts';
import type { Patch } from './seeded-bugs.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PRODUCT = ['functions', 'infra', 'state-machines', 'package.json'];

/** @throws {Error} When the text is not there, or more than once: the product has changed, and the patch must too. */
export function patched(text: string, { file, find, replace }: Patch): string {
  const count = text.split(find).length - 1;
  if (count !== 1)
    throw new Error(`Cannot patch ${file}: "${find}" is there ${count} times, not once`);
  return text.replace(find, () => replace);
}

/** The product with these changes, and nothing else; `remove()` deletes it. */
export async function patchedSource(
  patches: readonly Patch[],
): Promise<ProductSource & { readonly remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'bottlerocket-fleet-bug-'));
  for (const name of PRODUCT) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const patch of patches) {
    const path = join(folder, patch.file);
    writeFileSync(path, patched(readFileSync(path, 'utf8'), patch));
  }
  const root = pathToFileURL(`${folder}/`);
  const module = (await import(new URL('infra/template.ts', root).href)) as {
    readonly fleetTemplate: typeof fleetTemplate;
  };
  const remove = () => rmSync(folder, { recursive: true });
  return { root, template: module.fleetTemplate(), remove };
}
