// Reads the product's record straight from the region's table, without a call that would count or take time.

import type { InstanceRecord } from '../functions/aws/instance-record.ts';
import { type PlanRecord, planOf, type WaveRecord } from '../functions/aws/plan-record.ts';
import type { Rollout } from '../functions/aws/rollout-record.ts';
import { TABLE_NAME } from '../infra/names.ts';
import type { Region } from '../simulator/region.ts';

/** An attribute value as it travels: `{"S": "text"}`. */
type AttributeValue = Readonly<Record<string, unknown>>;
type Attributes = Readonly<Record<string, AttributeValue>>;

function plainValue(value: AttributeValue): unknown {
  const [[type, content] = ['NULL', true]] = Object.entries(value);
  switch (type) {
    case 'N':
      return Number(content);
    case 'NULL':
      return undefined;
    case 'L':
      return (content as AttributeValue[]).map(plainValue);
    case 'M':
      return plainItem(content as Attributes);
    default:
      return content;
  }
}

/** An item as it travels, as plain JSON values. */
export function plainItem(item: Attributes): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value)]));
}

/** A fault may have deleted the table. */
async function isTableThere(region: Region): Promise<boolean> {
  const { TableNames } = await region.call('dynamodb', 'ListTables', {});
  return (TableNames as string[]).includes(TABLE_NAME);
}

/** All items of one partition; what reading them costs is not the product's. */
async function partition(region: Region, key: string): Promise<Record<string, unknown>[]> {
  const { consumed } = region.services.dynamoDb;
  const before = { ...consumed };
  const items: Record<string, unknown>[] = [];
  let start: unknown;
  do {
    if (!(await isTableThere(region))) return [];
    const page = await region.call('dynamodb', 'Query', {
      TableName: TABLE_NAME,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: key } },
      ConsistentRead: true,
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    });
    items.push(...(page.Items as Attributes[]).map(plainItem));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  Object.assign(consumed, before);
  return items;
}

/** Who or what did what, when (epoch milliseconds) and why. */
export interface JournalEntry {
  readonly at: number;
  readonly what: string;
  readonly who: string;
  readonly why: string;
  /** An EC2 instance id, where it is about one. */
  readonly subject?: string | undefined;
}

/** What the record says of one rollout; members are absent as long as nobody has written them. */
export interface RolloutRecord {
  readonly rollout: Rollout | undefined;
  readonly plan: PlanRecord | undefined;
  readonly waves: readonly WaveRecord[];
  readonly instances: readonly InstanceRecord[];
  /** Oldest first. */
  readonly journal: readonly JournalEntry[];
}

/** @param items All of the partition of one rollout. */
export function recordOf(items: readonly Readonly<Record<string, unknown>>[]): RolloutRecord {
  const under = (prefix: string) => items.filter((item) => String(item.sk).startsWith(prefix));
  const plan = under('PLAN')[0];
  return {
    rollout: under('META')[0] as unknown as Rollout | undefined,
    plan: plan && planOf(plan),
    waves: under('WAVE#') as unknown as WaveRecord[],
    instances: under('INSTANCE#') as unknown as InstanceRecord[],
    journal: under('JOURNAL#') as unknown as JournalEntry[],
  };
}

/** To be called while nothing in the region runs. */
export async function readRecord(region: Region, rolloutId: string): Promise<RolloutRecord> {
  return recordOf(await partition(region, `ROLLOUT#${rolloutId}`));
}

/** Whether the sweep still looks after any rollout. */
export async function isAnyRolloutOpen(region: Region): Promise<boolean> {
  const items = await partition(region, 'OPEN');
  return items.some((item) => String(item.sk).startsWith('ROLLOUT#'));
}
