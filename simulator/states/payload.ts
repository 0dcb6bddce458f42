// Decides what may travel between states: JSON of at most 256 KiB.

import { StateError } from './state-error.ts';

/** Service quotas, "Maximum input or output size for a task, state, or execution". */
export const PAYLOAD_BYTES_MAX = 262_144;

/** A JSON value with the text it has in the history. */
export interface Payload {
  readonly text: string;
  readonly value: unknown;
}

/** @param maker Name of the state, or type of the resource, that returned it. */
export function payloadTooLarge(maker: string): StateError {
  return new StateError(
    'States.DataLimitExceeded',
    `The state/task '${maker}' returned a result with a size exceeding ` +
      'the maximum number of bytes service limit.',
  );
}

/** Wraps text that is known to be JSON. */
export function parsePayload(text: string): Payload {
  return { text, value: JSON.parse(text) };
}

/**
 * Serialises a value, which also isolates it from the expression that made it.
 *
 * @param maker Name of the state, or type of the resource, that returned it.
 * @throws {StateError} States.DataLimitExceeded above 262,144 bytes of UTF-8.
 */
export function makePayload(value: unknown, maker: string): Payload {
  const text = JSON.stringify(value);
  // A UTF-16 unit takes at most three bytes of UTF-8: most payloads need no count.
  if (text.length * 3 > PAYLOAD_BYTES_MAX && Buffer.byteLength(text) > PAYLOAD_BYTES_MAX) {
    throw payloadTooLarge(maker);
  }
  return parsePayload(text);
}
