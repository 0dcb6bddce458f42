// The command line of `npm run fuzz`.

import { parseArgs } from 'node:util';
import { STORIES } from './crash-points.ts';

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

Exit codes: 0 nothing found, 1 something broke, or a seeded bug was missed.
`;

/** @throws {TypeError} Names an option that it does not know. */
export function readOptions() {
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
      'certain-bugs': { type: 'boolean', default: false },
      model: { type: 'boolean', default: false },
      'keep-going': { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}
