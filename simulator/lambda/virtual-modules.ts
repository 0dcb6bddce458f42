// `require` for a function's code: Node's built-in modules, with time, chance, network and disk
// replaced.

import fs from 'node:fs';
import module, { builtinModules } from 'node:module';
import os from 'node:os';
import perfHooks from 'node:perf_hooks';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { overlay } from './overlay.ts';
import type { Sandbox } from './sandbox.ts';
import { virtualHttp } from './virtual-http.ts';
import { virtualCrypto } from './virtual-random.ts';
import { type VirtualTimers, virtualTimersPromises } from './virtual-time.ts';

type Callback = (error: Error | null, value?: unknown) => void;
type Builder = (sandbox: Sandbox, timers: VirtualTimers, globals: GlobalObjects) => unknown;

/** Replaced globals that are also modules. */
export interface GlobalObjects {
  readonly process: object;
  readonly console: object;
  readonly performance: object;
}

const nodeRequire = module.createRequire(import.meta.url);

function noSuchFile(path: unknown): Error {
  const message = `ENOENT: no such file or directory, open '${String(path)}'`;
  return Object.assign(new Error(message), { code: 'ENOENT', errno: -2, syscall: 'open' });
}

/**
 * An empty disk: shared AWS configuration of whoever runs the simulator must not reach a function.
 */
function emptyDisk(): { readonly fs: object; readonly promises: object } {
  const fail = (path: unknown) => {
    throw noSuchFile(path);
  };
  const failLater = (path: unknown) => Promise.reject(noSuchFile(path));
  const names = ['readFile', 'stat', 'lstat', 'access', 'readdir', 'realpath', 'writeFile', 'open'];
  const sync: Record<string, unknown> = { existsSync: () => false };
  const later: Record<string, unknown> = {};
  for (const name of names) {
    sync[`${name}Sync`] = fail;
    sync[name] = (path: unknown, ...rest: unknown[]) => {
      queueMicrotask(() => (rest.at(-1) as Callback)(noSuchFile(path)));
    };
    later[name] = failLater;
  }
  const promises = overlay(fs.promises, later);
  return { fs: overlay(fs, { ...sync, promises }), promises };
}

/**
 * zlib's callback functions work on other threads; here they answer at the same instant of virtual
 * time.
 */
function steadyZlib(): object {
  const members: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(zlib)) {
    const sync: unknown = Reflect.get(zlib, `${name}Sync`);
    if (typeof value !== 'function' || typeof sync !== 'function') continue;
    members[name] = (input: unknown, ...rest: unknown[]) => {
      const done = rest.pop() as Callback;
      const output: unknown = sync(input, ...rest);
      queueMicrotask(() => done(null, output));
    };
    Object.assign(members[name] as object, { [promisify.custom]: undefined });
  }
  return overlay(zlib, members);
}

/**
 * The real module whose functions all refuse: loading it is fine, reaching out of the region is
 * not.
 */
function unreachable(name: string): object {
  const real = nodeRequire(`node:${name}`) as object;
  const members: Record<string, unknown> = {};
  for (const [member, value] of Object.entries(real)) {
    // Classes stay: libraries compare against them at load.
    if (typeof value !== 'function' || /^[A-Z]/.test(member)) continue;
    members[member] = () => {
      throw new Error(`Cannot use ${name}.${member}() inside a simulated function`);
    };
  }
  return overlay(real, members);
}

const UNREACHABLE = [
  'child_process',
  'cluster',
  'dgram',
  'dns',
  'dns/promises',
  'http2',
  'net',
  'tls',
  'worker_threads',
];

const REPLACED: Readonly<Record<string, Builder>> = {
  http: (sandbox, timers) => virtualHttp(sandbox, timers, 'http:'),
  https: (sandbox, timers) => virtualHttp(sandbox, timers, 'https:'),
  crypto: ({ random }) => virtualCrypto(random),
  timers: (_sandbox, timers) => ({ ...timers, promises: virtualTimersPromises(timers) }),
  'timers/promises': (_sandbox, timers) => virtualTimersPromises(timers),
  process: (_sandbox, _timers, globals) => globals.process,
  console: (_sandbox, _timers, globals) => globals.console,
  perf_hooks: (_sandbox, _timers, { performance }) => overlay(perfHooks, { performance }),
  os: () => overlay(os, { homedir: () => '/home/sbx_user1051', hostname: () => '169.254.100.6' }),
  fs: () => emptyDisk().fs,
  'fs/promises': () => emptyDisk().promises,
  zlib: steadyZlib,
};

function moduleNotFound(id: string): Error {
  const message = `Cannot find module '${id}'\nRequire stack:\n- /var/task/index.js`;
  return Object.assign(new Error(message), { code: 'MODULE_NOT_FOUND' });
}

/** Makes the `require` of one execution environment; every module is built once, at first use. */
export function virtualRequire(
  sandbox: Sandbox,
  timers: VirtualTimers,
  globals: GlobalObjects,
): (id: string) => unknown {
  const built = new Map<string, unknown>();
  return (id) => {
    const name = id.replace(/^node:/, '');
    if (built.has(name)) return built.get(name);
    if (!builtinModules.includes(name)) throw moduleNotFound(id);
    const loaded: unknown = UNREACHABLE.includes(name)
      ? unreachable(name)
      : (REPLACED[name]?.(sandbox, timers, globals) ?? nodeRequire(`node:${name}`));
    built.set(name, loaded);
    return loaded;
  };
}
