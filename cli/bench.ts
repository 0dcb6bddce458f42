// The command `npm run bench`: compares the ways to roll a fleet, checks the model behind it, or rolls whole fleets.

import { parseArgs } from 'node:util';
import { compare, type MeasuredUse } from './bench/compare.ts';
import { measureAlone, REGION_SIZES, regionTable } from './bench/region.ts';
import { type Scenario, SIZES, scenarios } from './bench/scenarios.ts';
import { comparisonTable, validationTable } from './bench/tables.ts';
import { type Validated, validate } from './bench/whole-rollouts.ts';

const HELP = `Usage: npm run bench -- [SIZE…] [OPTION…]

  (nothing)      one table: four ways to roll the same fleets, with the calls and cost of whole rollouts
  --seeds N      fleets and chance per line; 30 unless said
  --without-use  no whole rollouts: leaves out calls, transitions and cost of ours
  --validate     holds the model against whole rollouts in the simulated region
  --region       rolls whole fleets (demo, 100, 300, 1000 or SIZE…): wall time, memory, calls
`;

const PLAIN = 'no canary, one wave, no bake';

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function validateAll(): Promise<Validated[]> {
  const runs: [Scenario, readonly number[]][] = [
    [{ containerInstances: 10, places: 1, budgets: 'no', waves: PLAIN }, [1, 2, 3]],
    [{ containerInstances: 100, places: '10%', budgets: 'no', waves: PLAIN }, [1, 2]],
    [{ containerInstances: 100, places: '10%', budgets: 'yes', waves: PLAIN }, [1]],
  ];
  const all: Validated[] = [];
  for (const [scenario, seeds] of runs) {
    for (const seed of seeds) {
      say(`rolling out ${scenario.containerInstances} in the region, seed ${seed}`);
      all.push(await validate(scenario, seed));
    }
  }
  return all;
}

/** Calls per container instance hardly depend on the budgets: one whole rollout for each size up to a hundred. */
async function useOf(containerInstances: number, waves: Scenario['waves']): Promise<MeasuredUse> {
  const size = Math.min(100, containerInstances);
  say(`rolling out ${size} in the region for its calls`);
  const places = size === 10 ? 1 : '10%';
  return (await validate({ containerInstances: size, places, budgets: 'yes', waves }, 1)).use;
}

async function compareAll(sizes: readonly number[], seeds: number, withUse: boolean) {
  for (const waves of [PLAIN, 'default'] as const) {
    const groups = [];
    for (const size of sizes) {
      const use = withUse ? await useOf(size, waves) : undefined;
      for (const scenario of scenarios(size, waves)) {
        say(`${size}, k = ${scenario.places}, service and zone budgets: ${scenario.budgets}`);
        groups.push({ scenario, summaries: compare(scenario, seeds, use) });
      }
    }
    process.stdout.write(`\nPolicy: ${waves}; ${seeds} seeds\n\n${comparisonTable(groups)}`);
  }
}

const { values, positionals } = parseArgs({
  options: {
    one: { type: 'string' },
    seeds: { type: 'string', default: '30' },
    'without-use': { type: 'boolean', default: false },
    validate: { type: 'boolean', default: false },
    region: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

if (values.one !== undefined) await measureAlone(values.one);
else if (values.help) process.stdout.write(HELP);
else if (values.region) {
  process.stdout.write(regionTable(positionals.length > 0 ? positionals : REGION_SIZES));
} else if (values.validate) process.stdout.write(validationTable(await validateAll()));
else {
  const sizes = positionals.length > 0 ? positionals.map(Number) : SIZES;
  const seeds = Number(values.seeds);
  if (!sizes.every((size) => Number.isInteger(size) && size > 0) || !(seeds >= 1)) {
    process.stderr.write(HELP);
    process.exit(2);
  }
  await compareAll(sizes, seeds, !values['without-use']);
}
