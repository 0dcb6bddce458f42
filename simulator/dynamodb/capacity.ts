// Counts read and write request units as DynamoDB bills them on demand.
//
// Sources: DynamoDB developer guide "DynamoDB item sizes and formats" and "On-demand capacity
// mode".

import type { JsonObject } from '../kernel/service.ts';
import type { Item, Touched } from './memory-store.ts';

const READ_UNIT_BYTES = 4096;
const WRITE_UNIT_BYTES = 1024;
/** Overhead of a list or map, and of each element in it. */
const CONTAINER_BYTES = 3;
const ELEMENT_BYTES = 1;

function numberBytes(text: string): number {
  const digits = text
    .replace(/e.*$/i, '')
    .replace(/\D/g, '')
    .replace(/^0+|0+$/g, '');
  const sign = text.startsWith('-') ? 1 : 0;
  return Math.ceil(digits.length / 2) + 1 + sign;
}

function valueBytes(value: JsonObject): number {
  const [[type, content] = ['NULL', true]] = Object.entries(value);
  switch (type) {
    case 'S':
      return Buffer.byteLength(String(content));
    case 'N':
      return numberBytes(String(content));
    case 'B':
      return Buffer.from(String(content), 'base64').length;
    case 'L':
      return (content as JsonObject[]).reduce(
        (sum, element) => sum + ELEMENT_BYTES + valueBytes(element),
        CONTAINER_BYTES,
      );
    case 'M':
      return (
        CONTAINER_BYTES +
        itemBytes(content as Item) +
        ELEMENT_BYTES * Object.keys(content as Item).length
      );
    case 'SS':
    case 'NS':
    case 'BS':
      return (content as string[]).reduce(
        (sum, element) => sum + valueBytes({ [type[0]!]: element }),
        0,
      );
    default:
      return 1;
  }
}

/** Items never change in place, and most are read often. */
const known = new WeakMap<Item, number>();

/** Size of an item: names and values, in bytes. */
function itemBytes(item: Item): number {
  const before = known.get(item);
  if (before !== undefined) return before;
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) {
    bytes += Buffer.byteLength(name) + valueBytes(value as JsonObject);
  }
  known.set(item, bytes);
  return bytes;
}

function units(bytes: number, unitBytes: number): number {
  return Math.max(1, Math.ceil(bytes / unitBytes));
}

/** One item read alone: also a miss costs one unit. */
export function readUnits(item: Item, isConsistent: boolean): number {
  return units(itemBytes(item), READ_UNIT_BYTES) * (isConsistent ? 1 : 0.5);
}

/** Items read by one Query or Scan count together. */
export function rangeReadUnits(items: readonly Item[], isConsistent: boolean): number {
  const bytes = items.reduce((sum, item) => sum + itemBytes(item), 0);
  return units(bytes, READ_UNIT_BYTES) * (isConsistent ? 1 : 0.5);
}

/** Each changed item, in the table and in each index, by the larger of its two sizes. */
export function writeUnits(written: Touched['written']): number {
  return written.reduce((sum, { before, after }) => {
    const bytes = Math.max(before ? itemBytes(before) : 0, after ? itemBytes(after) : 0);
    return sum + units(bytes, WRITE_UNIT_BYTES);
  }, 0);
}

/** A write whose condition failed costs as much as the item that stands there. */
export function refusedWriteUnits(item: Item | undefined): number {
  return units(item ? itemBytes(item) : 0, WRITE_UNIT_BYTES);
}
