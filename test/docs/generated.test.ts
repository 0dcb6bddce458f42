// The parts of the documents that are made from the code: each is the present one.
//
// A part that is out of date is written anew by `UPDATE_DOCS=1 npx vitest run test/docs`.

import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HELP } from '../../cli/help.ts';
import { readPolicy } from '../../functions/core/read-policy.ts';
import { CATALOGUE, type Injector } from '../../simulator/faults/catalogue.ts';
import { described } from '../../simulator/faults/parameters.ts';
import { createRegion } from '../../simulator/region.ts';
import { allInvariants } from '../fuzz/invariants/all.ts';
import { HELP as FUZZ_HELP } from '../fuzz/options.ts';
import { SEEDED_BUGS } from '../fuzz/seeded-bugs.ts';
import { ROOT, read } from './documents.ts';
import { table } from './markdown-table.ts';
import { meanings, policyKeys, renderPolicy } from './policy-table.ts';

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
