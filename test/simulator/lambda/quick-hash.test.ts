// SHA-256 and its HMAC inside functions: the same digests as node:crypto, however the data comes.

import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { quickHash, quickHmac } from '../../../simulator/lambda/quick-hash.ts';

type Hash = ReturnType<typeof createHash>;

const parts = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array()), { maxLength: 4 });
const encoding = fc.constantFrom('hex', 'base64', undefined);

interface Fed {
  update(data: string | Uint8Array): unknown;
}

function fed<H extends Fed>(hash: H, all: readonly (string | Uint8Array)[]): H {
  for (const part of all) hash.update(part);
  return hash;
}

function digestOf(hash: Pick<Hash, 'digest'>, how: 'hex' | 'base64' | undefined): string | Buffer {
  return how === undefined ? hash.digest() : hash.digest(how);
}

it('quickHash() answers what createHash() answers', () => {
  fc.assert(
    fc.property(parts, encoding, (all, how) => {
      const quick = fed(quickHash('sha256') as Hash, all);
      expect(digestOf(quick, how)).toEqual(digestOf(fed(createHash('sha256'), all), how));
    }),
  );
});

it('a copy of a hash goes its own way', () => {
  const hash = fed(quickHash('sha256') as Hash, ['a']);
  const copy = fed(hash.copy(), ['b']);
  expect(copy.digest('hex')).toBe(createHash('sha256').update('ab').digest('hex'));
  expect(hash.digest('hex')).toBe(createHash('sha256').update('a').digest('hex'));
});

it('what a caller does with its buffer after update() changes nothing', () => {
  const buffer = Buffer.from('before');
  const hash = fed(quickHash('sha256') as Hash, [buffer]);
  buffer.fill(0);
  expect(hash.digest('hex')).toBe(createHash('sha256').update('before').digest('hex'));
});

it('quickHmac() answers what createHmac() answers, for keys of every length', () => {
  const key = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.uint8Array({ maxLength: 200 }),
  );
  fc.assert(
    fc.property(key, parts, encoding, (secret, all, how) => {
      const quick = fed(quickHmac('sha256', secret) as Hash, all);
      expect(digestOf(quick, how)).toEqual(digestOf(fed(createHmac('sha256', secret), all), how));
    }),
  );
});

it('other algorithms are those of node:crypto', () => {
  expect(fed(quickHash('md5') as Hash, ['a']).digest('hex')).toBe(
    createHash('md5').update('a').digest('hex'),
  );
  expect(fed(quickHmac('sha1', 'key') as Hash, ['a']).digest('hex')).toBe(
    createHmac('sha1', 'key').update('a').digest('hex'),
  );
});
