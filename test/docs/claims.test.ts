// What the documents claim: figures, examples that are accepted, tests they cite, names and files that exist.

import { existsSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../cli/command-line.ts';
import { EXIT_OF_ENDING } from '../../cli/exit-codes.ts';
import { deployProduct } from '../../cli/product.ts';
import { REGION_OPTIONS } from '../../cli/region-options.ts';
import { OUTCOMES } from '../../functions/core/outcome.ts';
import { readPolicy } from '../../functions/core/read-policy.ts';
import { worstCaseSeconds } from '../../functions/core/window.ts';
import { FUNCTIONS } from '../../infra/functions.ts';
import { EVENT_BUS_NAME, functionName, PREFIX, TABLE_NAME } from '../../infra/names.ts';
import { fleetTemplate } from '../../infra/template.ts';
import { parseFaults } from '../../simulator/fleet-file/fault-file.ts';
import { parseFleet } from '../../simulator/fleet-file/parse-fleet.ts';
import { createRegion } from '../../simulator/region.ts';
import { fenced, ROOT, read } from './documents.ts';

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
