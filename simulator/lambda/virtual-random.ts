// The randomness of a function's code: Math.random and node:crypto drawn from the seed.

import crypto from 'node:crypto';
import type { RandomStream } from '../kernel/random.ts';
import { overlay } from './overlay.ts';
import { quickHash, quickHmac } from './quick-hash.ts';

type ByteCallback = (error: null, bytes: Buffer) => void;

function bytesOf(random: RandomStream, length: number): Buffer {
  return Buffer.from(random.hex(2 * length), 'hex');
}

function fill<T extends NodeJS.ArrayBufferView>(random: RandomStream, target: T): T {
  const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  bytes.set(bytesOf(random, bytes.length));
  return target;
}

export function virtualMath(random: RandomStream): object {
  return overlay(Math, { random: () => random.next() });
}

/** `globalThis.crypto`: seeded where it is random, real elsewhere. */
export function virtualWebCrypto(random: RandomStream): object {
  return {
    subtle: crypto.webcrypto.subtle,
    randomUUID: () => random.uuid(),
    getRandomValues: <T extends NodeJS.ArrayBufferView>(target: T) => fill(random, target),
  };
}

/** `node:crypto`: seeded where it is random, real elsewhere. */
export function virtualCrypto(random: RandomStream): object {
  return overlay(crypto, {
    createHash: quickHash,
    createHmac: quickHmac,
    randomUUID: () => random.uuid(),
    randomBytes(length: number, done?: ByteCallback) {
      const bytes = bytesOf(random, length);
      if (!done) return bytes;
      queueMicrotask(() => done(null, bytes));
      return undefined;
    },
    randomInt(low: number, high?: number | ((error: null, value: number) => void)) {
      const [from, to] = typeof high === 'number' ? [low, high] : [0, low];
      return random.integer(from, to - 1);
    },
    randomFillSync: <T extends NodeJS.ArrayBufferView>(target: T) => fill(random, target),
    getRandomValues: <T extends NodeJS.ArrayBufferView>(target: T) => fill(random, target),
    webcrypto: virtualWebCrypto(random),
  });
}
