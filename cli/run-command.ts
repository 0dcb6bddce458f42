// Runs one command line of `fleet` and says what is wrong with it, if anything is.

import { RegionError } from './aws/region-error.ts';
import { parseCommandLine } from './command-line.ts';
import { EXIT_BAD_INPUT, EXIT_OK, EXIT_REFUSED } from './exit-codes.ts';
import { HELP } from './help.ts';
import type { Surroundings } from './terminal.ts';
import { printable } from './text-width.ts';
import { UsageError } from './usage-error.ts';

async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const command = parseCommandLine(args);
  switch (command.name) {
    case 'help':
      surroundings.stdout.write(HELP);
      return EXIT_OK;
    case 'simulate': {
      const { simulate } = await import('./simulate.ts');
      return simulate(command.options, surroundings);
    }
    default: {
      const { runInRegion } = await import('./region-command.ts');
      return runInRegion(command, surroundings);
    }
  }
}

/**
 * @param args What follows `fleet`.
 * @returns The exit code.
 */
export async function runCommand(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  try {
    return await run(args, surroundings);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof RegionError)) throw error;
    surroundings.stderr.write(`fleet: ${printable(error.message)}\n`);
    return error instanceof UsageError ? EXIT_BAD_INPUT : EXIT_REFUSED;
  }
}
