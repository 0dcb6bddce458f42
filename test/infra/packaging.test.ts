// What is deployed of each function: its size, its bytes, that it loads, that its stack traces name our lines.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../infra/functions.ts';
import {
  bundleHandlers,
  type HandlerBundle,
  unzippedBytes,
  zipOf,
} from '../../infra/packaging/bundle.ts';

const FILES = FUNCTIONS.map(({ file }) => file);
const BYTES_MAX = 600 * 1024;
const folder = mkdtempSync(join(tmpdir(), 'packaging-'));
let bundles: readonly HandlerBundle[] = [];

beforeAll(async () => {
  bundles = await bundleHandlers(FILES);
  for (const bundle of bundles) {
    for (const [path, bytes] of Object.entries(unzipSync(zipOf(bundle)))) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What Node prints of a script that runs beside the unpacked functions, in an environment as bare as Lambda's. */
function runBeside(script: string): string {
  const flags = ['--enable-source-maps', '--input-type=module', '--eval', script];
  const env = { AWS_REGION: 'eu-west-1' };
  return execFileSync(process.execPath, flags, { cwd: folder, env, encoding: 'utf8' });
}

describe('the functions', () => {
  it('are those in functions/, each deployed once', () => {
    const handlers = readdirSync('functions').filter((file) => file.endsWith('.ts'));
    expect([...FILES].sort()).toEqual(handlers.map((file) => file.slice(0, -3)).sort());
  });

  it('are at most 600 KiB each, unzipped, with their source maps', () => {
    const tooLarge = bundles.filter((bundle) => unzippedBytes(bundle) > BYTES_MAX);
    expect(tooLarge.map((one) => `${one.file}: ${unzippedBytes(one)} bytes`)).toEqual([]);
  });

  it('hold no library that looks for credentials anywhere but in the environment', () => {
    const elsewhere = /credential-provider-(?!env\b)|nested-clients|client-sso/;
    const found = bundles.flatMap(({ file, contains }) =>
      contains.filter((path) => elsewhere.test(path)).map((path) => `${file}: ${path}`),
    );
    expect(found).toEqual([]);
  });

  it('are the same bytes when they are built again', async () => {
    const again = await bundleHandlers(FILES.slice(0, 3));
    for (const [index, bundle] of again.entries()) {
      expect(Buffer.from(zipOf(bundle)).equals(zipOf(bundles[index]!))).toBe(true);
    }
  });

  it('load in plain Node, and export a handler', () => {
    const script = `
      for (const file of ${JSON.stringify(FILES)}) {
        const { handler } = await import(\`./functions/\${file}.mjs\`);
        if (typeof handler !== 'function') console.log(file);
      }`;
    expect(runBeside(script)).toBe('');
  });

  it('have stack traces that name lines of this repository', () => {
    const script = `
      const { handler } = await import("./functions/drain-container-instance.mjs");
      const context = { getRemainingTimeInMillis: () => 1000 };
      await handler({}, context).catch(({ name, stack }) => console.log(name, stack));`;
    const printed = runBeside(script);
    expect(printed).toContain('BadInput');
    expect(printed).toMatch(/functions[/\\]aws[/\\]lambda\.ts:\d+/);
  });
});
