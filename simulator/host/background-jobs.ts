// Rewrites a script so that `command &` becomes a job of ours: the interpreter itself would run it
// in the foreground.

import { parse, serialize } from 'just-bash';

type Script = ReturnType<typeof parse>;
type Statement = Script['statements'][number];

interface BackgroundJob {
  /** Source of the job, with every function that the script defines in front. */
  readonly source: string;
  /** Its standard output and error go elsewhere, so nobody waits for it. */
  readonly detached: boolean;
}

export interface SplitScript {
  readonly source: string;
  readonly jobs: readonly BackgroundJob[];
}

/** Names of the commands that stand in the rewritten script. */
export const START_JOB = 'simulator-start-job';
export const WAIT_JOBS = 'simulator-wait-jobs';

interface Node {
  readonly [member: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

function visit(value: unknown, seen: (node: Node) => void): void {
  if (Array.isArray(value)) for (const element of value) visit(element, seen);
  else if (isNode(value)) {
    for (const member of Object.values(value)) visit(member, seen);
    seen(value);
  }
}

const word = (text: string) => ({ type: 'Word', parts: [{ type: 'Literal', value: text }] });

function simpleCommand(name: string, argument: string): Statement {
  const command = {
    type: 'SimpleCommand',
    name: word(name),
    args: [word(argument)],
    assignments: [],
    redirections: [],
  };
  const pipeline = { type: 'Pipeline', commands: [command], negated: false };
  return {
    type: 'Statement',
    pipelines: [pipeline],
    operators: [],
    background: false,
  } as unknown as Statement;
}

/**
 * Standard output and error both leave the script's own: `>file 2>&1`, `&>file`, `>file 2>file`.
 */
function isDetached(statement: Statement): boolean {
  const last = statement.pipelines.at(-1)?.commands.at(-1);
  const redirections = last && 'redirections' in last ? last.redirections : [];
  let stdout = false;
  let stderr = false;
  for (const redirection of redirections) {
    const { operator, fd } = redirection;
    if (operator === '&>' || operator === '&>>') stdout = stderr = true;
    else if (operator === '>' || operator === '>>') {
      if (fd === 2) stderr = true;
      else stdout = true;
    } else if (operator === '>&' && fd === 2) stderr = stdout;
  }
  return stdout && stderr;
}

/**
 * The statement as its author wrote it; undefined when the parser's record of that holds more than
 * the statement.
 */
function textOf(statement: Statement): string | undefined {
  const text = statement.sourceText?.trimEnd();
  if (text === undefined || (statement.background && !text.endsWith('&'))) return undefined;
  return parse(text).statements.length === 1 ? text : undefined;
}

function sourceOf(script: Script, statement: Statement): string {
  return textOf(statement) ?? serialize({ ...script, statements: [statement] });
}

function functionsOf(script: Script): string {
  const functions: Statement[] = [];
  visit(script, (node) => {
    if (node.type !== 'Statement') return;
    const statement = node as unknown as Statement;
    const only = statement.pipelines.length === 1 ? statement.pipelines[0] : undefined;
    if (only?.commands.length === 1 && only.commands[0]?.type === 'FunctionDef')
      functions.push(statement);
  });
  return functions.map((statement) => `${sourceOf(script, statement)}\n`).join('');
}

function jobSource(script: Script, statement: Statement): string {
  const text = textOf(statement);
  if (text !== undefined) return text.slice(0, -1);
  return serialize({ ...script, statements: [{ ...statement, background: false }] });
}

function isWait(node: Node): boolean {
  if (node.type !== 'SimpleCommand' || !isNode(node.name)) return false;
  const parts = node.name.parts;
  return Array.isArray(parts) && parts.length === 1 && parts[0]?.value === 'wait';
}

function backgroundStatements(script: Script): Statement[] {
  const found: Statement[] = [];
  visit(script, (node) => {
    if (node.type === 'Statement' && node.background === true)
      found.push(node as unknown as Statement);
  });
  return found;
}

/**
 * Cuts each job out of the text itself, so that the rest stays byte for byte what its author wrote.
 */
function replaceInText(source: string, statements: readonly Statement[]): string | undefined {
  let text = source;
  for (const [index, statement] of statements.entries()) {
    const written = textOf(statement);
    if (written === undefined || !text.includes(written)) return undefined;
    // The `&` also ended the command; a new line does that wherever it stood.
    text = text.replace(written, () => `${START_JOB} ${index}\n`);
  }
  return backgroundStatements(parse(text)).length === 0 ? text : undefined;
}

/** A region runs the same few scripts on every host; the answer depends on nothing else. */
const known = new Map<string, SplitScript>();
const KNOWN_MAX = 100;

/** @throws {Error} When the script does not parse; the interpreter then says so in bash's words. */
export function splitBackgroundJobs(source: string): SplitScript {
  if (!/&|\bwait\b/.test(source)) return { source, jobs: [] };
  const before = known.get(source);
  if (before) return before;
  const split = separate(source);
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(source, split);
  return split;
}

function separate(source: string): SplitScript {
  const script = parse(source);
  const functions = functionsOf(script);
  const statements = backgroundStatements(script);
  const jobs = statements.map((statement) => {
    const source = functions + jobSource(script, statement);
    return { source, detached: isDetached(statement) };
  });
  let waits = false;
  visit(script, (node) => {
    if (!isWait(node)) return;
    Object.assign(node, { name: word(WAIT_JOBS) });
    waits = true;
  });
  if (statements.length === 0 && !waits) return { source, jobs };
  const text = waits ? undefined : replaceInText(source, statements);
  if (text !== undefined) return { source: text, jobs };
  for (const [index, statement] of statements.entries()) {
    Object.assign(statement, simpleCommand(START_JOB, String(index)));
    Reflect.deleteProperty(statement, 'sourceText');
  }
  return { source: serialize(script), jobs };
}
