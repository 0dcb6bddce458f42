// Starts a script of this repository: installs what is missing, then runs it with the Node that comes with the packages.

import { spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  existsSync,
  constants as fileConstants,
  mkdirSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { constants, homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** npm writes it at the end of every installation. */
const INSTALLED = join(ROOT, 'node_modules', '.package-lock.json');
const LOCK = join(ROOT, 'package-lock.json');
const PACKAGED_NODE = join(ROOT, 'node_modules', '.bin', 'node');
/** First Node that runs TypeScript files without a flag and without a warning at every start. */
const NODE_MINIMUM = [22, 18];

/** @param {string} message */
function fail(message) {
  process.stderr.write(`fleet: ${message}\n`);
  process.exit(1);
}

/** @param {string} path */
function modifiedAt(path) {
  return statSync(path).mtimeMs;
}

/** @param {string} path */
function packagesOf(path) {
  /** @type {Record<string, { version?: string, optional?: boolean }>} */
  const packages = JSON.parse(readFileSync(path, 'utf8')).packages;
  delete packages['']; // this repository itself, which only package-lock.json lists
  return packages;
}

/** Copies and checkouts shuffle the times of files, so an older installation is asked for what it holds. */
function isInstalled() {
  if (!existsSync(INSTALLED)) return false;
  if (modifiedAt(INSTALLED) >= modifiedAt(LOCK)) return true;
  const [wanted, found] = [packagesOf(LOCK), packagesOf(INSTALLED)];
  // An optional package may be missing: it is for another system.
  const isAllThere = Object.entries(wanted).every(([path, { version, optional }]) =>
    found[path] ? found[path].version === version : optional,
  );
  return isAllThere && Object.keys(found).every((path) => path in wanted);
}

/** npm keeps its downloads in the home directory; where that cannot be written, it needs another place. */
function cacheArgs() {
  const cache = process.env.npm_config_cache ?? join(homedir(), '.npm');
  try {
    mkdirSync(cache, { recursive: true });
    accessSync(cache, fileConstants.W_OK);
    return [];
  } catch {
    return [`--cache=${join(tmpdir(), `fleet-npm-cache-${process.getuid?.() ?? 'user'}`)}`];
  }
}

/** Everything npm says goes to standard error: standard output belongs to the script. */
function install() {
  process.stderr.write('Installing the packages (npm ci); this happens once.\n');
  const npm = process.env.npm_execpath;
  // npm tells its scripts where it is; by that path it also runs where no `npm` is on the PATH.
  const [command, ...before] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  const args = [...before, 'ci', '--no-audit', '--no-fund', ...cacheArgs()];
  const { error, status } = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (error) fail(`cannot run npm ci: ${error.message}`);
  if (status !== 0) fail(`npm ci ended with exit code ${status}; nothing was started`);
}

function ownNodeSuffices() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [wantedMajor, wantedMinor] = NODE_MINIMUM;
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

function ownNode() {
  if (ownNodeSuffices()) return process.execPath;
  return fail(
    `Node ${NODE_MINIMUM.join('.')} or newer is needed: the packages bring one for Linux on x64 and ` +
      `arm64 (glibc) only, and this is ${process.platform} on ${process.arch} with Node ${process.versions.node}`,
  );
}

/**
 * @param {string} node
 * @param {string[]} args
 */
function run(node, args) {
  const child = spawn(node, args, { stdio: 'inherit' });
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    // The packaged Node is there but does not run here, on a system without glibc for example.
    if (node === PACKAGED_NODE) run(ownNode(), args);
    else fail(`cannot start ${node}: ${error.message}`);
  });
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0));
  });
}

const [script, ...args] = process.argv.slice(2);
if (script === undefined) fail('usage: node cli/start.mjs SCRIPT [ARGUMENT…]');
else {
  if (!isInstalled()) install();
  const node = existsSync(PACKAGED_NODE) ? PACKAGED_NODE : ownNode();
  run(node, [resolve(ROOT, script), ...args]);
}
