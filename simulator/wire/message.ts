// What crosses the wire: one HTTP request and its answer, whichever way they travel.

import type { Caller } from '../kernel/service.ts';

export interface WireRequest {
  readonly method: string;
  /** Path with query string, as sent. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface WireResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * Carries a request to the region and its answer back, in virtual time.
 *
 * `tookEffect` is called at the instant the region acted on the request, before the answer travels
 * back.
 *
 * @throws {ConnectionResetError} When the connection broke before the answer.
 */
export type Transport = (
  request: WireRequest,
  caller: Caller,
  tookEffect?: () => void,
) => Promise<WireResponse>;

/** The connection broke; whether the request took effect is unknown to the caller. */
export class ConnectionResetError extends Error {
  readonly code = 'ECONNRESET';

  constructor() {
    super('socket hang up');
    this.name = 'ConnectionResetError';
  }
}
