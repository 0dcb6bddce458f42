// `fleet snapshot`: prints a cluster as a fleet file, and says what it could not know.

import { FleetFileError } from '../simulator/fleet-file/fleet-file-error.ts';
import { parseFleet } from '../simulator/fleet-file/parse-fleet.ts';
import { createRegion } from '../simulator/region.ts';
import { asking } from './aws/asking.ts';
import { readCluster } from './aws/read-cluster.ts';
import { EXIT_OK, EXIT_REFUSED } from './exit-codes.ts';
import { snapshotFleet } from './snapshot-fleet.ts';
import { snapshotNotes } from './snapshot-notes.ts';
import type { Surroundings } from './terminal.ts';
import { printable } from './text-width.ts';

/** What the simulator would not take, in its own words; a real cluster can be what it does not model. */
function refusal(text: string): string | undefined {
  try {
    createRegion({ fleet: parseFleet(text, 'the snapshot') });
    return undefined;
  } catch (error) {
    if (error instanceof FleetFileError) return error.message;
    throw error;
  }
}

/** @returns The exit code: 0 for a file that `fleet simulate` takes. */
export async function snapshot(
  { cluster, to }: { readonly cluster: string; readonly to: string },
  { stdout, stderr }: Surroundings,
): Promise<number> {
  const seen = await asking(`read cluster ${cluster}`, () => readCluster(cluster));
  const text = `${JSON.stringify(snapshotFleet(seen, to, Date.now()), undefined, 2)}\n`;
  stdout.write(text);
  const notes = snapshotNotes(seen, to).map((note) => `  - ${printable(note)}\n`);
  stderr.write(
    `What AWS does not tell is taken as follows; change the file where you know better:\n`,
  );
  stderr.write(notes.join(''));
  const why = refusal(text);
  if (why === undefined) return EXIT_OK;
  stderr.write(`fleet: simulate will not take this file: ${printable(why)}; mend it there\n`);
  return EXIT_REFUSED;
}
