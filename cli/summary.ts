// Sums up a rollout for people: container instances, waves, time against the lower bound, and what it cost.

import { driftLines } from './drift-lines.ts';
import { NARROW, paragraph } from './paragraph.ts';
import type { RolloutResult } from './result.ts';
import { type Line, type Span, styleOf } from './styled-text.ts';
import { fill, printable, widthOf, wrap } from './text-width.ts';
import { durationText } from './time-text.ts';

type Instance = RolloutResult['containerInstances'][number];

const GAP = '  ';
/** Where there is no terminal: long lines, but not endless ones. */
const REASON_WIDTH_MIN = 24;

interface Column {
  readonly title: string;
  readonly of: (instance: Instance) => string;
  readonly side?: 'left' | 'right';
}

/** What it ran before, and what it runs now where that is something else. */
function versions({ fromVersion, runsVersion }: Instance): string {
  if (fromVersion === null) return '-';
  const changed = runsVersion !== null && runsVersion !== fromVersion;
  return changed ? `${fromVersion} -> ${runsVersion}` : fromVersion;
}

const COLUMNS: readonly Column[] = [
  { title: 'container instance', of: (one) => one.ec2InstanceId },
  { title: 'zone', of: (one) => one.availabilityZone },
  { title: 'variant', of: (one) => one.variant ?? '-' },
  { title: 'version', of: versions },
  {
    title: 'out',
    of: (one) => (one.outOfServiceSeconds > 0 ? durationText(one.outOfServiceSeconds) : '-'),
    side: 'right',
  },
  { title: 'outcome', of: (one) => one.outcome },
];

function widths(instances: readonly Instance[]): number[] {
  return COLUMNS.map(({ title, of }) =>
    instances.reduce((most, one) => Math.max(most, widthOf(printable(of(one)))), title.length),
  );
}

function cells(instance: Instance, columnWidths: readonly number[]): Span[] {
  return COLUMNS.map(({ title, of, side }, index) => ({
    text: fill(printable(of(instance)), columnWidths[index] ?? 0, side) + GAP,
    style: title === 'outcome' ? styleOf(instance.outcome) : undefined,
  }));
}

/** The reason beside the row where there is room for it, otherwise below. */
function instanceLines(instance: Instance, columnWidths: readonly number[], width: number): Line[] {
  const row = cells(instance, columnWidths);
  const used = columnWidths.reduce((sum, one) => sum + one + GAP.length, 0);
  const reason = printable(instance.reason);
  if (width - used >= REASON_WIDTH_MIN) {
    const [first = '', ...rest] = wrap(reason, width - used);
    return [[...row, first], ...rest.map((text): Line => [' '.repeat(used), text])];
  }
  if (used <= width + GAP.length) {
    // There is nothing to add to a good end.
    if (instance.outcome === 'Updated') return [row];
    return [row, ...wrap(reason, width - 4).map((text): Line => ['    ', text])];
  }
  return narrowLines(instance, width);
}

/** For terminals in which not even the row fits. */
function narrowLines(instance: Instance, width: number): Line[] {
  const { ec2InstanceId, outcome, outOfServiceSeconds, availabilityZone } = instance;
  const out = outOfServiceSeconds > 0 ? `, out ${durationText(outOfServiceSeconds)}` : '';
  const facts = [`${versions(instance)}, ${availabilityZone}${out}`, printable(instance.reason)];
  return [
    [ec2InstanceId, GAP, { text: outcome, style: styleOf(outcome) }],
    ...facts.flatMap((fact) => wrap(fact, width - 2).map((text): Line => ['  ', text])),
  ];
}

function instanceTable({ containerInstances, cluster }: RolloutResult, width: number): Line[] {
  if (containerInstances.length === 0)
    return [[`cluster ${printable(cluster)} has no container instances`]];
  const columnWidths = widths(containerInstances);
  const used = columnWidths.reduce((sum, one) => sum + one + GAP.length, 0);
  const titles = COLUMNS.map(({ title, side }, index) =>
    fill(title, columnWidths[index] ?? 0, side),
  );
  const isReasonBeside = width - used >= REASON_WIDTH_MIN;
  const text = [...titles, ...(isReasonBeside ? ['reason'] : [])].join(GAP);
  const heading: Line[] = used <= width + GAP.length ? [[{ text, style: 'bold' }]] : [];
  const sorted = [...containerInstances].sort((a, b) => (a.wave ?? 0) - (b.wave ?? 0));
  return [...heading, ...sorted.flatMap((one) => instanceLines(one, columnWidths, width))];
}

/** Columns of a wave's number and kind, size, start and duration. */
const WAVE_WIDTHS = [9, 5, 9, 9] as const;
const WAVE_INDENT = WAVE_WIDTHS.reduce((sum, one) => sum + one + GAP.length, 0);

function waveCells(texts: readonly string[]): string {
  return texts
    .map((text, index) => fill(text, WAVE_WIDTHS[index] ?? 0, index === 0 ? 'left' : 'right') + GAP)
    .join('');
}

