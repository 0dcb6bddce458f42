// What the dispatcher's index carries: no key again, nothing twice, and no more than an index may carry.

import { expect, it } from 'vitest';
import { DISPATCH_ATTRIBUTES } from '../../../functions/core/dispatch-attributes.ts';

/** Of one index, before DynamoDB raised it; of all indexes of a table it is 100 (DynamoDB API reference, Projection). */
const ATTRIBUTES_MAX = 20;

it('the keys of table and index are carried anyway, and may not be named', () => {
  const keys = ['pk', 'sk', 'dispatchKey'];
  expect(keys.filter((key) => (DISPATCH_ATTRIBUTES as readonly string[]).includes(key))).toEqual(
    [],
  );
});

it('no attribute is named twice, and they are not too many', () => {
  expect(new Set(DISPATCH_ATTRIBUTES).size).toBe(DISPATCH_ATTRIBUTES.length);
  expect(DISPATCH_ATTRIBUTES.length).toBeLessThanOrEqual(ATTRIBUTES_MAX);
});

it('what changes with every write is not carried: it would be paid for twice', () => {
  const always: readonly string[] = ['reason', 'fence', 'undo'];
  expect(DISPATCH_ATTRIBUTES.filter((attribute) => always.includes(attribute))).toEqual([]);
});
