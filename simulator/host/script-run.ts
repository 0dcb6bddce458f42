// One run of a script on a host: the interpreter computes while virtual time stands still and waits
// while it passes.

import {
  Bash,
  defineCommand,
  type IFileSystem,
  InMemoryFs,
  type ResolvedCommandContext,
} from 'just-bash';
import type { VirtualClock } from '../kernel/clock.ts';
import type { CommandResult } from './apiclient-output.ts';
import { type SplitScript, START_JOB, WAIT_JOBS } from './background-jobs.ts';
import type { ComputeTurns } from './compute-turns.ts';
import { execParsed, knownScript } from './parsed-script.ts';
import { parseDuration, TIMED_OUT_EXIT_CODE } from './shell-duration.ts';

export interface ScriptHost {
  readonly clock: VirtualClock;
  readonly turns: ComputeTurns;
  /** Files that the script may read. */
  readonly files: Readonly<Record<string, string>>;
  /** Commands of this host beyond those of the shell; they take virtual time. */
  readonly commands: Readonly<Record<string, (args: readonly string[]) => Promise<CommandResult>>>;
}

export interface ScriptResult extends CommandResult {
  /** The host went down, or somebody killed the script, before it ended. */
  readonly interrupted: boolean;
}

/**
 * Exit code of a script that the SSM agent killed: 128 + SIGKILL
 * (agent/appconfig/constants_unix.go).
 */
export const KILLED_EXIT_CODE = 137;

/** Things that the interpreter would take from the real clock or from real chance. */
const UNREPEATABLE = /\$\{?(EPOCHSECONDS|EPOCHREALTIME|SECONDS|RANDOM|SRANDOM)\b|%\([^)]*\)T/;

/** Options of a shell that change what its script means. */
const INHERITED_OPTIONS = ['errexit', 'nounset', 'pipefail'];

const ok = (stdout = ''): CommandResult => ({ stdout, stderr: '', exitCode: 0 });

