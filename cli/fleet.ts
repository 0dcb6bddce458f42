// The command line `fleet`.

import { HELP, parseCommandLine } from './command-line.ts';
import { EXIT_BAD_INPUT, EXIT_OK } from './exit-codes.ts';
import { collectEarly } from './heap.ts';
import { simulate } from './simulate.ts';
import { endQuietlyOnClosedPipe, type Surroundings } from './terminal.ts';
import { printable } from './text-width.ts';
import { UsageError } from './usage-error.ts';

async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const command = parseCommandLine(args);
  if (command.name === 'simulate') return simulate(command.options, surroundings);
  surroundings.stdout.write(HELP);
  return EXIT_OK;
}

endQuietlyOnClosedPipe(process.stdout);
collectEarly();
try {
  const { stdout, stderr, env: environment } = process;
  process.exitCode = await run(process.argv.slice(2), { stdout, stderr, environment });
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`fleet: ${printable(error.message)}\n`);
  process.exitCode = EXIT_BAD_INPUT;
}
