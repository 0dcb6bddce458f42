// What a dispatcher reads of its index in one query is what two would have told, however wrong its guess was.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  readTaken,
  readTakenAndWaiting,
  readWaiting,
} from '../../../functions/aws/dispatch-index.ts';
import { TABLE_NAME } from '../../../infra/names.ts';
import type { Region } from '../../../simulator/region.ts';
import { serveRecord } from '../../support/served-region.ts';

const WAVE = 2;
const LIMIT = 5;

let region: Region;

beforeAll(async () => {
  region = await serveRecord();
});

afterAll(() => region.close());

interface Rows {
  readonly open?: number;
  readonly failed?: number;
  readonly stuck?: number;
  readonly untold?: number;
  /** Left behind by the wave before. */
  readonly before?: number;
  readonly waiting?: number;
}

function keysOf({ open, failed, stuck, untold, before, waiting }: Rows): string[] {
  const some = (count: number | undefined, key: (index: string) => string) =>
    Array.from({ length: count ?? 0 }, (_, index) => key(String(index).padStart(5, '0')));
  return [
    ...some(failed, (index) => `FAILED#i-f${index}`),
    ...some(open, (index) => `OPEN#i-o${index}`),
    ...some(stuck, (index) => `STUCK#i-s${index}`),
    ...some(untold, (index) => `TELL#2026-01-01T00:00:00.${index}Z`),
    ...some(before, (index) => `WAITING#0001#${index}#i-b${index}`),
    ...some(waiting, (index) => `WAITING#000${WAVE}#${index}#i-w${index}`),
    'WAITING#0003#00000#i-later',
  ];
}

async function write(rolloutId: string, rows: Rows): Promise<void> {
  for (const key of keysOf(rows)) {
    const Item = { pk: { S: `ROLLOUT#${rolloutId}` }, sk: { S: key }, dispatchKey: { S: key } };
    await region.call('dynamodb', 'PutItem', { TableName: TABLE_NAME, Item });
  }
}

const CASES: readonly (readonly [
  name: string,
  rows: Rows,
  openExpected: number,
  queries: number,
])[] = [
  ['nothing at all', {}, 0, 1],
  ['a wave that begins', { waiting: 9 }, 0, 1],
  ['fewer that wait than asked for', { open: 3, waiting: 2 }, 3, 1],
  ['as many open as expected', { open: 30, failed: 1, stuck: 2, waiting: 9 }, 30, 1],
  ['fewer open than expected', { open: 2, waiting: 9 }, 30, 1],
  ['more open than expected, and some wait in sight', { open: 22, waiting: 9 }, 0, 3],
  ['more open than expected, and nobody in sight', { open: 40, waiting: 9 }, 0, 3],
  ['many milestones that nobody was told', { open: 3, untold: 40, waiting: 9 }, 3, 3],
  ['many of an earlier wave', { open: 3, before: 40, waiting: 9 }, 3, 3],
  ['exactly as many rows as are read', { open: 24, waiting: 1 }, 0, 3],
];

describe('the index in one query', () => {
  it.each(CASES)('%s', async (name, rows, openExpected, queries) => {
    const rolloutId = name.replaceAll(/\W/g, '-');
    await write(rolloutId, rows);
    const before = region.counts.of('dynamodb:Query');
    const both = await readTakenAndWaiting(rolloutId, WAVE, LIMIT, openExpected);
    expect(region.counts.of('dynamodb:Query') - before).toBe(queries);
    expect(both).toEqual({
      taken: await readTaken(rolloutId),
      waiting: await readWaiting(rolloutId, WAVE, LIMIT),
    });
    expect(both.taken.open).toHaveLength(rows.open ?? 0);
    expect(both.taken.failed).toHaveLength(rows.failed ?? 0);
    expect(both.taken.stuck).toHaveLength(rows.stuck ?? 0);
    expect(both.waiting).toHaveLength(Math.min(LIMIT, rows.waiting ?? 0));
  });
});
