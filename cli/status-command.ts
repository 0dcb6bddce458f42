// `fleet status`: where a rollout stands.

import { findRolloutId, readView } from './aws/rollouts.ts';
import { EXIT_OK } from './exit-codes.ts';
import type { Which } from './region-options.ts';
import { statusOf } from './rollout-status.ts';
import { statusLines } from './status-lines.ts';
import { printLines } from './styled-text.ts';
import type { Surroundings } from './terminal.ts';

export async function status(
  { which, json }: { readonly which: Which; readonly json: boolean },
  surroundings: Surroundings,
): Promise<number> {
  const found = statusOf(await readView(await findRolloutId(which, 'last')));
  if (json) surroundings.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
  else printLines((width) => statusLines(found, width), surroundings);
  return EXIT_OK;
}
