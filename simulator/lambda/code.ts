// Compiles a bundle once per process and instantiates it for each execution environment with its
// own globals.

import { compileFunction } from 'node:vm';
import { overlay } from './overlay.ts';
import type { Sandbox } from './sandbox.ts';
import { sharedFile } from './shared-files.ts';
import { virtualFetch } from './virtual-fetch.ts';
import { type GlobalObjects, virtualRequire } from './virtual-modules.ts';
import { virtualConsole, virtualProcess } from './virtual-process.ts';
import { virtualMath, virtualWebCrypto } from './virtual-random.ts';
import {
  type VirtualTimers,
  virtualAbortSignal,
  virtualDate,
  virtualPerformance,
  virtualTimers,
} from './virtual-time.ts';

/** Globals that the code sees instead of the real ones, as parameters around the whole bundle. */
const SHADOWED = [
  'Date',
  'Math',
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'process',
  'console',
  'fetch',
  'performance',
  'crypto',
  'AbortSignal',
  'WebSocket',
  'EventSource',
] as const;

const PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'];
const FOLDER = '/var/task';

type Shadows = Record<(typeof SHADOWED)[number], unknown> & GlobalObjects;

interface Module {
  exports: Record<string, unknown>;
}

type Instantiate = (...args: unknown[]) => void;

const compiled = new Map<string, Instantiate>();

function compile(text: string, fileName: string): Instantiate {
  let instantiate = compiled.get(text);
  if (!instantiate) {
    const parameters = [...PARAMETERS, 'globalThis', 'global', ...SHADOWED];
    const filename = `${FOLDER}/${fileName}`;
    instantiate = compileFunction(text, parameters, { filename }) as Instantiate;
    compiled.set(text, instantiate);
  }
  return instantiate;
}

/** `globalThis` of one environment: writes stay inside, reads fall through to the real one. */
function virtualGlobal(members: object): object {
  const own: Record<string | symbol, unknown> = { ...members };
  const global: object = new Proxy(own, {
    get(target, key) {
      if (key === 'globalThis' || key === 'global') return global;
      // Getters of the real globalThis insist on being called on it.
      return key in target ? target[key] : (Reflect.get(globalThis, key) as unknown);
    },
    has: (target, key) => key in target || key in globalThis,
  });
  return global;
}

/** What the code sees in place of Node's globals. */
function shadowsOf(sandbox: Sandbox, timers: VirtualTimers): Shadows {
  return {
    Date: virtualDate(sandbox),
    Math: virtualMath(sandbox.random),
    ...timers,
    process: virtualProcess(sandbox),
    console: virtualConsole(sandbox),
    fetch: virtualFetch(sandbox),
    performance: overlay(performance, virtualPerformance(sandbox)),
    crypto: virtualWebCrypto(sandbox.random),
    AbortSignal: virtualAbortSignal(timers),
    WebSocket: undefined,
    EventSource: undefined,
  };
}

/**
 * Runs the top level of a function's code in a fresh environment, and of the shared files it
 * requires, each once.
 *
 * @returns What the code exports.
 * @throws Whatever the top level throws.
 */
export function instantiateCode(text: string, sandbox: Sandbox): Record<string, unknown> {
  const timers = virtualTimers(sandbox);
  const shadows = shadowsOf(sandbox, timers);
  const global = virtualGlobal(shadows);
  const values = SHADOWED.map((name) => shadows[name]);
  const requireBuiltin = virtualRequire(sandbox, timers, shadows);
  const modules = new Map<string, Module>();
  const run = (fileName: string, code: string): Record<string, unknown> => {
    const module: Module = { exports: {} };
    // Known before it runs, so that files which require each other see what is there so far.
    modules.set(fileName, module);
    const instantiate = compile(code, fileName);
    const path = `${FOLDER}/${fileName}`;
    instantiate(module.exports, require, module, path, FOLDER, global, global, ...values);
    return module.exports;
  };
  const require = (id: string): unknown => {
    const fileName = id.replace(/^\.\//, '');
    const shared = fileName === id ? undefined : sharedFile(fileName);
    if (shared === undefined) return requireBuiltin(id);
    return modules.get(fileName)?.exports ?? run(fileName, shared);
  };
  return run('index.js', text);
}
