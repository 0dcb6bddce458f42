// The command line of `npm run fuzz`.

import { parseArgs } from 'node:util';
import { UsageError } from '../../cli/usage-error.ts';
import { type CrashPoint, parseCrashPoint, STORIES, type Story } from './crash-points.ts';
import { SEEDED_BUGS, type SeededBug } from './seeded-bugs.ts';

export const HELP = `Usage: npm run fuzz -- [OPTION…]

  --seeds N        run so many seeds; 20 unless said
  --from K         beginning with this one; 1 unless said
  --crash-points   kill every function at every call it makes to AWS, once each
  --pairs N        kill so many random pairs of these points
  --alone          of crash points: after the first one only the sweep lives
  --story NAME     of crash points: ${STORIES.join(', ')}; all unless said
  --at POINT,…     replay these crash points of one story
  --bugs           break the product in every known way; count the seeds until it is noticed
  --bug NAME,…     only in these ways
  --certain-bugs   those that few seeds bring about, each in a case of its own
  --model          go through every state of the small models
  --keep-going     of seeds: do not stop at the first finding; crash points never do
  --verbose        tell every run as if it were a finding
  --help           this text

Exit codes: 0 nothing found; 1 something broke, a seeded bug was missed, or a replayed point was not reached; 2 bad input.
`;

const OPTIONS = {
  seeds: { type: 'string', default: '20' },
  from: { type: 'string', default: '1' },
  'crash-points': { type: 'boolean', default: false },
  pairs: { type: 'string' },
  alone: { type: 'boolean', default: false },
  story: { type: 'string' },
  at: { type: 'string' },
  bugs: { type: 'boolean', default: false },
  bug: { type: 'string' },
  'certain-bugs': { type: 'boolean', default: false },
  model: { type: 'boolean', default: false },
  'keep-going': { type: 'boolean', default: false },
  verbose: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Node words these for programmers, over two sentences; the first one names the option. */
function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    const [first = ''] = error instanceof Error ? error.message.split('. ') : [];
    throw new UsageError(`${first}; see npm run fuzz -- --help`);
  }
}

/** A run of none would find nothing, and look as if there were nothing. */
function count(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`option --${name}: found "${text}", expected a whole number from 1`);
}

function oneOf<T>(name: string, text: string, known: ReadonlyMap<string, T>): T {
  const found = known.get(text);
  if (found !== undefined) return found;
  const names = [...known.keys()].join(', ');
  throw new UsageError(`option --${name}: found "${text}", expected one of ${names}`);
}

const STORIES_BY_NAME: ReadonlyMap<string, Story> = new Map(STORIES.map((one) => [one, one]));
const BUGS_BY_NAME: ReadonlyMap<string, SeededBug> = new Map(
  SEEDED_BUGS.map((bug) => [bug.name, bug]),
);

/**
 * @param args What follows `npm run fuzz --`.
 * @throws {UsageError} Names the option, the value found and the value wanted.
 */
export function readOptions(args: readonly string[]) {
  const { seeds, from, pairs, story, at, bug, bugs, ...flags } = parsed(args);
  const points: readonly CrashPoint[] | undefined = at?.split(',').map(parseCrashPoint);
  return {
    ...flags,
    seeds: count('seeds', seeds),
    from: count('from', from),
    pairs: pairs === undefined ? undefined : count('pairs', pairs),
    stories: story === undefined ? STORIES : [oneOf('story', story, STORIES_BY_NAME)],
    points,
    bugs:
      bug?.split(',').map((name) => oneOf('bug', name, BUGS_BY_NAME)) ??
      (bugs ? SEEDED_BUGS : undefined),
  };
}