function shellQuote(words: readonly string[]): string {
  return words.map((text) => `'${text.replaceAll("'", `'\\''`)}'`).join(' ');
}

export class ScriptRun {
  readonly #host: ScriptHost;
  readonly #abort = new AbortController();
  readonly #fs: IFileSystem;
  readonly #attached: Promise<CommandResult>[] = [];
  readonly #jobs: Promise<unknown>[] = [];
  /** Ends the turn of whichever part of this run computes now. */
  #endTurn: (() => void) | undefined;
  /** Settles when the script has ended, and with it every job that holds its output open. */
  readonly result: Promise<ScriptResult>;
  /** Settles when nothing of it runs any more, jobs included. */
  readonly gone: Promise<void>;

  constructor(host: ScriptHost, script: string, env: Readonly<Record<string, string>>) {
    const forbidden = UNREPEATABLE.exec(script);
    if (forbidden) {
      throw new Error(`The simulated shell has no repeatable '${forbidden[0]}': use 'date'`);
    }
    this.#host = host;
    this.#fs = new InMemoryFs({ ...host.files });
    this.result = this.#run(script, env);
    this.gone = this.result.then(async () => {
      await Promise.all(this.#jobs);
    });
  }

  /** SIGKILL to the script and all its jobs. */
  kill(): void {
    this.#abort.abort();
  }

  async #run(script: string, env: Readonly<Record<string, string>>): Promise<ScriptResult> {
    const killed = new Promise<undefined>((resolve) =>
      this.#abort.signal.addEventListener('abort', () => resolve(undefined)),
    );
    const work = async () => {
      const end = await this.#compute(script, env);
      let { stdout, stderr } = end;
      for (const job of await Promise.all(this.#attached)) {
        stdout += job.stdout;
        stderr += job.stderr;
      }
      return { stdout, stderr, exitCode: end.exitCode, interrupted: false };
    };
    const result = await Promise.race([work(), killed]);
    return result ?? { stdout: '', stderr: '', exitCode: KILLED_EXIT_CODE, interrupted: true };
  }

  /** Interprets one source to its end, in its own turn. */
  async #compute(
    source: string,
    env: Readonly<Record<string, string>>,
    cwd = '/',
  ): Promise<CommandResult> {
    this.#endTurn = await this.#host.turns.take();
    try {
      const split = this.#split(source);
      const bash = new Bash({
        fs: this.#fs,
        cwd,
        env: { ...env },
        commands: knownScript(source).commands,
        customCommands: this.#commands(split),
        // Its deadline of an hour is one of the real clock: it would end scripts of a region at real time's pace, and
        // keep a process alive for the sake of a script that nobody waits for any more.
        executionLimits: { maxExecutionTimeMs: Number.POSITIVE_INFINITY },
        // The interpreter's sandbox would replace globals that the simulator itself uses meanwhile.
        defenseInDepth: false,
      });
      const options = { rawScript: true, signal: this.#abort.signal };
      const { stdout, stderr, exitCode } = await execParsed(bash, split.source, options);
      return { stdout, stderr, exitCode };
    } finally {
      this.#endTurn?.();
    }
  }

  #split(source: string): SplitScript {
    const { split } = knownScript(source);
    return split;
  }

  /**
   * Lets virtual time pass while `work` waits for it; ends early, by throwing, when the waiter is
   * killed.
   */
  async #wait<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    this.#endTurn?.();
    try {
      return await new Promise<T>((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        work().then(resolve, reject);
      });
    } finally {
      this.#endTurn = await this.#host.turns.take();
    }
  }

  #commands(split: SplitScript) {
    const define = (
      name: string,
      run: (args: string[], context: ResolvedCommandContext) => Promise<CommandResult>,
    ) => defineCommand(name, run);
    const own = Object.entries(this.#host.commands).map(([name, run]) =>
      define(name, (args, { signal }) => this.#wait(signal, () => run(args))),
    );
    const nested = ['sh', 'bash'].map((name) =>
      define(name, (args, context) => this.#nestedShell(args, context)),
    );
    return [
      ...own,
      ...nested,
      define('sleep', (args, context) => this.#sleep(args, context)),
      define('date', (args, context) => this.#date(args, context)),
      define('timeout', (args, context) => this.#timeout(args, context)),
      define(START_JOB, (args, context) => this.#startJob(split, Number(args[0]), context)),
      define(WAIT_JOBS, (_args, { signal }) =>
        this.#wait(signal, async () => {
          await Promise.all(this.#attached);
          return ok();
        }),
      ),
    ];
  }

  async #sleep(args: readonly string[], context: ResolvedCommandContext): Promise<CommandResult> {
    const durations = args.map(parseDuration);
    const invalid = durations.indexOf(undefined);
    if (args.length === 0) return { stdout: '', stderr: 'sleep: missing operand\n', exitCode: 1 };
    if (invalid >= 0) {
      const stderr = `sleep: invalid time interval '${args[invalid]}'\n`;
      return { stdout: '', stderr, exitCode: 1 };
    }
    const seconds = durations.reduce<number>((sum, duration) => sum + (duration ?? 0), 0);
    await this.#wait(context.signal, () => this.#host.clock.sleep(seconds * 1000));
    return ok();
  }

  async #date(args: string[], context: ResolvedCommandContext): Promise<CommandResult> {
    if (!context.origCommand) throw new Error('The interpreter has no date');
    // Asked over and over by scripts that wait; the interpreter would ask its locale for it each time.
    if (args.length === 1 && args[0] === '+%s') {
      return ok(`${Math.floor(this.#host.clock.now() / 1000)}\n`);
    }
    const said = args.some((arg) => /^(-d|--date|-r)/.test(arg));
    const now = `@${Math.floor(this.#host.clock.now() / 1000)}`;
    return context.origCommand(said ? args : ['-d', now, ...args]);
  }

  /** `timeout [-s SIGNAL] [-k DURATION] DURATION COMMAND…` on the virtual clock. */
  async #timeout(args: readonly string[], context: ResolvedCommandContext): Promise<CommandResult> {
    let at = 0;
    while (args[at]?.startsWith('-')) at += args[at] === '-s' || args[at] === '-k' ? 2 : 1;
    const seconds = parseDuration(args[at]);
    if (seconds === undefined || !context.exec) {
      const stderr = `timeout: invalid time interval '${args[at] ?? ''}'\n`;
      return { stdout: '', stderr, exitCode: 125 };
    }
    const abort = new AbortController();
    context.signal?.addEventListener('abort', () => abort.abort(), { once: true });
    const timer = this.#host.clock.after(seconds * 1000, () => abort.abort());
    const options = { cwd: context.cwd, signal: abort.signal };
    const end = await context.exec(shellQuote(args.slice(at + 1)), options);
    timer.cancel();
    if (!abort.signal.aborted) return end;
    return { stdout: end.stdout, stderr: '', exitCode: TIMED_OUT_EXIT_CODE };
  }

  /** `sh -c '…'`: the inner text may start jobs too. */
  async #nestedShell(args: string[], context: ResolvedCommandContext): Promise<CommandResult> {
    if (!context.origCommand) throw new Error('The interpreter has no shell');
    const text = args[0] === '-c' ? args[1] : undefined;
    if (text === undefined || !text.includes('&')) return context.origCommand(args);
    const split = this.#split(text);
    if (split.jobs.length === 0) return context.origCommand(args);
    throw new Error("The simulated shell cannot start a job inside 'sh -c'; write it outside");
  }

  async #startJob(
    split: SplitScript,
    index: number,
    context: ResolvedCommandContext,
  ): Promise<CommandResult> {
    const job = split.jobs[index];
    if (!job) throw new Error(`No job ${index}`);
    // A forked shell has every variable and option of its parent, exported or not.
    const options = (context.env.get('SHELLOPTS') ?? '').split(':');
    const inherited = INHERITED_OPTIONS.filter((option) => options.includes(option));
    const source = inherited.map((option) => `set -o ${option}\n`).join('') + job.source;
    const ended = this.#compute(source, Object.fromEntries(context.env), context.cwd);
    this.#jobs.push(ended);
    if (!job.detached) this.#attached.push(ended);
    return ok();
  }
}
