// Reads the command line of `fleet`; whatever it does not know it names, together with what it accepts.

import { parseArgs } from 'node:util';
import { UsageError } from './usage-error.ts';

export interface ServeOptions {
  /** 0 for any free port. */
  readonly port: number;
  /** Simulated seconds per real second. */
  readonly pace: number;
  readonly withProduct: boolean;
}

export interface SimulateOptions {
  /** Paths as typed; the demo fleet, the default policy and no faults unless said. */
  readonly fleetFile: string | undefined;
  readonly policyFile: string | undefined;
  readonly faultFile: string | undefined;
  readonly seed: number;
  readonly json: boolean;
  readonly plain: boolean;
  /** Absent: run one rollout and end. */
  readonly serve: ServeOptions | undefined;
}

export type Command =
  | { readonly name: 'help' }
  | { readonly name: 'simulate'; readonly options: SimulateOptions };

const OPTIONS = {
  fleet: { type: 'string' },
  policy: { type: 'string' },
  faults: { type: 'string' },
  seed: { type: 'string' },
  json: { type: 'boolean' },
  plain: { type: 'boolean' },
  serve: { type: 'string' },
  pace: { type: 'string' },
  'without-product': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

type OptionName = keyof typeof OPTIONS;

const COMMANDS = ['simulate', 'help'];
const DEFAULT_SEED = 1;
const DEFAULT_PACE = 60;
const SEED_MAX = 4_294_967_295;
const PACE_MAX = 100_000;

export const HELP = `Usage: fleet COMMAND [OPTION…]

Commands
  simulate   roll a simulated fleet to its new version with the real product, and sum up
  help       this text

Options of simulate
  --fleet FILE        fleet file (JSON); the demo fleet of 24 container instances unless said
  --policy FILE       policy (JSON), as an execution's input; {"cluster": …} may be left out
                      when the fleet has one cluster
  --faults FILE       faults to inject (JSON)
  --seed N            all chance of the run, 0 to ${SEED_MAX}; ${DEFAULT_SEED} unless said
  --plain             plain lines instead of the live view
  --json              one JSON object on standard output and nothing else
  --serve PORT        stay up as an HTTP region for any AWS client, product deployed
  --pace FACTOR       with --serve: simulated seconds per real second; ${DEFAULT_PACE} unless said
  --without-product   with --serve: only the region and its fleet

Exit codes
  0 Succeeded   2 bad input   3 Halted   4 FailedClean   5 FailedDirty   130 interrupted
`;

interface Token {
  readonly kind: string;
  readonly name?: string;
  readonly rawName?: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function accepted(): string {
  return Object.keys(OPTIONS)
    .map((name) => `--${name}`)
    .join(' ');
}

/** One option's value; the checks that node:util leaves out or words for programmers. */
function checkedValue({ name = '', rawName = '', value, inlineValue }: Token): string | true {
  if (!Object.hasOwn(OPTIONS, name)) {
    throw new UsageError(`unknown option ${rawName}; accepted: ${accepted()}`);
  }
  if (OPTIONS[name as OptionName].type === 'boolean') {
    if (value === undefined) return true;
    throw new UsageError(`option ${rawName} takes no value, found "${value}"`);
  }
  // The next option is no value, a negative number is one (and wrong, but for another reason).
  const isOption = !inlineValue && /^-(?!\d)/.test(value ?? '');
  if (value === undefined || value === '' || isOption) {
    throw new UsageError(`option ${rawName} needs a value`);
  }
  return value;
}

function readOptions(args: readonly string[]): Partial<Record<OptionName, string | true>> {
  const { tokens } = parseArgs({
    args: [...args],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Partial<Record<OptionName, string | true>> = {};
  for (const token of tokens as readonly Token[]) {
    if (token.kind === 'positional') {
      throw new UsageError(`unexpected argument "${token.value}"; options accepted: ${accepted()}`);
    }
    if (token.kind !== 'option') continue;
    const value = checkedValue(token);
    values[token.name as OptionName] = value;
  }
  return values;
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly isWhole: boolean;
}

function numberIn(name: OptionName, text: string, { min, max, isWhole }: Range): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max && (!isWhole || Number.isInteger(value))) return value;
  const kind = isWhole ? 'a whole number' : 'a number';
  throw new UsageError(`option --${name}: found "${text}", expected ${kind} from ${min} to ${max}`);
}

function readServe(values: Partial<Record<OptionName, string | true>>): ServeOptions | undefined {
  if (values.serve === undefined) {
    for (const name of ['pace', 'without-product'] as const) {
      if (values[name] !== undefined) throw new UsageError(`option --${name} needs --serve PORT`);
    }
    return undefined;
  }
  if (values.json) throw new UsageError('option --json: a served region has no end to report');
  const port = numberIn('serve', String(values.serve), { min: 0, max: 65_535, isWhole: true });
  const range = { min: 0.001, max: PACE_MAX, isWhole: false };
  const pace = numberIn('pace', String(values.pace ?? DEFAULT_PACE), range);
  return { port, pace, withProduct: values['without-product'] === undefined };
}

function text(value: string | true | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

/**
 * @param args What follows `fleet`.
 * @throws {UsageError} For an unknown command or option, a missing or a wrong value.
 */
export function parseCommandLine(args: readonly string[]): Command {
  const [command, ...rest] = args;
  if (command === undefined || ['help', '--help', '-h'].includes(command)) return { name: 'help' };
  if (command !== 'simulate') {
    throw new UsageError(`unknown command "${command}"; accepted: ${COMMANDS.join(', ')}`);
  }
  const values = readOptions(rest);
  if (values.help) return { name: 'help' };
  const range = { min: 0, max: SEED_MAX, isWhole: true };
  return {
    name: 'simulate',
    options: {
      fleetFile: text(values.fleet),
      policyFile: text(values.policy),
      faultFile: text(values.faults),
      seed: numberIn('seed', String(values.seed ?? DEFAULT_SEED), range),
      json: values.json === true,
      plain: values.plain === true,
      serve: readServe(values),
    },
  };
}
