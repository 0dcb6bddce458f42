// Reads each script once for all hosts: a region runs the same few scripts thousands of times.

import {
  type Bash,
  type BashExecResult,
  type CommandName,
  type ExecOptions,
  getCommandNames,
  parse,
} from 'just-bash';
import { type SplitScript, splitBackgroundJobs } from './background-jobs.ts';

type Script = ReturnType<typeof parse>;

/** What is known of a script beside its syntax tree. */
interface KnownScript {
  /** With its background jobs taken out. */
  readonly split: SplitScript;
  /** The interpreter's commands that its text names: to set up all of them takes longer than most scripts. */
  readonly commands: CommandName[];
}

/** Scripts remembered at most; a foreign updater brings a handful more. */
const PARSED_MAX = 100;
const parsed = new Map<string, Script>();

const known = new Map<string, KnownScript>();

/** Everything that can be said of a script without running it. */
export function knownScript(source: string): KnownScript {
  const before = known.get(source);
  if (before) return before;
  const commands = (getCommandNames() as CommandName[]).filter((name) => source.includes(name));
  const script = { split: splitOrWhole(source), commands };
  if (known.size >= PARSED_MAX) known.clear();
  known.set(source, script);
  return script;
}

/** A script that does not parse is left whole: the interpreter says what is wrong with it. */
function splitOrWhole(source: string): SplitScript {
  try {
    return splitBackgroundJobs(source);
  } catch {
    return { source, jobs: [] };
  }
}

/** @throws {Error} When the script does not parse. */
function parseOnce(source: string): Script {
  const before = parsed.get(source);
  if (before) return before;
  const script = parse(source);
  if (parsed.size >= PARSED_MAX) parsed.clear();
  parsed.set(source, script);
  return script;
}

/**
 * What `bash.exec(source, options)` does, without parsing again.
 *
 * just-bash lets a plugin put another syntax tree in the place of the one it parsed; the interpreter only reads it.
 * The plugin acts once: commands that run further shells parse what they are given.
 */
export function execParsed(
  bash: Bash,
  source: string,
  options: ExecOptions,
): Promise<BashExecResult> {
  let script: Script | undefined;
  try {
    script = parseOnce(source);
  } catch {
    // The interpreter says in bash's words what is wrong.
    return bash.exec(source, options);
  }
  bash.registerTransformPlugin({
    name: 'parsed-once',
    transform({ ast }) {
      const first = script ?? ast;
      script = undefined;
      return { ast: first };
    },
  });
  return bash.exec(':', options);
}
