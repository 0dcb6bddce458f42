// The command line of apiclient: what it accepts, and what it answers to anything else.
//
// bottlerocket-core-kit sources/api/apiclient/src/main.rs, `parse_args` and its helpers.

import { UsageError } from './apiclient-output.ts';
import { isJsonObject, type JsonValue } from './json-text.ts';

export type ApiclientCall =
  | { readonly verb: 'raw'; readonly method: string; readonly uri: string; readonly data?: string }
  | { readonly verb: 'get-uri'; readonly uri: string }
  | { readonly verb: 'get'; readonly prefixes: readonly string[] }
  | { readonly verb: 'set-pairs'; readonly pairs: readonly string[] }
  | { readonly verb: 'set-json'; readonly settings: JsonValue }
  | { readonly verb: 'update-check' | 'update-cancel' | 'reboot' }
  | { readonly verb: 'update-apply'; readonly check: boolean; readonly reboot: boolean }
  | { readonly verb: 'exec'; readonly target: string; readonly command: readonly string[] }
  | {
      readonly verb: 'report';
      readonly report: string;
      readonly format: string;
      readonly level: number;
    };

const SUBCOMMANDS = new Set([
  'raw',
  'apply',
  'exec',
  'get',
  'reboot',
  'report',
  'set',
  'update',
  'ephemeral-storage',
]);

function usage(message: string): never {
  throw new UsageError(message);
}

function parseRaw(args: readonly string[]): ApiclientCall {
  const given = new Map<string, string>();
  const names = new Map([
    ['-X', 'method'],
    ['-m', 'method'],
    ['--method', 'method'],
    ['-u', 'uri'],
    ['--uri', 'uri'],
    ['-d', 'data'],
    ['--data', 'data'],
  ]);
  for (let index = 0; index < args.length; index += 2) {
    const name = names.get(args[index] ?? '');
    if (!name) usage(`Unknown argument '${args[index]}'`);
    const value = args[index + 1];
    if (value === undefined) usage(`Did not give argument to -${name[0]} | --${name}`);
    given.set(name, value);
  }
  const uri = given.get('uri') ?? usage("Missing required argument '--uri'");
  const data = given.get('data');
  const method = given.get('method') ?? 'GET';
  return { verb: 'raw', method, uri, ...(data === undefined ? {} : { data }) };
}

function parseGet(args: readonly string[]): ApiclientCall {
  const option = args.find((arg) => arg.startsWith('-'));
  if (option) usage(`Unknown argument '${option}'`);
  const uris = args.filter((arg) => arg.startsWith('/'));
  const prefixes = args.filter((arg) => !arg.startsWith('/'));
  if (uris.length > 1) usage('You can only specify one URI.');
  const uri = uris[0];
  if (uri === undefined) {
    return { verb: 'get', prefixes: prefixes.length > 0 ? prefixes : ['os.', 'settings.'] };
  }
  if (prefixes.length > 0) usage('You can specify prefixes or a URI, but not both.');
  return { verb: 'get-uri', uri };
}

function parseSet(args: readonly string[]): ApiclientCall {
  const jsonAt = args.findIndex((arg) => arg === '-j' || arg === '--json');
  if (jsonAt < 0) {
    const unknown = args.find((arg) => !arg.includes('='));
    if (unknown) usage(`Unknown argument '${unknown}'`);
    if (args.length === 0) usage("Must specify key=value settings or --json settings with 'set'");
    return { verb: 'set-pairs', pairs: args };
  }
  const text = args[jsonAt + 1] ?? usage('Did not give argument to -j | --json');
  if (args.length > 2) usage("Cannot specify key=value pairs and --json settings with 'set'");
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (error) {
    usage(`Couldn't parse given JSON input: ${(error as Error).message}`);
  }
  if (!isJsonObject(value)) usage('JSON input must be an object (map)');
  const { settings, ...rest } = value;
  return { verb: 'set-json', settings: isJsonObject(settings) ? { ...rest, ...settings } : value };
}

function parseUpdate(args: readonly string[]): ApiclientCall {
  const subcommand = args.find((arg) => ['check', 'apply', 'cancel'].includes(arg));
  const rest = args.filter((arg) => arg !== subcommand);
  if (subcommand === 'apply') {
    const unknown = rest.find((arg) => !['-c', '--check', '-r', '--reboot'].includes(arg));
    if (unknown) usage(`Unknown argument '${unknown}'`);
    const has = (short: string, long: string) => rest.includes(short) || rest.includes(long);
    return { verb: 'update-apply', check: has('-c', '--check'), reboot: has('-r', '--reboot') };
  }
  if (subcommand === undefined) usage("Missing or unknown subcommand for 'update'");
  if (rest.length > 0) usage(`Unknown arguments: ${rest.join(', ')}`);
  return { verb: subcommand === 'check' ? 'update-check' : 'update-cancel' };
}

function parseExec(args: readonly string[]): ApiclientCall {
  const start = args.findIndex((arg) => !['-t', '--tty', '-T', '--no-tty'].includes(arg));
  const [target, ...command] = start < 0 ? [] : args.slice(start);
  if (target?.startsWith('-')) usage(`Unknown argument '${target}'`);
  if (target === undefined) usage("Missing required argument 'target'");
  if (command.length === 0) usage("Must specify a command for 'exec' to run.");
  return { verb: 'exec', target, command };
}

function parseReport(args: readonly string[]): ApiclientCall {
  const report = args[0];
  if (!report || !['cis', 'cis-k8s', 'fips'].includes(report)) {
    usage("Missing or unknown subcommand for 'report'");
  }
  const given = (short: string, long: string) => {
    const at = args.findIndex((arg) => arg === short || arg === long);
    return at < 0 ? undefined : args[at + 1];
  };
  const format = given('-f', '--format') ?? 'text';
  const level = Number(given('-l', '--level') ?? '1');
  return { verb: 'report', report, format, level };
}

/** @throws {UsageError} As `usage_msg` would print it. */
export function parseArguments(args: readonly string[]): ApiclientCall {
  let subcommand: string | undefined;
  const rest: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    // After `exec` everything belongs to the command that is run.
    const own = subcommand !== 'exec';
    if (own && (arg === '-h' || arg === '--help')) usage('');
    else if (own && (arg === '-s' || arg === '--socket-path' || arg === '--log-level')) index++;
    else if (own && (arg === '-v' || arg === '--verbose')) continue;
    else if (subcommand === undefined && SUBCOMMANDS.has(arg)) subcommand = arg;
    else rest.push(arg);
  }
  if (subcommand === undefined || subcommand === 'raw') return parseRaw(rest);
  if (subcommand === 'get') return parseGet(rest);
  if (subcommand === 'set') return parseSet(rest);
  if (subcommand === 'update') return parseUpdate(rest);
  if (subcommand === 'exec') return parseExec(rest);
  if (subcommand === 'report') return parseReport(rest);
  if (subcommand !== 'reboot') usage(`The simulator has no 'apiclient ${subcommand}'`);
  if (rest.length > 0) usage(`Unknown arguments: ${rest.join(', ')}`);
  return { verb: 'reboot' };
}
