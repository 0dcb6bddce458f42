// `npm run fuzz`: runs the whole product in the simulator by seeds or by crash points, and tells how to replay a finding.

import { UsageError } from '../../cli/usage-error.ts';
import { Random } from '../../simulator/kernel/random.ts';
import { CERTAIN } from './certain-cases.ts';
import { type CrashPoint, crashPointsOf, crashText, runCrash, type Story } from './crash-points.ts';
import { drawCase } from './draw-case.ts';
import { pick } from './draw-fleet.ts';
import { huntBug, showBug } from './hunt-bugs.ts';
import { explore, type Model } from './model/explore.ts';
import { HELP, readOptions } from './options.ts';
import { type CaseRun, runCase } from './run-case.ts';
import { SEEDED_BUGS, type SeededBug } from './seeded-bugs.ts';
import { storyOf } from './story.ts';

const EXIT_BAD_INPUT = 2;

/** Ends the process with one line when they are no good. */
function givenOptions() {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`fuzz: ${error.message}\n`);
    process.exit(EXIT_BAD_INPUT);
  }
}

const options = givenOptions();
const { seeds, from } = options;

let runs = 0;
let broken = 0;
let simulatedSeconds = 0;
let events = 0;
const struck = new Map<string, number>();
const brokenNames: string[] = [];

/** @returns False when it is time to stop. */
function report(name: string, run: CaseRun, replay: string): boolean {
  runs++;
  simulatedSeconds += run.simulatedSeconds;
  events += run.events;
  for (const [fault, times] of run.struck) struck.set(fault, (struck.get(fault) ?? 0) + times);
  const isBroken = run.findings.length > 0;
  if (isBroken) {
    broken++;
    brokenNames.push(
      `${name}: ${run.findings.map(({ invariant, what }) => `${invariant}: ${what}`).join('; ')}`,
    );
  }
  if (isBroken || options.verbose) console.log(storyOf(run, replay));
  const minutes = Math.round(run.simulatedSeconds / 60);
  const verdict = isBroken ? 'BROKEN' : 'ok';
  console.log(`${verdict} ${name}: ${run.endings.join(', ')}; ${minutes} simulated minutes`);
  return !isBroken || options['keep-going'];
}

async function fuzzSeeds(): Promise<void> {
  for (let seed = from; seed < from + seeds; seed++) {
    const run = await runCase(drawCase(seed));
    if (!report(`seed ${seed}`, run, `--from ${seed} --seeds 1 --verbose`)) return;
  }
}

async function crash(story: Story, points: readonly CrashPoint[]): Promise<void> {
  const { alone } = options;
  const run = await runCrash({ story, points, alone });
  const text = points.map(crashText).join(',');
  const replay = `--story ${story} --at ${text}${alone ? ' --alone' : ''} --verbose`;
  const name = `${story} ${text} (${run.killed} killed)`;
  report(name, run, replay);
  if (options.points === undefined || run.killed > 0) return;
  // Whoever replays a finding must not take for repaired what was never tried.
  broken++;
  brokenNames.push(`${name}: no function came to this point`);
}

/** Goes on after a finding: which other points break says most about why. */
async function crashAll(story: Story): Promise<void> {
  const all = await crashPointsOf(story);
  if (options.pairs === undefined) {
    for (const point of all) await crash(story, [point]);
    return;
  }
  const random = new Random(from).stream('fuzz.pairs');
  for (let count = 0; count < options.pairs; count++) {
    await crash(story, [pick(random, all), pick(random, all)]);
  }
}

async function crashStories(): Promise<void> {
  const { points, stories } = options;
  const [first] = stories;
  if (points !== undefined && first !== undefined) {
    await crash(first, points);
    return;
  }
  for (const story of stories) await crashAll(story);
}

/** Bugs that few seeds bring about, each in a case of its own. */
async function showBugs(): Promise<void> {
  for (const bug of SEEDED_BUGS.filter(({ name }) => CERTAIN.includes(name))) {
    const { findings } = await showBug(bug);
    runs++;
    if (findings.length === 0) broken++;
    const [first] = findings;
    console.log(`${bug.name}: ${first ? `${first.invariant}: ${first.what}` : 'MISSED'}`);
  }
}

/** The harness is what is tested here: a bug that it does not notice is its failure. */
async function huntBugs(bugs: readonly SeededBug[]): Promise<void> {
  const needed: number[] = [];
  for (const bug of bugs) {
    const { caught, seeds: used } = await huntBug(bug, from, seeds);
    runs += used;
    if (caught) needed.push(used);
    else broken++;
    const { invariant = '', what = '' } = caught?.findings[0] ?? {};
    const how = caught
      ? `${used} seeds; ${invariant} at seed ${caught.drawn.seed}: ${what}`
      : `MISSED by ${used} seeds`;
    console.log(`${bug.name}: ${how}`);
    if (caught && options.verbose) console.log(storyOf(caught, `--bug ${bug.name} --verbose`));
  }
  needed.sort((one, other) => one - other);
  const median = needed[Math.floor(needed.length / 2)];
  console.log(
    `${needed.length} of ${bugs.length} caught; seeds needed ${needed.join(' ')}, median ${median}`,
  );
}

/** The sizes that end within minutes and a few gigabytes. */
const MODELS: readonly Model[] = [
  { containerInstances: 1, budget: 1, crashes: 2, meddlings: 1 },
  { containerInstances: 2, budget: 1, crashes: 1, meddlings: 0 },
  { containerInstances: 3, budget: 1, crashes: 1, meddlings: 0 },
  { containerInstances: 2, budget: 2, crashes: 2, meddlings: 1, isKind: true },
  { containerInstances: 3, budget: 2, crashes: 2, meddlings: 0, isKind: true },
];

function runModels(): void {
  for (const model of MODELS) {
    const { states, transitions, instanceStates, ends, violations } = explore(model);
    runs++;
    if (violations.length > 0) broken++;
    for (const violation of violations) console.log(`BROKEN ${violation}`);
    console.log(
      `${JSON.stringify(model)}: ${states} states (${instanceStates} of one container instance), ${transitions} transitions, ${ends} ends`,
    );
  }
}

async function main(): Promise<void> {
  if (options.model) {
    runModels();
  } else if (options['certain-bugs']) {
    await showBugs();
  } else if (options.bugs !== undefined) {
    await huntBugs(options.bugs);
  } else if (
    options['crash-points'] ||
    options.pairs !== undefined ||
    options.points !== undefined
  ) {
    await crashStories();
  } else {
    await fuzzSeeds();
  }
  const { user } = process.cpuUsage();
  const strikes = [...struck].sort().map(([name, times]) => `${name} ${times}`);
  if (strikes.length > 0) console.log(`faults ${strikes.join(', ')}`);
  const hours = Math.round(simulatedSeconds / 3600);
  for (const line of brokenNames) console.log(`BROKEN ${line}`);
  console.log(
    `${runs} runs, ${broken} broken; ${events} events in ${hours} simulated hours, ${Math.round(user / 1e6)} seconds of CPU`,
  );
  process.exitCode = broken > 0 ? 1 : 0;
}

if (options.help) process.stdout.write(HELP);
else await main();
