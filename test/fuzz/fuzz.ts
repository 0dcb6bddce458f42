// `npm run fuzz`: runs the whole product in the simulator by seeds or by crash points, and tells how to replay a finding.

import { parseArgs } from 'node:util';
import { Random } from '../../simulator/kernel/random.ts';
import {
  type CrashPoint,
  crashPointsOf,
  crashText,
  parseCrashPoint,
  runCrash,
  STORIES,
  type Story,
} from './crash-points.ts';
import { drawCase } from './draw-case.ts';
import { pick } from './draw-fleet.ts';
import { huntBug } from './hunt-bugs.ts';
import { type CaseRun, runCase } from './run-case.ts';
import { SEEDED_BUGS, type SeededBug } from './seeded-bugs.ts';
import { storyOf } from './story.ts';

const HELP = `Usage: npm run fuzz -- [OPTION…]

  --seeds N        run so many seeds (20 unless said)
  --from K         beginning with this one (1 unless said)
  --crash-points   kill every function at every call it makes to AWS, once each
  --pairs N        so many random pairs of crash points instead
  --alone          from the first crash on only the sweep lives
  --story NAME     of crash points: ${STORIES.join(', ')}; all unless said
  --at POINT,…     replay these crash points of one story
  --bugs           break the product in every known way, and count the seeds until it is noticed
  --bug NAME       only in this way; --seeds at most
  --keep-going     do not stop at the first finding
  --verbose        tell every run as if it were a finding`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    from: { type: 'string', default: '1' },
    'crash-points': { type: 'boolean', default: false },
    pairs: { type: 'string' },
    alone: { type: 'boolean', default: false },
    story: { type: 'string' },
    at: { type: 'string' },
    bugs: { type: 'boolean', default: false },
    bug: { type: 'string' },
    'keep-going': { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

let runs = 0;
let broken = 0;
let simulatedSeconds = 0;
let events = 0;
const struck = new Map<string, number>();

/** @returns False when it is time to stop. */
function report(name: string, run: CaseRun, replay: string): boolean {
  runs++;
  simulatedSeconds += run.simulatedSeconds;
  events += run.events;
  for (const [fault, times] of run.struck) struck.set(fault, (struck.get(fault) ?? 0) + times);
  const isBroken = run.findings.length > 0;
  if (isBroken) broken++;
  if (isBroken || values.verbose) {
    console.log(storyOf(run, replay));
  }
  const minutes = Math.round(run.simulatedSeconds / 60);
  console.log(
    `${isBroken ? 'BROKEN' : 'ok'} ${name}: ${run.endings.join(', ')}; ${minutes} minutes`,
  );
  return !isBroken || values['keep-going'];
}

async function fuzzSeeds(): Promise<void> {
  const from = Number(values.from);
  for (let seed = from; seed < from + Number(values.seeds); seed++) {
    const run = await runCase(drawCase(seed));
    if (!report(`seed ${seed}`, run, `--from ${seed} --seeds 1 --verbose`)) return;
  }
}

async function crash(story: Story, points: readonly CrashPoint[]): Promise<boolean> {
  const { alone } = values;
  const run = await runCrash({ story, points, alone });
  const text = points.map(crashText).join(',');
  const replay = `--story ${story} --at ${text}${alone ? ' --alone' : ''} --verbose`;
  return report(`${story} ${text} (${run.killed} killed)`, run, replay);
}

async function crashAll(story: Story): Promise<boolean> {
  const all = await crashPointsOf(story);
  if (values.pairs === undefined) {
    for (const point of all) if (!(await crash(story, [point]))) return false;
    return true;
  }
  const random = new Random(Number(values.from)).stream('fuzz.pairs');
  for (let count = 0; count < Number(values.pairs); count++) {
    if (!(await crash(story, [pick(random, all), pick(random, all)]))) return false;
  }
  return true;
}

/** The harness is what is tested here: a bug that it does not notice is its failure. */
async function huntBugs(bugs: readonly SeededBug[]): Promise<void> {
  const needed: number[] = [];
  for (const bug of bugs) {
    const { caught, seeds } = await huntBug(bug, Number(values.from), Number(values.seeds));
    runs += seeds;
    if (caught) needed.push(seeds);
    else broken++;
    const { invariant = '', what = '' } = caught?.findings[0] ?? {};
    const how = caught ? `caught by seed ${caught.drawn.seed}, ${invariant}: ${what}` : 'MISSED';
    console.log(`${bug.name}: ${how}`);
    if (caught && values.verbose) console.log(storyOf(caught, `--bug ${bug.name}`));
  }
  needed.sort((one, other) => one - other);
  console.log(
    `${needed.length} of ${bugs.length} caught; seeds needed: ${needed.join(' ')}; median ${needed[Math.floor(needed.length / 2)]}`,
  );
}

async function main(): Promise<void> {
  const stories = STORIES.filter((one) => values.story === undefined || values.story === one);
  if (stories.length === 0)
    throw new Error(`--story ${values.story} is none of ${STORIES.join(', ')}`);
  if (values.bugs || values.bug !== undefined) {
    await huntBugs(
      SEEDED_BUGS.filter(({ name }) => values.bug === undefined || values.bug === name),
    );
  } else if (values.at !== undefined) {
    await crash(stories[0] ?? 'updated', values.at.split(',').map(parseCrashPoint));
  } else if (values['crash-points'] || values.pairs !== undefined) {
    for (const story of stories) if (!(await crashAll(story))) break;
  } else {
    await fuzzSeeds();
  }
}

if (values.help) console.log(HELP);
else {
  await main();
  const { user } = process.cpuUsage();
  const strikes = [...struck].sort().map(([name, times]) => `${name} ${times}`);
  if (strikes.length > 0) console.log(`faults ${strikes.join(', ')}`);
  console.log(
    `${runs} runs, ${broken} broken; ${events} events in ${Math.round(simulatedSeconds / 3600)} simulated hours, ${Math.round(user / 1e6)} seconds of CPU`,
  );
  process.exitCode = broken > 0 ? 1 : 0;
}