/** The verdict beside the row where there is room for it, otherwise below. */
function waveTable({ waves }: RolloutResult, width: number): Line[] {
  if (waves.length === 0) return [];
  const isBeside = width - WAVE_INDENT >= REASON_WIDTH_MIN;
  const indent = isBeside ? WAVE_INDENT : 2;
  const rows = waves.flatMap(({ wave, kind, size, startedAt, tookSeconds, verdict, reason }) => {
    const name = `${wave}${kind === 'canary' ? ' canary' : ''}`;
    const started = startedAt === null ? '-' : startedAt.slice(11, 19);
    const took = tookSeconds === null ? '-' : durationText(tookSeconds);
    const row = waveCells([name, String(size), started, took]);
    const text = wrap(printable(`${verdict ?? '-'}: ${reason}`), width - indent);
    const below = (isBeside ? text.slice(1) : text).map((one): Line => [' '.repeat(indent), one]);
    return [[row, ...(isBeside ? [text[0] ?? ''] : [])], ...below];
  });
  const title = waveCells(['wave', 'size', 'started', 'took']) + (isBeside ? 'verdict' : '');
  return [[], [{ text: title, style: 'bold' }], ...rows];
}

function ratioText(makespan: number, bound: number): string {
  return bound > 0 ? ` (x ${(makespan / bound).toFixed(2)})` : '';
}

function timeLines(result: RolloutResult, width: number): Line[] {
  const { makespanSeconds, lowerBoundSeconds, lowerBound } = result;
  const { bakeSeconds } = lowerBound;
  const baked = bakeSeconds > 0 ? `, of it ${durationText(bakeSeconds)} bake time` : '';
  const text = `${durationText(makespanSeconds)}${baked}`;
  if (lowerBound.ratio === null) return paragraph('makespan', text, width);
  const bound =
    `${durationText(lowerBoundSeconds)}${ratioText(makespanSeconds, lowerBoundSeconds)}, ` +
    `set by ${lowerBound.binding.what}; with its waves in a row ` +
    `${durationText(lowerBound.withWavesSeconds)}${ratioText(makespanSeconds, lowerBound.withWavesSeconds)}`;
  return [...paragraph('makespan', text, width), ...paragraph('lower bound', bound, width)];
}

function figure(value: number | null): string {
  return value === null ? '-' : value.toFixed(1);
}

function sumOf(calls: Readonly<Record<string, number>>, service: string): number {
  return Object.entries(calls)
    .filter(([operation]) => operation.startsWith(`${service}:`))
    .reduce((sum, [, number]) => sum + number, 0);
}

/** What it cost: in all, per updated container instance, and what the incumbent would have called. */
function costRows(result: RolloutResult): readonly (readonly string[])[] {
  const { perUpdatedInstance: each, awsCalls, stateTransitions, dynamoDb } = result;
  const all = Object.values(awsCalls).reduce((sum, number) => sum + number, 0);
  const dynamoDbCalls = sumOf(awsCalls, 'dynamodb');
  const stepFunctionsCalls = sumOf(awsCalls, 'states');
  const other = all - dynamoDbCalls - stepFunctionsCalls;
  const row = (name: string, total: number, per: number | null, incumbent: number | null = 0) => {
    return [name, String(Math.round(total)), figure(per), figure(incumbent)];
  };
  return [
    ['cost', 'total', 'per updated', 'incumbent'],
    row('AWS calls', other, each.awsCalls, each.incumbentAwsCalls),
    row('Step Functions calls', stepFunctionsCalls, each.stepFunctionsCalls),
    row('DynamoDB calls', dynamoDbCalls, each.dynamoDbCalls),
    row('state transitions', stateTransitions, each.stateTransitions),
    row('DynamoDB read units', dynamoDb.readUnits, each.dynamoDbReadUnits),
    row('DynamoDB write units', dynamoDb.writeUnits, each.dynamoDbWriteUnits),
  ];
}

function costTable(result: RolloutResult, width: number): Line[] {
  const isNarrow = width < NARROW;
  const columnWidths = isNarrow ? [20, 7, 12] : [24, 9, 13, 11];
  const lines = costRows(result).map((texts, row): Line => {
    const text = columnWidths.map((columns, index) => {
      return fill(texts[index] ?? '', columns, index === 0 ? 'left' : 'right');
    });
    return [row === 0 ? { text: text.join(''), style: 'bold' } : text.join('')];
  });
  const { incumbentAwsCalls } = result.perUpdatedInstance;
  const rest = `${figure(incumbentAwsCalls)} AWS calls per updated container instance`;
  return [[], ...lines, ...(isNarrow ? paragraph('incumbent', rest, width) : [])];
}

function callLines({ awsCalls }: RolloutResult, width: number): Line[] {
  const calls = Object.entries(awsCalls)
    .sort(([, a], [, b]) => b - a)
    // A line must not end between an operation and its number.
    .map(([operation, number]) => `${operation}\u00a0${number}`);
  return paragraph('calls', calls.join(', '), width).map((line) =>
    line.map((span) => (typeof span === 'string' ? span.replaceAll('\u00a0', ' ') : span)),
  );
}

function endLines({ outcome, reason, counts }: RolloutResult, width: number): Line[] {
  const style = outcome === 'Succeeded' ? 'green' : outcome === 'Halted' ? 'yellow' : 'red';
  const numbers = Object.entries(counts).map(([name, number]) => `${number} ${name}`);
  const text = numbers.length > 0 ? `${numbers.join(', ')}; ${reason}` : reason;
  return paragraph(outcome, text, width, style);
}

/** @param width Columns; Infinity where nothing is cut. */
export function summaryLines(result: RolloutResult, width: number): Line[] {
  return [
    ...instanceTable(result, width),
    ...waveTable(result, width),
    ...driftLines(result, width),
    ...costTable(result, width),
    [],
    ...callLines(result, width),
    ...timeLines(result, width),
    ...endLines(result, width),
    ...paragraph('seed', String(result.seed), width),
  ];
}
