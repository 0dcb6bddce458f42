// A region with the product in it, served over HTTP to the AWS SDK of this process as to any other client.

import { readFileSync } from 'node:fs';
import { deployProduct } from '../../cli/product.ts';
import { TABLE_NAME } from '../../infra/names.ts';
import { tableResources } from '../../infra/table.ts';
import type { Fleet } from '../../simulator/fleet-file/schema.ts';
import type { JsonObject } from '../../simulator/kernel/service.ts';
import { createRegion, type Region } from '../../simulator/region.ts';

/** Virtual seconds per real second while a test lets a rollout go on. */
const FAST = 3000;
/** And while what a test does must come in time. */
const SLOW = 1;

export interface ServedRegion {
  readonly region: Region;
  readonly url: string;
  /** Lets time fly until it is told to stop. */
  fast(): void;
  slow(): void;
  /** Number of calls by operation since the last question. */
  callsSince(): Readonly<Record<string, number>>;
  /** IAM actions of the calls from outside so far. */
  actionsTaken(): readonly string[];
  close(): Promise<void>;
}

/** The environment in which the AWS SDK finds the region; the clients of a process know only one. */
export function environmentOf(url: string): NodeJS.ProcessEnv {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'simulated',
    AWS_SECRET_ACCESS_KEY: 'simulated',
  };
}

/** A region with the record's table and nothing else, for what the functions themselves read and write there. */
export async function serveRecord(): Promise<Region> {
  const region = createRegion();
  const { Properties } = tableResources().RecordTable as { Properties: JsonObject };
  const { AttributeDefinitions, KeySchema, LocalSecondaryIndexes, BillingMode } = Properties;
  const table = { AttributeDefinitions, KeySchema, LocalSecondaryIndexes, BillingMode };
  await region.call('dynamodb', 'CreateTable', { TableName: TABLE_NAME, ...table });
  await region.advance(60);
  const { url } = await region.listen();
  Object.assign(process.env, environmentOf(url), { TABLE_NAME });
  return region;
}

export async function serveRegion(fleet: Fleet): Promise<ServedRegion> {
  const region = createRegion({ fleet });
  await deployProduct(region);
  const { url } = await region.listen();
  Object.assign(process.env, environmentOf(url));
  region.pace(SLOW);
  let before = new Map<string, number>();
  return {
    region,
    url,
    fast: () => region.pace(FAST),
    slow: () => region.pace(SLOW),
    callsSince() {
      const now = new Map([...region.counts.byOperation].map(([name, { calls }]) => [name, calls]));
      const since = [...now].map(
        ([name, calls]) => [name, calls - (before.get(name) ?? 0)] as const,
      );
      before = now;
      return Object.fromEntries(since.filter(([, calls]) => calls > 0));
    },
    actionsTaken() {
      const calls = [...(region.counts.byCaller.get('outside/simulated')?.keys() ?? [])];
      // The one operation whose action has another name.
      return calls.map((one) => (one === 'lambda:Invoke' ? 'lambda:InvokeFunction' : one)).sort();
    },
    close: () => region.close(),
  };
}

/** Those that OPERATIONS.md does not name as what `fleet` needs. */
export function undocumented(actions: readonly string[]): string[] {
  const text = readFileSync(new URL('../../docs/OPERATIONS.md', import.meta.url), 'utf8');
  return actions.filter((action) => !text.includes(`\`${action}\``));
}
