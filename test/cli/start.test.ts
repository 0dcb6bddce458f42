// The starter, in a folder of its own with a stand-in for npm.

import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const START = fileURLToPath(new URL('../../cli/start.mjs', import.meta.url));
/** Stands in for npm: says what it was asked, and leaves behind what npm leaves behind. */
const FAKE_NPM = `
import { mkdirSync, writeFileSync } from 'node:fs';
console.log('npm', process.argv.slice(2).join(' '));
if (process.env.NPM_FAILS) process.exit(1);
mkdirSync('node_modules', { recursive: true });
writeFileSync('node_modules/.package-lock.json', process.env.INSTALLS);
`;

function lockOf(packages: Readonly<Record<string, object>>): string {
  return JSON.stringify({ packages: { '': {}, ...packages } });
}

const WANTED = {
  'node_modules/zod': { version: '4.6.7' },
  'node_modules/node-darwin': { version: '24.21.0', optional: true },
};
const INSTALLED = { 'node_modules/zod': { version: '4.6.7' } };

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fleet-start-'));
  mkdirSync(join(root, 'cli'));
  copyFileSync(START, join(root, 'cli', 'start.mjs'));
  writeFileSync(join(root, 'package-lock.json'), lockOf(WANTED));
  writeFileSync(join(root, 'package.json'), '{"type": "module"}');
  writeFileSync(join(root, 'npm-cli.js'), FAKE_NPM);
});

afterEach(() => rmSync(root, { recursive: true }));

function install(packages: Readonly<Record<string, object>>, changedAt: Date): void {
  const path = join(root, 'node_modules', '.package-lock.json');
  mkdirSync(join(root, 'node_modules'));
  writeFileSync(path, JSON.stringify({ packages }));
  utimesSync(path, changedAt, changedAt);
}

function start(script: string, args: readonly string[] = [], environment = {}) {
  writeFileSync(join(root, 'script.mjs'), script);
  const child = spawn(process.execPath, ['cli/start.mjs', 'script.mjs', ...args], {
    cwd: root,
    env: {
      ...process.env,
      npm_execpath: join(root, 'npm-cli.js'),
      INSTALLS: JSON.stringify({ packages: INSTALLED }),
      ...environment,
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

const SAY = 'console.log(JSON.stringify(process.argv.slice(2)));';

describe('start.mjs', () => {
  it('forwards arguments and exit code', async () => {
    install(INSTALLED, new Date());
    const args = ['simulate', '--seed', '7', '--policy', 'my file.json', ''];
    const { code, stdout, stderr } = await start(`${SAY} process.exitCode = 5;`, args).ended;
    expect(JSON.parse(stdout)).toEqual(args);
    expect({ code, stderr }).toEqual({ code: 5, stderr: '' });
  });

  it('forwards signals and ends as its script does', async () => {
    install(INSTALLED, new Date());
    const { child, ended } = start(`
      process.on('SIGTERM', () => process.exit(9));
      setInterval(() => {}, 1000);
      console.log('up');
    `);
    child.stdout.once('data', () => child.kill('SIGTERM'));
    expect((await ended).code).toBe(9);
  });

  it('ends with 128 and the signal when a signal ended its script', async () => {
    install(INSTALLED, new Date());
    const { code } = await start("process.kill(process.pid, 'SIGKILL');").ended;
    expect(code).toBe(137);
  });

  it('installs what is missing, and leaves standard output to the script', async () => {
    const { code, stdout, stderr } = await start(SAY).ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: '[]\n' });
    expect(stderr).toMatch(/^Installing the packages \(npm ci\)/);
    expect(stderr).toContain('npm ci');
  });

  it('installs with a cache of its own where the home directory cannot be written', async () => {
    const home = join(root, 'npm-cli.js');
    const { code, stderr } = await start(SAY, [], { npm_config_cache: join(home, '.npm') }).ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/npm ci .* --cache=\S+/);
    rmSync(join(root, 'node_modules'), { recursive: true, force: true });
    const usual = start(SAY, [], { npm_config_cache: join(root, 'cache') });
    expect((await usual.ended).stderr).not.toContain('--cache');
  });

  it('installs again when the lock changed after the installation', async () => {
    install({ 'node_modules/zod': { version: '4.6.6' } }, new Date(0));
    expect((await start(SAY).ended).stderr).toContain('npm ci');
  });

  it('does not when only the times of the files changed', async () => {
    install(INSTALLED, new Date(0));
    expect((await start(SAY).ended).stderr).toBe('');
  });

  it('starts nothing when the installation fails', async () => {
    const { code, stdout, stderr } = await start(SAY, [], { NPM_FAILS: '1' }).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('npm ci ended with exit code 1; nothing was started');
  });

  it('runs the Node that comes with the packages', async () => {
    install(INSTALLED, new Date());
    mkdirSync(join(root, 'node_modules', '.bin'));
    const packaged = join(root, 'node_modules', '.bin', 'node');
    writeFileSync(packaged, '#!/bin/sh\necho packaged "$@"\n', { mode: 0o755 });
    const { stdout } = await start(SAY, ['--json']).ended;
    expect(stdout).toBe(`packaged ${join(root, 'script.mjs')} --json\n`);
  });

  it('runs on its own Node when the packaged one does not run here', async () => {
    install(INSTALLED, new Date());
    mkdirSync(join(root, 'node_modules', '.bin'));
    const packaged = join(root, 'node_modules', '.bin', 'node');
    writeFileSync(packaged, '#!/no/such/loader\n', { mode: 0o755 });
    const { code, stdout } = await start(SAY, ['--json']).ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: '["--json"]\n' });
  });
});
