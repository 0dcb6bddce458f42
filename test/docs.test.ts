// The documents against the code: tables made from it, examples it accepts, names and files that exist.
//
// A table that is out of date is written anew by `UPDATE_DOCS=1 npx vitest run test/docs.test.ts`.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { parseCommandLine } from '../cli/command-line.ts';
import { EXIT_OF_ENDING } from '../cli/exit-codes.ts';
import { HELP } from '../cli/help.ts';
import { deployProduct } from '../cli/product.ts';
import { REGION_OPTIONS } from '../cli/region-options.ts';
import { OUTCOMES } from '../functions/core/outcome.ts';
import { policySchema } from '../functions/core/policy.ts';
import { readPolicy } from '../functions/core/read-policy.ts';
import { worstCaseSeconds } from '../functions/core/window.ts';
import { FUNCTIONS } from '../infra/functions.ts';
import { EVENT_BUS_NAME, functionName, PREFIX, TABLE_NAME } from '../infra/names.ts';
import { fleetTemplate } from '../infra/template.ts';
import { CATALOGUE, type Injector } from '../simulator/faults/catalogue.ts';
import { described } from '../simulator/faults/parameters.ts';
import { parseFaults } from '../simulator/fleet-file/fault-file.ts';
import { parseFleet } from '../simulator/fleet-file/parse-fleet.ts';
import { createRegion } from '../simulator/region.ts';
import { allInvariants } from './fuzz/invariants/all.ts';
import { HELP as FUZZ_HELP } from './fuzz/options.ts';
import { SEEDED_BUGS } from './fuzz/seeded-bugs.ts';

const ROOT = new URL('../', import.meta.url);
const DOCUMENTS = [
  'README.md',
  'docs/ARCHITECTURE.md',
  'docs/GLOSSARY.md',
  'docs/OPERATIONS.md',
  'docs/POLICY.md',
  'docs/SECURITY.md',
  'docs/TESTING.md',
  'simulator/SUPPORT.md',
];

function read(file: string): string {
  return readFileSync(new URL(file, ROOT), 'utf8');
}

/** Texts of the fenced blocks of one language. */
function fenced(file: string, language: string): string[] {
  const block = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return [...read(file).matchAll(block)].map(([, text = '']) => text);
}

/** Cells of a table's rows; a bar or an angle bracket inside of one is escaped. */
function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => {
    return `| ${cells.map((cell) => cell.replaceAll(/(?<!\\)([|<])/g, '\\$1')).join(' | ')} |`;
  };
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The part of JSON Schema that zod writes. */
interface JsonSchema {
  readonly type?: string;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly propertyNames?: JsonSchema;
  readonly additionalProperties?: JsonSchema | false;
  readonly required?: readonly string[];
}

interface PolicyKey {
  readonly path: string;
  readonly schema: JsonSchema;
}

const policyJson = z.toJSONSchema(policySchema, { io: 'input' }) as unknown as JsonSchema;

/** Every key that holds a value, in the order of the schema; `waves.sizes` and so on. */
function policyKeys(schema: JsonSchema = policyJson, path: readonly string[] = []): PolicyKey[] {
  if (!schema.properties) return [{ path: path.join('.'), schema }];
  return Object.entries(schema.properties).flatMap(([key, member]) =>
    policyKeys(member, [...path, key]),
  );
}

/** What a key's comment in policy.ts says, in one line. */
function meanings(): ReadonlyMap<string, string> {
  const text = read('functions/core/policy.ts');
  const found = /^(?:export )?const (\w+) = z|^ {2}\/\*\*([\s\S]*?)\*\/\n {2}(\w+)[:,]/gm;
  const result = new Map<string, string>();
  let section = '';
  for (const [, name, comment = '', key = ''] of text.matchAll(found)) {
    if (name !== undefined) section = name === 'policySchema' ? '' : `${name}.`;
    else result.set(section + key, comment.replaceAll(/\s*\n\s*\* ?/g, ' ').trim());
  }
  return result;
}

/** By the end of a key's name; the first that matches. */
const UNITS: readonly (readonly [RegExp, string])[] = [
  [/Seconds$/, 'seconds'],
  [/Minutes$/, 'minutes'],
  [/Hours$/, 'hours'],
  [/Percent$/, 'percent'],
  [/Releases$/, 'releases'],
  [/^waves\.canaryCount$|^failureBudget$/, 'container instances'],
];

function unitOf({ path, schema }: PolicyKey): string {
  const numbers = [schema, ...(schema.anyOf ?? []), ...(schema.items?.anyOf ?? [])];
  if (!numbers.some(({ type }) => type === 'integer' || type === 'number')) return '';
  if (numbers.length > 1) return 'container instances, or percent';
  const unit = UNITS.find(([name]) => name.test(path))?.[1];
  if (unit === undefined) throw new Error(`Say in UNITS what ${path} counts`);
  return unit;
}

