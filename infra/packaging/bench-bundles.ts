// `npm run bench:bundles`: size of each deployed function, and how long a fresh Node takes to import it.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FUNCTIONS } from '../functions.ts';
import { bundleHandlers, type HandlerBundle, unzippedBytes } from './bundle.ts';

const RUNS = 7;
const KIBIBYTE = 1024;

const IMPORT = `
const began = performance.now();
await import(process.argv[1]);
process.stdout.write(String(performance.now() - began));
`;

function coldImportMilliseconds(file: string): number {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--enable-source-maps', '--input-type=module', '--eval', IMPORT, file],
    { encoding: 'utf8', env: { AWS_REGION: 'eu-west-1' } },
  );
  if (status !== 0) throw new Error(`Cannot import ${file}: ${stderr}`);
  return Number(stdout);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function measure(bundle: HandlerBundle, folder: string): string {
  const path = join(folder, 'functions', `${bundle.file}.mjs`);
  writeFileSync(path, bundle.code);
  writeFileSync(`${path}.map`, bundle.sourceMap);
  const runs = Array.from({ length: RUNS }, () => coldImportMilliseconds(path));
  const size = (unzippedBytes(bundle) / KIBIBYTE).toFixed(0);
  return `${bundle.file.padEnd(30)}${size.padStart(6)} KiB${median(runs).toFixed(0).padStart(6)} ms`;
}

const folder = mkdtempSync(join(tmpdir(), 'bundles-'));
try {
  mkdirSync(join(folder, 'functions'));
  process.stdout.write(`${'function'.padEnd(30)}  unzipped   import\n`);
  for (const bundle of await bundleHandlers(FUNCTIONS.map(({ file }) => file))) {
    process.stdout.write(`${measure(bundle, folder)}\n`);
  }
  process.stdout.write(`Import: median of ${RUNS} fresh processes of Node ${process.version}.\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
