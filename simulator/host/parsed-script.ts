// Parses each script once for all hosts: a region runs the same few scripts thousands of times.

import { type Bash, type BashExecResult, type ExecOptions, parse } from 'just-bash';

type Script = ReturnType<typeof parse>;

/** Scripts remembered at most; a foreign updater brings a handful more. */
const PARSED_MAX = 100;
const parsed = new Map<string, Script>();

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