/** Patterns in words; any other is shown as it is. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/%\$$/, '`1%` to `100%`'],
  [/\\d\{1,5\}\\\./, 'a version such as `1.65.0`'],
  [/:cluster/, 'name or ARN'],
  [/^\^\[A-Za-z0-9:_-\]\{1,170\}\$$/, 'name or ARN'],
];

function count(value: number | undefined): string {
  return (value ?? 0).toLocaleString('en-US');
}

function textRange({ pattern, minLength, maxLength }: JsonSchema): string {
  if (pattern === undefined) return `${count(minLength)} to ${count(maxLength)} characters`;
  return PATTERNS.find(([known]) => known.test(pattern))?.[1] ?? `\`${pattern}\``;
}

function listRange({ minItems, maxItems, items = {} }: JsonSchema): string {
  const { properties } = items;
  const each = properties
    ? Object.entries(properties).map(([key, member]) => `\`${key}\` ${rangeOf(member)}`)
    : [rangeOf(items)];
  return `${count(minItems)} to ${count(maxItems)} of: ${each.join(', ')}`;
}

/** What is accepted, in words. */
function rangeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.anyOf) return schema.anyOf.map(rangeOf).join(', or ');
  switch (schema.type) {
    case 'boolean':
      return '`true`, `false`';
    case 'integer':
      return `${count(schema.minimum)} to ${count(schema.maximum)}`;
    case 'number':
      return `${count(schema.minimum)} to ${count(schema.maximum)}, fractions too`;
    case 'array':
      return listRange(schema);
    case 'object':
      return 'an object of texts';
    default:
      return textRange(schema);
  }
}

function defaultOf({ path, schema }: PolicyKey): string {
  if (policyJson.required?.includes(path)) return 'must be given';
  return schema.default === undefined ? 'none' : `\`${JSON.stringify(schema.default)}\``;
}

function renderPolicy(): string {
  const meaning = meanings();
  const rows = policyKeys().map((key) => [
    `\`${key.path}\``,
    unitOf(key),
    defaultOf(key),
    rangeOf(key.schema),
    meaning.get(key.path) ?? '',
  ]);
  return table(['key', 'unit', 'default', 'accepted', 'meaning'], rows);
}

function parametersOf({ parameters = {} }: Injector): string {
  const entries = Object.entries(parameters);
  return entries.map(([name, one]) => `\`${name}\`: ${described(one)}`).join('; ');
}

/** One row per name; a fault without one says where it comes from instead. */
function renderFaults(): string {
  const rows = CATALOGUE.flatMap(({ number, what, injectors, without = '' }) => {
    if (injectors.length === 0) return [[`F${number}`, what, '', '', '', without]];
    return injectors.map((injector, index) => [
      `F${number}`,
      index === 0 ? what : 'The same.',
      `\`${injector.name}\``,
      injector.subject + (injector.needsSubject ? ' (must be given)' : ''),
      injector.strikes ?? 'occasion',
      parametersOf(injector),
    ]);
  });
  return table(['fault', 'what happens', 'name', 'subject', 'strikes', 'parameters'], rows);
}

function renderOperations(): string {
  const services = Object.values(createRegion().services);
  const rows = services
    .map(({ id, operations }) => [`\`${id}\``, [...operations].sort().join(', ')])
    .sort(([a = ''], [b = '']) => a.localeCompare(b));
  return table(['signing name', 'operations'], rows);
}

function renderHelp(help = HELP): string {
  return `\`\`\`text\n${help}\`\`\``;
}

function renderInvariants(): string {
  const rows = allInvariants().map(({ id, holds }) => [`\`${id}\``, holds]);
  return table(['invariant', 'what holds'], rows);
}

function renderSeededBugs(): string {
  const rows = SEEDED_BUGS.map(({ name, what }) => [`\`${name}\``, what]);
  return table(['bug', 'what the updater would do'], rows);
}

/** Some lines of the transcript of `npm start -- --plain`: the rollout, one container instance, the sums. */
function renderDemo(): string {
  const lines = read('test/scenarios/demo.golden').split('\n');
  const drained = lines.find((line) => line.includes(' draining, ')) ?? '';
  const ec2InstanceId = /i-[0-9a-f]{17}/.exec(drained)?.[0] ?? 'none';
  const wanted = / prod +(took stock|planned|wave|downloading|evaluated|its execution)/;
  const story = lines.filter(
    (line) => wanted.test(line) || (line.startsWith('20') && line.includes(ec2InstanceId)),
  );
  const sums = lines.filter((line) => /^(wave |\d+ |makespan|lower bound|Succeeded)/.test(line));
  return ['```text', ...story, '', ...sums, '```'].join('\n');
}

