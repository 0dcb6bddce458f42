// The command line `fleet`.

import { collectEarly } from './heap.ts';
import { runCommand } from './run-command.ts';
import { endQuietlyOnClosedPipe } from './terminal.ts';

endQuietlyOnClosedPipe(process.stdout);
collectEarly();
const { stdout, stderr, env: environment } = process;
process.exitCode = await runCommand(process.argv.slice(2), { stdout, stderr, environment });
