// Runs a command that speaks to a region; loaded only for one, because the AWS SDK takes its time.

import { prepareEnvironment } from './aws/asking.ts';
import { control, release } from './control-command.ts';
import { history } from './history-command.ts';
import { plan } from './plan-command.ts';
import type { RegionCommand } from './region-options.ts';
import { snapshot } from './snapshot-command.ts';
import { start } from './start-command.ts';
import { status } from './status-command.ts';
import type { Surroundings } from './terminal.ts';
import { watch } from './watch-command.ts';

/**
 * @returns The exit code.
 * @throws {UsageError | RegionError}
 */
export async function runInRegion(
  command: RegionCommand,
  surroundings: Surroundings,
): Promise<number> {
  prepareEnvironment();
  switch (command.name) {
    case 'plan':
      return plan(command.options, surroundings);
    case 'start':
      return start(command.options, surroundings);
    case 'status':
      return status(command.options, surroundings);
    case 'watch':
      return watch(command.options, surroundings);
    case 'history':
      return history(command.options, surroundings);
    case 'release':
      return release(command.options, surroundings);
    case 'snapshot':
      return snapshot(command.options, surroundings);
    default:
      return control(command.name, command.options, surroundings);
  }
}
