// Reads the command line of `fleet`: which command, and what it is asked to do.

import { readOptions } from './options.ts';
import {
  REGION_OPTIONS,
  type RegionCommand,
  type RegionCommandName,
  readRegionCommand,
} from './region-options.ts';
import { readSimulate, SIMULATE_OPTIONS, type SimulateOptions } from './simulate-options.ts';
import { UsageError } from './usage-error.ts';

export type Command =
  | { readonly name: 'help' }
  | { readonly name: 'simulate'; readonly options: SimulateOptions }
  | RegionCommand;

const COMMANDS = ['simulate', ...Object.keys(REGION_OPTIONS), 'help'];

function isRegionCommand(name: string): name is RegionCommandName {
  return Object.hasOwn(REGION_OPTIONS, name);
}

/**
 * @param args What follows `fleet`.
 * @throws {UsageError} For an unknown command or option, a missing or a wrong value.
 */
export function parseCommandLine(args: readonly string[]): Command {
  const [command, ...rest] = args;
  if (command === undefined || ['help', '--help', '-h'].includes(command)) return { name: 'help' };
  const isInRegion = isRegionCommand(command);
  if (!isInRegion && command !== 'simulate') {
    throw new UsageError(`unknown command "${command}"; accepted: ${COMMANDS.join(', ')}`);
  }
  const names = isInRegion ? REGION_OPTIONS[command] : SIMULATE_OPTIONS;
  const given = readOptions(command, rest, names);
  if (given.help) return { name: 'help' };
  return isInRegion
    ? readRegionCommand(command, given)
    : { name: 'simulate', options: readSimulate(given) };
}
