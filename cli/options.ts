// Reads the options of one command: what it does not know it names, together with what the command accepts.

import { parseArgs } from 'node:util';
import { UsageError } from './usage-error.ts';

/** Every option of every command; `boolean` ones take no value. */
const OPTIONS = {
  fleet: { type: 'string' },
  policy: { type: 'string' },
  faults: { type: 'string' },
  seed: { type: 'string' },
  json: { type: 'boolean' },
  plain: { type: 'boolean' },
  slack: { type: 'boolean' },
  serve: { type: 'string' },
  pace: { type: 'string' },
  'without-product': { type: 'boolean' },
  cluster: { type: 'string' },
  rollout: { type: 'string' },
  name: { type: 'string' },
  by: { type: 'string' },
  interval: { type: 'string' },
  variant: { type: 'string' },
  arch: { type: 'string' },
  version: { type: 'string' },
  to: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export type OptionName = keyof typeof OPTIONS;

/** What was given; `true` for an option without a value. */
export type Given = Partial<Record<OptionName, string | true>>;

interface Token {
  readonly kind: string;
  readonly name?: string;
  readonly rawName?: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

/** One option's value; the checks that node:util leaves out or words for programmers. */
function checkedValue({ name = '', rawName = '', value, inlineValue }: Token): string | true {
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

/**
 * @param args What follows the command.
 * @param names The command's own options; every command has `--help`.
 */
export function readOptions(
  command: string,
  args: readonly string[],
  names: readonly OptionName[],
): Given {
  const known: readonly OptionName[] = [...names, 'help'];
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(known.map((name) => [name, OPTIONS[name]])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const accepted = `${command} accepts ${known.map((name) => `--${name}`).join(' ')}`;
  const given: Given = {};
  for (const token of tokens as readonly Token[]) {
    if (token.kind === 'positional') {
      throw new UsageError(`unexpected argument "${token.value}"; ${accepted}`);
    }
    if (token.kind !== 'option') continue;
    const name = known.find((one) => one === token.name);
    if (name === undefined) throw new UsageError(`unknown option ${token.rawName}; ${accepted}`);
    given[name] = checkedValue(token);
  }
  return given;
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly isWhole: boolean;
}

export function numberIn(name: OptionName, text: string, { min, max, isWhole }: Range): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max && (!isWhole || Number.isInteger(value))) return value;
  const kind = isWhole ? 'a whole number' : 'a number';
  throw new UsageError(`option --${name}: found "${text}", expected ${kind} from ${min} to ${max}`);
}

/** @param wanted What the pattern says, for people. */
export function textLike(name: OptionName, text: string, pattern: RegExp, wanted: string): string {
  if (pattern.test(text)) return text;
  throw new UsageError(`option --${name}: found "${text}", expected ${wanted}`);
}

/** Undefined when it was not given. */
export function optional(given: Given, name: OptionName): string | undefined {
  return given[name] === undefined ? undefined : String(given[name]);
}

export function required(command: string, given: Given, name: OptionName): string {
  const value = optional(given, name);
  if (value === undefined) throw new UsageError(`${command} needs --${name}; see fleet help`);
  return value;
}
