// Lets AWS SDK clients outside of virtual time talk to a region in process, with the bytes they
// would send.

import type { Drive } from './drive.ts';
import type { Transport, WireRequest } from './message.ts';
import { credentialOf } from './routing.ts';

/** The part of the SDK's `HttpRequest` that is read here. */
export interface SdkRequest {
  readonly method: string;
  readonly hostname: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What the SDK recognises as an `HttpResponse`. */
export interface SdkResponse {
  readonly statusCode: number;
  readonly reason?: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** A `requestHandler` for SDK v3 clients. */
export interface SdkRequestHandler {
  readonly metadata: { readonly handlerProtocol: string };
  handle(request: SdkRequest): Promise<{ response: SdkResponse }>;
  destroy(): void;
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): Record<string, never>;
}

function queryText(query: SdkRequest['query'] = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    const values = Array.isArray(value) ? (value as readonly string[]) : [value as string | null];
    return values.map((one) => [name, one ?? ''] as [string, string]);
  });
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}

function bodyOf(body: unknown): Buffer {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) {
    return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  }
  throw new TypeError('Cannot send a stream to the simulated region');
}

function wireRequest(request: SdkRequest): WireRequest {
  const headers = Object.entries(request.headers).map(([name, value]) => [
    name.toLowerCase(),
    value,
  ]);
  return {
    method: request.method,
    path: request.path + queryText(request.query),
    headers: { host: request.hostname, ...Object.fromEntries(headers) },
    body: bodyOf(request.body),
  };
}

/** Runs the region's clock while a client waits for its answer. */
export function sdkRequestHandler(transport: Transport, drive: Drive): SdkRequestHandler {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request) {
      const wire = wireRequest(request);
      const name = credentialOf(wire.headers)?.accessKeyId ?? 'anonymous';
      const answer = await drive.finish(transport(wire, { kind: 'outside', name }));
      const { status: statusCode, headers, body } = answer;
      return { response: { statusCode, headers: { ...headers }, body: new Uint8Array(body) } };
    },
    destroy() {},
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  };
}

/** Attempts of a call in all, as the SDK's standard mode has it. */
const ATTEMPTS_MAX = 3;
const BACKOFF_BASE_MS = 100;
const BACKOFF_MAX_MS = 20_000;

interface RetryToken {
  getRetryCount(): number;
  getRetryDelay(): number;
}

interface RetryError {
  readonly errorType: string;
}

export interface VirtualRetryStrategy {
  readonly mode: string;
  acquireInitialRetryToken(): Promise<RetryToken>;
  refreshRetryTokenForRetry(last: RetryToken, error: RetryError): Promise<RetryToken>;
  recordSuccess(): void;
}

function token(retries: number): RetryToken {
  return { getRetryCount: () => retries, getRetryDelay: () => 0 };
}

/**
 * The SDK's standard retries, waiting in virtual time: the SDK itself would wait by the wall clock.
 */
export function virtualRetryStrategy(
  sleep: (milliseconds: number) => Promise<void>,
): VirtualRetryStrategy {
  return {
    mode: 'standard',
    acquireInitialRetryToken: async () => token(0),
    async refreshRetryTokenForRetry(last, { errorType }) {
      const retries = last.getRetryCount() + 1;
      if (errorType === 'CLIENT_ERROR' || retries >= ATTEMPTS_MAX)
        throw new Error('No retry token available');
      await sleep(Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** retries));
      return token(retries);
    },
    recordSuccess() {},
  };
}
