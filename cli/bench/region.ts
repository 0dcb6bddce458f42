// Rolls whole fleets through the simulated region and measures what they cost, each fleet in a process of its own.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { functionName } from '../../infra/names.ts';
import { buildFleet } from '../../simulator/fleet-file/build-fleet.ts';
import { assembleResult } from '../assemble-result.ts';
import { collectEarly } from '../heap.ts';
import { askFor, readFleetFile } from '../input-files.ts';
import { Rehearsal } from '../rehearsal.ts';
import { fill } from '../text-width.ts';
import { durationText } from '../time-text.ts';

const BENCH = fileURLToPath(new URL('../bench.ts', import.meta.url));
export const REGION_SIZES = ['demo', '100', '300', '1000'];
const SEED = 1;
const DISPATCH = functionName('dispatch-container-instances');

const figuresSchema = z.object({
  fleet: z.string(),
  outcome: z.string(),
  instances: z.number(),
  updated: z.number(),
  wallSeconds: z.number(),
  memoryMegabytes: z.number(),
  awsCalls: z.number().nullable(),
  incumbentAwsCalls: z.number().nullable(),
  dynamoDbCalls: z.number().nullable(),
  stepFunctionsCalls: z.number().nullable(),
  stateTransitions: z.number().nullable(),
  readUnits: z.number().nullable(),
  writeUnits: z.number().nullable(),
  dispatches: z.number().nullable(),
  dispatchCalls: z.number().nullable(),
  makespanSeconds: z.number(),
  ratio: z.number().nullable(),
  withWavesRatio: z.number().nullable(),
});

type Figures = z.output<typeof figuresSchema>;

/** Rolls one fleet with the default policy and measures it; start and bundling of the product included. */
async function measure(size: string): Promise<Figures> {
  const fleet =
    size === 'demo' ? readFleetFile(undefined) : buildFleet({ containerInstances: Number(size) });
  const rehearsal = new Rehearsal({
    fleet,
    asked: askFor(fleet, {}, '(none)'),
    faults: [],
    seed: SEED,
  });
  const rehearsed = await rehearsal.run();
  const result = assembleResult(rehearsed);
  const { counts, services } = rehearsed.region;
  const { perUpdatedInstance: each, lowerBound, updatedInstances } = result;
  const perUpdated = (total: number) => (updatedInstances === 0 ? null : total / updatedInstances);
  const ofDispatch = counts.byCaller.get(`function/${DISPATCH}`)?.values() ?? [];
  return {
    fleet: size,
    outcome: result.outcome,
    instances: result.fleetInstances,
    updated: updatedInstances,
    wallSeconds: process.uptime(),
    // Linux counts in kibibytes.
    memoryMegabytes: (process.resourceUsage().maxRSS * 1024) / 1e6,
    awsCalls: each.awsCalls,
    incumbentAwsCalls: each.incumbentAwsCalls,
    dynamoDbCalls: each.dynamoDbCalls,
    stepFunctionsCalls: each.stepFunctionsCalls,
    stateTransitions: each.stateTransitions,
    readUnits: each.dynamoDbReadUnits,
    writeUnits: each.dynamoDbWriteUnits,
    dispatches: perUpdated(services.lambda.usage().get(DISPATCH)?.invocations ?? 0),
    dispatchCalls: perUpdated([...ofDispatch].reduce((sum, number) => sum + number, 0)),
    makespanSeconds: result.makespanSeconds,
    ratio: lowerBound.ratio,
    withWavesRatio: result.makespanSeconds / (lowerBound.withWavesSeconds || Number.NaN),
  };
}

function measureInChild(size: string): Figures {
  const { status, stdout } = spawnSync(process.execPath, [BENCH, '--one', size], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`The rollout of the fleet "${size}" ended with ${status}`);
  return figuresSchema.parse(JSON.parse(stdout));
}

function decimal(value: number | null): string {
  return value === null ? '-' : value.toFixed(value < 100 ? 1 : 0);
}

/** Rows of the table; "each" is per updated container instance. */
const ROWS: readonly (readonly [string, (figures: Figures) => string])[] = [
  ['container instances', ({ instances }) => String(instances)],
  ['updated', ({ updated }) => String(updated)],
  ['outcome', ({ outcome }) => outcome],
  ['wall seconds', ({ wallSeconds }) => decimal(wallSeconds)],
  ['wall milliseconds each', (one) => decimal((1000 * one.wallSeconds) / (one.updated || 1))],
  ['peak memory, MB', ({ memoryMegabytes }) => decimal(memoryMegabytes)],
  ['AWS calls each', ({ awsCalls }) => decimal(awsCalls)],
  ['  incumbent, computed', ({ incumbentAwsCalls }) => decimal(incumbentAwsCalls)],
  ['Step Functions calls each', ({ stepFunctionsCalls }) => decimal(stepFunctionsCalls)],
  ['state transitions each', ({ stateTransitions }) => decimal(stateTransitions)],
  ['DynamoDB calls each', ({ dynamoDbCalls }) => decimal(dynamoDbCalls)],
  ['DynamoDB read units each', ({ readUnits }) => decimal(readUnits)],
  ['DynamoDB write units each', ({ writeUnits }) => decimal(writeUnits)],
  ['dispatches each', ({ dispatches }) => decimal(dispatches)],
  ['calls of dispatches each', ({ dispatchCalls }) => decimal(dispatchCalls)],
  ['makespan', ({ makespanSeconds }) => durationText(makespanSeconds)],
  ['  x lower bound', ({ ratio }) => ratio?.toFixed(2) ?? '-'],
  ['  x bound with waves', ({ withWavesRatio }) => withWavesRatio?.toFixed(2) ?? '-'],
];

const NAME_WIDTH = 28;
const CELL_WIDTH = 12;

function table(all: readonly Figures[]): string {
  const heading = ['fleet', ...all.map(({ fleet }) => fleet)];
  const rows = ROWS.map(([name, of]) => [name, ...all.map(of)]);
  return [heading, ...rows]
    .map(([name = '', ...cells]) => {
      const texts = cells.map((cell) => fill(cell, CELL_WIDTH, 'right'));
      return `${fill(name, NAME_WIDTH)}${texts.join('')}\n`;
    })
    .join('');
}

/** @param sizes `demo`, or a number of container instances. */
export function regionTable(sizes: readonly string[]): string {
  return table(
    sizes.map((size) => {
      process.stderr.write(`rolling out ${size}\n`);
      return measureInChild(size);
    }),
  );
}

/** In a process of its own: for wall time and memory. */
export async function measureAlone(size: string): Promise<void> {
  collectEarly();
  process.stdout.write(JSON.stringify(await measure(size)));
}
