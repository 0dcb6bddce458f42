// `npm run bench:costs`: what a rollout and an idle month cost, from calls counted in simulated runs and list prices.

import { functionName } from '../infra/names.ts';
import { buildFleet } from '../simulator/fleet-file/build-fleet.ts';
import { createRegion, type Region } from '../simulator/region.ts';
import { askFor } from './input-files.ts';
import { deployProduct } from './product.ts';
import { Rehearsal } from './rehearsal.ts';

/** US dollars, us-east-1, as listed in November 2026; free tiers left out. */
const PRICES = {
  'Step Functions transitions': 25 / 1e6,
  'Lambda requests': 0.2 / 1e6,
  'Lambda GB-seconds (arm64)': 0.0000133334,
  'DynamoDB write units': 0.625 / 1e6,
  'DynamoDB read units': 0.125 / 1e6,
  'EventBridge custom events': 1 / 1e6,
  'Scheduler invocations': 1 / 1e6,
  'Log gigabytes': 0.5,
} as const;

type Item = keyof typeof PRICES;
type Counts = Readonly<Record<Item, number>>;

const SEED = 1;
const HOURS_PER_MONTH = 730;
const BYTES_PER_GIGABYTE = 1e9;

/** Adds up what functions print, from now on. */
function watchLogBytes(region: Region): () => number {
  let bytes = 0;
  region.services.lambda.logs.subscribe(({ text }) => {
    bytes += Buffer.byteLength(text);
  });
  return () => bytes;
}

function countsOf(region: Region, logBytes: number): Counts {
  const { services, counts } = region;
  const { read, write } = services.dynamoDb.consumed;
  const usage = services.lambda.usage();
  const all = [...usage.values()];
  const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0);
  return {
    'Step Functions transitions': services.states.transitions,
    'Lambda requests': sum(all.map(({ invocations }) => invocations)),
    'Lambda GB-seconds (arm64)': sum(all.map(({ gigabyteSeconds }) => gigabyteSeconds)),
    'DynamoDB write units': write,
    'DynamoDB read units': read,
    'EventBridge custom events': counts.of('events:PutEvents'),
    'Scheduler invocations': usage.get(functionName('sweep'))?.invocations ?? 0,
    'Log gigabytes': logBytes / BYTES_PER_GIGABYTE,
  };
}

async function rollout(containerInstances: number): Promise<Counts> {
  const fleet = buildFleet({ containerInstances });
  const asked = askFor(fleet, {}, '(none)');
  const rehearsal = new Rehearsal({ fleet, asked, faults: [], seed: SEED });
  const logBytes = watchLogBytes(rehearsal.region);
  await rehearsal.run();
  return countsOf(rehearsal.region, logBytes());
}

/** The product deployed, a fleet that lives its life, and nobody who starts anything. */
async function idleMonth(containerInstances: number, hours: number): Promise<Counts> {
  const region = createRegion({ fleet: buildFleet({ containerInstances }), seed: SEED });
  const logBytes = watchLogBytes(region);
  await deployProduct(region);
  await region.advance(hours * 3600);
  const counts = countsOf(region, logBytes());
  await region.close();
  const scaled = Object.entries(counts).map(([item, count]) => [
    item,
    (count * HOURS_PER_MONTH) / hours,
  ]);
  return Object.fromEntries(scaled) as Counts;
}

function table(title: string, counts: Counts): string {
  const items = Object.entries(counts) as [Item, number][];
  const costs = items.map(([item, count]) => count * PRICES[item]);
  const rows = items.map(([item, count], index) => {
    const shown = count < 1 ? count.toFixed(3) : Math.round(count).toLocaleString('en-US');
    return `| ${item} | ${shown} | ${costs[index]!.toFixed(3)} |`;
  });
  const total = costs.reduce((sum, one) => sum + one, 0);
  return [
    `| ${title} | count | US dollars |`,
    '| --- | ---: | ---: |',
    ...rows,
    `| **together** | | **${total.toFixed(2)}** |`,
    '',
  ].join('\n');
}

const size = Number(process.argv[2] ?? 1000);
const idle = await idleMonth(100, 6);
process.stdout.write(`${table('an idle month', idle)}\n`);
process.stdout.write(`${table(`a rollout of ${size} container instances`, await rollout(size))}\n`);
