// `process` and `console` as a Node.js Lambda runtime shows them, with their output captured.

import { Console } from 'node:console';
import { EventEmitter } from 'node:events';
import { format } from 'node:util';
import { overlay } from './overlay.ts';
import type { Sandbox } from './sandbox.ts';

const LEVELS = { log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR', debug: 'DEBUG' } as const;

/** The runtime prefixes every message: `<time> TAB <request id> TAB <level> TAB <message>`. */
export function virtualConsole(sandbox: Sandbox): object {
  const stream = { write: (text: string) => sandbox.write(text) } as unknown as NodeJS.WriteStream;
  const base = new Console({ stdout: stream, stderr: stream });
  const members: Record<string, unknown> = {};
  for (const [name, level] of Object.entries(LEVELS)) {
    members[name] = (...args: unknown[]) => {
      const time = new Date(sandbox.now()).toISOString();
      sandbox.write(`${time}\t${sandbox.requestId()}\t${level}\t${format(...args)}`);
    };
  }
  members.trace = members.error;
  members.Console = Console;
  return overlay(base, members);
}

function virtualStream(sandbox: Sandbox): object {
  const stream = new EventEmitter();
  return Object.assign(stream, {
    isTTY: false,
    writable: true,
    write(chunk: string | Uint8Array, ...rest: unknown[]) {
      sandbox.write(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
      const done = rest.at(-1);
      if (typeof done === 'function') queueMicrotask(done as () => void);
      return true;
    },
    end: () => stream,
  });
}

function virtualHrtime(sandbox: Sandbox): object {
  const nanoseconds = () => BigInt(Math.round(sandbox.now() * 1e6));
  const hrtime = (earlier?: [number, number]): [number, number] => {
    const total = nanoseconds();
    const [seconds, rest] = [Number(total / 1_000_000_000n), Number(total % 1_000_000_000n)];
    if (!earlier) return [seconds, rest];
    const nanos = rest - earlier[1];
    return nanos < 0 ? [seconds - earlier[0] - 1, nanos + 1e9] : [seconds - earlier[0], nanos];
  };
  return Object.assign(hrtime, { bigint: nanoseconds });
}

/** Its own environment, output, listeners and exit; memory and versions of the real process. */
export function virtualProcess(sandbox: Sandbox): object {
  const startedAt = sandbox.now();
  const events = new EventEmitter();
  const listening = ['on', 'once', 'off', 'addListener', 'removeListener', 'emit', 'listeners'];
  listening.push('prependListener', 'removeAllListeners', 'listenerCount');
  const members: Record<string, unknown> = {
    env: sandbox.environment,
    argv: ['/var/lang/bin/node', '/var/runtime/index.mjs'],
    pid: 8,
    ppid: 1,
    platform: 'linux',
    stdout: virtualStream(sandbox),
    stderr: virtualStream(sandbox),
    hrtime: virtualHrtime(sandbox),
    cwd: () => '/var/task',
    uptime: () => (sandbox.now() - startedAt) / 1000,
    exit: (code = 0) => sandbox.exit(code),
    emitWarning: (warning: string | Error) => sandbox.write(`Warning: ${String(warning)}`),
  };
  for (const name of listening) {
    const method = Reflect.get(events, name) as (...args: unknown[]) => unknown;
    members[name] = method.bind(events);
  }
  return overlay(process, members);
}
