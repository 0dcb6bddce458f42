// Writes the benchmark's figures as tables that Markdown shows as tables too.

import { fill } from '../text-width.ts';
import { durationText } from '../time-text.ts';
import type { Spread, Summary } from './compare.ts';
import type { Scenario } from './scenarios.ts';
import type { Validated } from './whole-rollouts.ts';

/** The first two columns are words, the others numbers. */
function toTable(rows: readonly (readonly string[])[]): string {
  const [heading = [], ...rest] = rows;
  const widths = heading.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const isWord = (column: number) => column < 2;
  const line = (row: readonly string[]) => {
    const cells = row.map((cell, column) =>
      fill(cell, widths[column] ?? 0, isWord(column) ? 'left' : 'right'),
    );
    return `| ${cells.join(' | ')} |\n`;
  };
  const rule = widths.map((width, column) =>
    isWord(column) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [heading, rule, ...rest].map(line).join('');
}

function scenarioText({ containerInstances, places, budgets }: Scenario): string {
  return `${containerInstances}, k = ${places}${budgets === 'yes' ? ', + services, zones' : ''}`;
}

function spreadText({ mean, p95, max }: Spread): string {
  return [mean, p95, max].map((one) => one.toFixed(2)).join(' / ');
}

function orDash(value: number | null, digits: number): string {
  return value === null ? '-' : value.toFixed(digits);
}

const COMPARED = [
  'container instances',
  'algorithm',
  'makespan, mean',
  'p95',
  'max',
  'x bound',
  'x own bound',
  'drains only',
  'binds',
  'out, min',
  'moves',
  'calls',
  'transitions',
  'USD',
];

export function comparisonTable(
  groups: readonly { readonly scenario: Scenario; readonly summaries: readonly Summary[] }[],
): string {
  const rows = groups.flatMap(({ scenario, summaries }) =>
    summaries.map((one) => [
      scenarioText(scenario),
      one.algorithm,
      durationText(one.makespanSeconds.mean),
      durationText(one.makespanSeconds.p95),
      durationText(one.makespanSeconds.max),
      spreadText(one.ratioToBest),
      spreadText(one.ratio),
      spreadText(one.ratioOfDrains),
      one.binding,
      one.outOfServiceMinutes.mean.toFixed(2),
      one.movesPerTask.toFixed(2),
      orDash(one.awsCalls, 1),
      orDash(one.stateTransitions, 1),
      orDash(one.cost, 2),
    ]),
  );
  return toTable([COMPARED, ...rows]);
}

const VALIDATED = [
  'container instances',
  'seed',
  'region',
  'model',
  'error',
  'out, min',
  'in the model',
  'calls',
  'transitions',
];

export function validationTable(all: readonly Validated[]): string {
  const rows = all.map((one) => [
    scenarioText(one.scenario),
    String(one.seed),
    durationText(one.regionSeconds),
    durationText(one.modelSeconds),
    `${(100 * (one.modelSeconds / one.regionSeconds - 1)).toFixed(1)} %`,
    one.regionOutMinutes.toFixed(2),
    one.modelOutMinutes.toFixed(2),
    one.use.awsCalls.toFixed(1),
    one.use.stateTransitions.toFixed(1),
  ]);
  return toTable([VALIDATED, ...rows]);
}
