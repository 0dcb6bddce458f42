// SHA-256 and its HMAC with the results of node:crypto, without its streams: requests are signed by the ten thousand.

import { createHash, createHmac, hash } from 'node:crypto';

/** What OpenSSL calls a block of SHA-256, in bytes (FIPS 180-4). */
const BLOCK_BYTES = 64;
const INNER = 0x36;
const OUTER = 0x5c;

type Data = string | NodeJS.ArrayBufferView;

function bytesOf(data: Data, encoding?: BufferEncoding): Buffer {
  return typeof data === 'string'
    ? Buffer.from(data, encoding)
    : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

function sha256(data: Buffer): Buffer {
  return hash('sha256', data, 'buffer');
}

/** Whatever is put in, joined; a caller may change its buffers after update(). */
class Collected {
  readonly #parts: Buffer[] = [];

  update(data: Data, encoding?: BufferEncoding): this {
    this.#parts.push(Buffer.from(bytesOf(data, encoding)));
    return this;
  }

  protected joined(): Buffer {
    return this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
  }
}

function encoded(digest: Buffer, encoding?: BufferEncoding): string | Buffer {
  return encoding === undefined ? digest : digest.toString(encoding);
}

class Sha256 extends Collected {
  /** What was put in so far; the parts themselves are never changed. */
  copy(): Sha256 {
    return new Sha256().update(this.joined());
  }

  digest(encoding?: BufferEncoding): string | Buffer {
    return encoded(sha256(this.joined()), encoding);
  }
}

class HmacSha256 extends Collected {
  readonly #key = Buffer.alloc(BLOCK_BYTES);

  constructor(key: Data) {
    super();
    const bytes = bytesOf(key);
    (bytes.length > BLOCK_BYTES ? sha256(bytes) : bytes).copy(this.#key);
  }

  digest(encoding?: BufferEncoding): string | Buffer {
    const inner = sha256(Buffer.concat([this.#key.map((byte) => byte ^ INNER), this.joined()]));
    const outer = Buffer.concat([this.#key.map((byte) => byte ^ OUTER), inner]);
    return encoded(sha256(outer), encoding);
  }
}

/** `createHash` of node:crypto; SHA-256 has update(), copy() and digest() only. */
export function quickHash(algorithm: string, options?: object): unknown {
  return algorithm.toLowerCase() === 'sha256' && options === undefined
    ? new Sha256()
    : createHash(algorithm, options);
}

/** `createHmac` of node:crypto; SHA-256 with plain key bytes has update() and digest() only. */
export function quickHmac(algorithm: string, key: unknown, options?: object): unknown {
  const isPlain = typeof key === 'string' || key instanceof Uint8Array;
  return algorithm.toLowerCase() === 'sha256' && isPlain && options === undefined
    ? new HmacSha256(key)
    : createHmac(algorithm, key as Data, options);
}
