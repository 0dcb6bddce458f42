// Reads journal and leases straight from the region's table, for what a scenario says about them.

import { TABLE_NAME } from '../../infra/names.ts';
import type { JsonObject } from '../../simulator/kernel/service.ts';
import type { Region } from '../../simulator/region.ts';

export interface JournalEntry {
  readonly what: string;
  readonly who: string;
  readonly why: string;
  readonly subject: string | undefined;
}

type Item = Readonly<Record<string, { readonly S?: string; readonly N?: string }>>;

async function items(region: Region): Promise<readonly Item[]> {
  const all: Item[] = [];
  const { TableNames } = await region.call('dynamodb', 'ListTables', {});
  if (!(TableNames as string[]).includes(TABLE_NAME)) return all;
  let start: unknown;
  do {
    const page = await region.call('dynamodb', 'Scan', {
      TableName: TABLE_NAME,
      ConsistentRead: true,
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    });
    all.push(...(page.Items as Item[]));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return all;
}

/** Oldest first. */
export async function readJournal(region: Region, rolloutId: string): Promise<JournalEntry[]> {
  return (await items(region))
    .filter(({ pk, sk }) => pk?.S === `ROLLOUT#${rolloutId}` && sk?.S?.startsWith('JOURNAL#'))
    .sort((one, other) => Number(one.at?.N) - Number(other.at?.N))
    .map(({ what, who, why, subject }) => ({
      what: what?.S ?? '',
      who: who?.S ?? '',
      why: why?.S ?? '',
      subject: subject?.S,
    }));
}

/** Leases that somebody holds. */
export async function readLeases(region: Region): Promise<JsonObject[]> {
  return (await items(region)).filter(
    ({ pk, sk, rolloutId }) =>
      pk?.S?.startsWith('CLUSTER#') && sk?.S === 'LEASE' && rolloutId !== undefined,
  );
}
