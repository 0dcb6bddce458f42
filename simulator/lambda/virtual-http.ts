// `node:http` and `node:https` for a function's code: the same calls and events, but requests go to
// the region.

import { EventEmitter } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { Readable, Stream } from 'node:stream';
import type { WireResponse } from '../wire/message.ts';
import { overlay } from './overlay.ts';
import type { Sandbox } from './sandbox.ts';
import type { VirtualTimers } from './virtual-time.ts';

type Headers = Readonly<Record<string, number | string | readonly string[] | undefined>>;

interface Options {
  readonly protocol?: string | null;
  readonly host?: string | null;
  readonly hostname?: string | null;
  readonly port?: string | number | null;
  readonly path?: string | null;
  readonly method?: string;
  readonly headers?: Headers;
  readonly auth?: string | null;
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

type OnResponse = (response: VirtualResponse) => void;

/** A connected socket: nothing flows through it, but its inactivity timeout runs. */
class VirtualSocket extends EventEmitter {
  readonly connecting = false;
  readonly remoteAddress = '10.0.0.1';
  readonly #timers: VirtualTimers;
  #timeout: unknown;

  constructor(timers: VirtualTimers) {
    super();
    this.#timers = timers;
  }

  setTimeout(milliseconds: number, onTimeout?: () => void): this {
    this.#timers.clearTimeout(this.#timeout);
    if (onTimeout) this.once('timeout', onTimeout);
    if (milliseconds > 0) {
      this.#timeout = this.#timers.setTimeout(() => this.emit('timeout'), milliseconds);
    }
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  destroy(): this {
    this.#timers.clearTimeout(this.#timeout);
    return this;
  }
}

/** The members of `http.IncomingMessage` that clients read. */
class VirtualResponse extends Readable {
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly rawHeaders: readonly string[];
  readonly httpVersion = '1.1';
  readonly socket: VirtualSocket;
  complete = false;

  constructor({ status, headers, body }: WireResponse, socket: VirtualSocket) {
    super({ read() {} });
    this.statusCode = status;
    this.statusMessage = http.STATUS_CODES[status] ?? '';
    this.headers = headers;
    this.rawHeaders = Object.entries(headers).flat();
    this.socket = socket;
    this.push(body);
    this.push(null);
    this.once('end', () => {
      this.complete = true;
      socket.destroy();
    });
  }

  setTimeout(milliseconds: number, onTimeout?: () => void): this {
    this.socket.setTimeout(milliseconds, onTimeout);
    return this;
  }
}

/** The part of `http.ClientRequest` that clients use; it is sent when it ends. */
class VirtualRequest extends Stream {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly protocol: string;
  readonly writable = true;
  socket: VirtualSocket | undefined;
  destroyed = false;
  readonly #sandbox: Sandbox;
  readonly #headers = new Map<string, string>();
  readonly #chunks: Buffer[] = [];
  #sent = false;
  #answered = false;

  constructor(sandbox: Sandbox, timers: VirtualTimers, options: Options, protocol: string) {
    super();
    this.#sandbox = sandbox;
    this.protocol = options.protocol ?? protocol;
    this.method = (options.method ?? 'GET').toUpperCase();
    this.path = options.path ?? '/';
    const port = options.port ? `:${options.port}` : '';
    this.host = options.hostname ?? options.host ?? 'localhost';
    this.setHeader('host', this.host + port);
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      if (value !== undefined) this.setHeader(name, value);
    }
    if (options.auth) {
      this.setHeader('authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`);
    }
    if (options.timeout) this.setTimeout(options.timeout);
    options.signal?.addEventListener('abort', () => this.destroy(abortError()), { once: true });
    queueMicrotask(() => this.#connect(timers));
  }

  get aborted(): boolean {
    return this.destroyed;
  }

  setHeader(name: string, value: number | string | readonly string[]): this {
    this.#headers.set(name.toLowerCase(), String(value));
    return this;
  }

  getHeader(name: string): string | undefined {
    return this.#headers.get(name.toLowerCase());
  }

  removeHeader(name: string): void {
    this.#headers.delete(name.toLowerCase());
  }

  flushHeaders(): void {}

  setNoDelay(): void {}

  setSocketKeepAlive(): void {}

  setTimeout(milliseconds: number, onTimeout?: () => void): this {
    if (onTimeout) this.once('timeout', onTimeout);
    const start = (socket: VirtualSocket) =>
      socket.setTimeout(milliseconds, () => this.emit('timeout'));
    if (this.socket) start(this.socket);
    else this.once('socket', start);
    return this;
  }

  write(chunk: string | Uint8Array): boolean {
    this.#chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk));
    return true;
  }

  end(chunk?: string | Uint8Array): this {
    if (chunk !== undefined && typeof chunk !== 'function') this.write(chunk);
    if (this.#sent || this.destroyed) return this;
    this.#sent = true;
    const request = {
      method: this.method,
      path: this.path,
      headers: Object.fromEntries(this.#headers),
      body: Buffer.concat(this.#chunks),
    };
    queueMicrotask(() => this.emit('finish'));
    this.#sandbox.send(request).then(
      (response) => this.#answer(response),
      (error: Error) => this.destroy(error),
    );
    return this;
  }

  abort(): void {
    this.destroy();
  }

  destroy(error?: Error): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.socket?.destroy();
    queueMicrotask(() => {
      this.#sandbox.life.deliver(() => {
        // Once the answer began, only a reason given by the caller is an error.
        if (error || !this.#answered) this.emit('error', error ?? hangUp());
        this.emit('close');
      });
    });
    return this;
  }

  #connect(timers: VirtualTimers): void {
    if (this.destroyed) return;
    this.socket = new VirtualSocket(timers);
    this.#sandbox.life.deliver(() => this.emit('socket', this.socket));
  }

  #answer(answer: WireResponse): void {
    if (this.destroyed || !this.socket) return;
    this.#answered = true;
    this.socket.setTimeout(0);
    const response = new VirtualResponse(answer, this.socket);
    response.once('end', () => this.emit('close'));
    this.emit('response', response);
    // As Node does: an answer that nobody listens to is thrown away, so that the connection is free
    // again.
    if (this.listenerCount('response') === 0) response.resume();
  }
}

function hangUp(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

function abortError(): Error {
  return Object.assign(new Error('The operation was aborted'), {
    name: 'AbortError',
    code: 'ABORT_ERR',
  });
}

function optionsOf(target: string | URL | Options, given: Options): Options {
  if (typeof target !== 'string' && !(target instanceof URL)) return target;
  const url = new URL(target);
  const { protocol, hostname, port, pathname, search } = url;
  return { protocol, hostname, port, path: `${pathname}${search}`, ...given };
}

/** Replaces the client half of `node:http` or `node:https`; a function has no server half. */
export function virtualHttp(
  sandbox: Sandbox,
  timers: VirtualTimers,
  protocol: 'http:' | 'https:',
): object {
  const request = (
    target: string | URL | Options,
    second?: Options | OnResponse,
    third?: OnResponse,
  ): VirtualRequest => {
    const given = typeof second === 'object' ? second : {};
    const onResponse = typeof second === 'function' ? second : third;
    const made = new VirtualRequest(sandbox, timers, optionsOf(target, given), protocol);
    if (onResponse) made.once('response', onResponse);
    return made;
  };
  const get: typeof request = (...args) => request(...args).end();
  const createServer = () => {
    throw new Error('Cannot listen inside a simulated function');
  };
  const real = protocol === 'http:' ? http : https;
  return overlay(real, { request, get, createServer, ClientRequest: VirtualRequest });
}