/** What stands between two comments of a document is made from the code. */
const GENERATED = [
  ['docs/POLICY.md', 'policy', renderPolicy],
  ['simulator/SUPPORT.md', 'operations', renderOperations],
  ['simulator/SUPPORT.md', 'faults', renderFaults],
  ['README.md', 'demo', renderDemo],
  ['README.md', 'help', () => renderHelp()],
  ['docs/TESTING.md', 'fuzz', () => renderHelp(FUZZ_HELP)],
  ['docs/TESTING.md', 'invariants', renderInvariants],
  ['docs/TESTING.md', 'seeded-bugs', renderSeededBugs],
] as const;

function generatedPart(
  file: string,
  name: string,
): { before: string; part: string; after: string } {
  const [before = '', rest = ''] = read(file).split(`<!-- made from the code: ${name} -->\n`);
  const end = rest.indexOf('\n<!-- end -->');
  return { before, part: rest.slice(0, end), after: rest.slice(end) };
}

describe('generated parts', () => {
  it.each(GENERATED)('%s has the present %s', (file, name, render) => {
    if (process.env.UPDATE_DOCS !== undefined) {
      const { before, after } = generatedPart(file, name);
      const mark = `<!-- made from the code: ${name} -->\n`;
      writeFileSync(new URL(file, ROOT), before + mark + render() + after);
    }
    expect(generatedPart(file, name).part).toBe(render());
  });

  it('every key of the policy has a meaning', () => {
    const known = meanings();
    expect(policyKeys().filter(({ path }) => !known.get(path))).toEqual([]);
  });

  it('the defaults are those that readPolicy() fills in', () => {
    const { policy } = readPolicy([{ cluster: 'prod' }]);
    for (const { path, schema } of policyKeys()) {
      const found = path.split('.').reduce<unknown>((value, key) => {
        return (value as Record<string, unknown>)[key];
      }, policy);
      expect([path, found]).toEqual([path, path === 'cluster' ? 'prod' : schema.default]);
    }
  });
});

describe('figures', () => {
  it('POLICY.md has the worst case that worstCaseSeconds() has', () => {
    const { policy } = readPolicy([{ cluster: 'prod' }]);
    const minutes = Math.ceil(worstCaseSeconds(policy) / 60);
    expect(read('docs/POLICY.md').replaceAll('\n', ' ')).toContain(`that is ${minutes} minutes`);
  });
});

