// Keeps what was bundled on disk, for the next process: it holds as long as every file that went into it has the same text.

import { hash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { version } from 'esbuild';

/** Where bundles are kept, and what decides about them beside the files that are bundled. */
export interface BundleCache {
  /** May be deleted at any time. */
  readonly folder: string;
  /** Absolute paths: the code of plugins, and what says which packages are installed. */
  readonly madeBy: readonly string[];
}

/** Files of one build: bundle texts by entry path, and what they require by file name. */
export interface Bundles {
  readonly entries: Readonly<Record<string, string>>;
  readonly shared: Readonly<Record<string, string>>;
}

interface Kept extends Bundles {
  /** Hash of each file's text, by absolute path. */
  readonly sources: Readonly<Record<string, string>>;
}

function hashOf(path: string): string {
  return hash('sha256', readFileSync(path), 'base64');
}

/** The same entries of the same folder are kept once: a new build takes the place of the one before. */
function fileOf({ folder, madeBy }: BundleCache, entryPaths: readonly string[]): string {
  const name = hash('sha256', JSON.stringify([version, entryPaths, madeBy]), 'hex');
  return join(folder, `${name}.json`);
}

/** @returns Nothing when there is none, or when any file has another text than it had. */
export function keptBundles(
  cache: BundleCache,
  entryPaths: readonly string[],
): Bundles | undefined {
  try {
    const kept = JSON.parse(readFileSync(fileOf(cache, entryPaths), 'utf8')) as Kept;
    const isSame = Object.entries(kept.sources).every(([path, was]) => hashOf(path) === was);
    return isSame ? kept : undefined;
  } catch {
    // Never kept, cut off, or one of its files is gone: it is built anew.
    return undefined;
  }
}

/** @param inputs Absolute paths of all that was bundled. */
export function keepBundles(
  cache: BundleCache,
  entryPaths: readonly string[],
  bundles: Bundles,
  inputs: readonly string[],
): void {
  const paths = [...new Set([...inputs, ...cache.madeBy])];
  try {
    const sources = Object.fromEntries(paths.map((path) => [path, hashOf(path)]));
    const kept: Kept = { ...bundles, sources };
    const file = fileOf(cache, entryPaths);
    mkdirSync(cache.folder, { recursive: true });
    // In one step: other processes may be reading and writing the same.
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(kept));
    renameSync(`${file}.${process.pid}`, file);
  } catch {
    // A disk that is full or read-only costs time, nothing else.
  }
}
