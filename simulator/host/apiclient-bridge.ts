// Runs a script in the real bash of this machine against a simulated host, so that the simulated
// shell's answers can be checked.

import type { CommandResult } from './apiclient-output.ts';
import type { Host } from './host.ts';
import { RealBash } from './real-bash.ts';

/**
 * Runs `script` in real bash with `apiclient`, `sleep`, `date` and `timeout` of the simulated host,
 * and runs the host's virtual clock until it has ended. Nothing else may run the clock meanwhile.
 * What the script left in the background goes on when the clock is run further. Needs Linux, for it
 * looks into /proc.
 */
export async function runInRealBash(
  host: Host,
  script: string,
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  let done = false;
  const ended = new RealBash(host).run(script, env).finally(() => {
    done = true;
  });
  const why = await host.clock.run(() => done);
  if (!done) throw new Error(`Cannot finish the script: the clock stopped (${why})`);
  return ended;
}