describe('examples', () => {
  it('the fleet file and the fault file of SUPPORT.md are accepted', () => {
    const [fleet = '', ...faultFiles] = fenced('simulator/SUPPORT.md', 'json');
    expect(parseFleet(fleet, 'SUPPORT.md').hosts).toHaveLength(2);
    expect(faultFiles.length).toBe(3);
    for (const faults of faultFiles) {
      expect(parseFaults(faults, 'SUPPORT.md').length).toBeGreaterThan(0);
    }
  });

  it.each(['docs/POLICY.md', 'docs/OPERATIONS.md', 'README.md'])(
    'every JSON block of %s is a policy that readPolicy() accepts',
    (file) => {
      for (const text of fenced(file, 'json')) {
        expect(() => readPolicy([{ cluster: 'prod' }, JSON.parse(text)])).not.toThrow();
      }
    },
  );

  it.each(['docs/OPERATIONS.md', 'README.md', 'simulator/SUPPORT.md'])(
    'every command of %s is one that fleet accepts',
    (file) => {
      const code = [
        ...fenced(file, 'sh'),
        ...[...read(file).matchAll(/`([^`\n]+)`/g)].map(([, c]) => c),
      ];
      const commands = code
        .flatMap((text = '') => text.split('\n'))
        .filter((line) => /^fleet \w+ --/.test(line))
        .map((line) =>
          line
            .replace(/\s+[#>].*$/, '')
            .split(' ')
            .slice(1),
        );
      expect(commands.length).toBeGreaterThan(0);
      for (const args of commands) {
        expect(() =>
          parseCommandLine(args.map((one) => (one === 'ID' ? 'id' : one))),
        ).not.toThrow();
      }
    },
  );

  it('OPERATIONS.md shows every command of a region but snapshot', () => {
    const shown = new Set(
      [...read('docs/OPERATIONS.md').matchAll(/^fleet (\w+) /gm)].map(([, name = '']) => name),
    );
    const wanted = Object.keys(REGION_OPTIONS).filter((name) => name !== 'snapshot');
    expect(wanted.filter((name) => !shown.has(name))).toEqual([]);
  });

  it('control-rollout accepts every payload of OPERATIONS.md', async () => {
    const shown = [...read('docs/OPERATIONS.md').matchAll(/'(\{"action": [^']+\})'/g)];
    const payloads = shown.map(([, text = '']) => JSON.parse(text) as { action: string });
    expect(payloads.length).toBeGreaterThan(0);
    const region = createRegion();
    await deployProduct(region);
    for (const payload of payloads) {
      const name = functionName('control-rollout');
      const result = await region.finish(region.kernel.invokeFunction(name, payload));
      // There is no such rollout here; a payload of the wrong shape would be BadInput.
      const error = result.ok ? '' : result.errorMessage;
      expect(error).toMatch(/^$|there is no record of it/);
    }
    await region.close();
  });
});

/** Words in the first column of the tables of a document. */
function firstColumn(file: string): Set<string> {
  return new Set([...read(file).matchAll(/^\| `([^`]+)` \|/gm)].map(([, word = '']) => word));
}

/** Codes that the core and the handlers give to what they pass over. */
function codesInUse(): string[] {
  const folders = ['functions', 'functions/core', 'functions/aws', 'functions/aws/looks'];
  const sources = folders.flatMap((folder) =>
    readdirSync(new URL(folder, ROOT))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => read(`${folder}/${file}`)),
  );
  const code = /(?:skipped|skip)\(\s*'([A-Z]\w+)'|\bcode: '([A-Z]\w+)'/g;
  const found = sources.flatMap((text) => [...text.matchAll(code)].map(([, a, b]) => a ?? b ?? ''));
  // Where an instance stands before anything is said about it.
  const passing = ['Discovered', 'Checked', 'Selected'];
  return [...new Set(found)].filter((one) => !passing.includes(one)).sort();
}

describe('completeness', () => {
  it('OPERATIONS.md says what to do for every outcome and ending', () => {
    const words = firstColumn('docs/OPERATIONS.md');
    const wanted = [...OUTCOMES, ...Object.keys(EXIT_OF_ENDING)];
    expect(wanted.filter((word) => !words.has(word))).toEqual([]);
  });

  it('OPERATIONS.md explains every code', () => {
    const words = firstColumn('docs/OPERATIONS.md');
    const codes = codesInUse();
    expect(codes.length).toBeGreaterThan(10);
    expect(codes.filter((code) => !words.has(code))).toEqual([]);
  });
});

describe('SECURITY.md', () => {
  const cited = [
    ...read('docs/SECURITY.md').matchAll(/\[\w+\]\(\.\.\/(test\/[^)]+)\): ([^|]+) \|/g),
  ].map(([, file = '', words = '']) => [file, words] as const);

  it('names a test for every abuse that something answers', () => {
    const rows = read('docs/SECURITY.md').split('## Abuse')[1]!.split('\n## ')[0]!;
    const without = rows.split('\n').filter((line) => /^\| [a-z].*\| +\|$/.test(line));
    expect(without.map((line) => line.split('|')[1]!.trim())).toEqual([
      'clicks a forged button in Slack',
    ]);
    expect(cited.length).toBeGreaterThan(10);
  });

  it.each(cited)('%s has it: %s', (file, words) => {
    expect(read(file)).toContain(words);
  });
});

describe('names', () => {
  const machines = ['roll-out-cluster', 'run-wave', 'update-container-instance'];
  const known = new Set([
    TABLE_NAME,
    EVENT_BUS_NAME,
    `${PREFIX}-updater`,
    // What the template names: queue, schedule, alarms, …
    ...(JSON.stringify(fleetTemplate()).match(new RegExp(`${PREFIX}-[a-z-]*[a-z]`, 'g')) ?? []),
    // One for each fleet, by its cluster.
    `${PREFIX}-update-overdue`,
    ...FUNCTIONS.map(({ file }) => functionName(file)),
    ...machines.map((machine) => `${PREFIX}-${machine}`),
  ]);

  it.each(DOCUMENTS)('%s names nothing of the stack that is not there', (file) => {
    const named = read(file).match(/\bbottlerocket-fleet-[a-z-]*[a-z]/g) ?? [];
    expect([...new Set(named)].filter((name) => !known.has(name))).toEqual([]);
  });

  it.each(DOCUMENTS)('%s links to files that exist', (file) => {
    const links = [...read(file).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(
      ([, link = '']) => link,
    );
    const targets = links.map((link) => posix.join(posix.dirname(file), link));
    expect(targets.filter((target) => !existsSync(new URL(target, ROOT)))).toEqual([]);
  });
});
