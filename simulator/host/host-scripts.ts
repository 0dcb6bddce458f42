// The scripts that run on one host right now: started by the SSM agent, gone when the host's
// containers stop.

import type { VirtualClock } from '../kernel/clock.ts';
import type { CommandResult } from './apiclient-output.ts';
import type { ComputeTurns } from './compute-turns.ts';
import { KILLED_EXIT_CODE, type ScriptResult, ScriptRun } from './script-run.ts';

export interface RunningProcess {
  /** SIGKILL to it and to whatever it left in the background. */
  kill(): void;
  /** Settles when nothing of it runs any more. */
  readonly gone: Promise<void>;
}

export interface StartedScript extends RunningProcess {
  readonly result: Promise<ScriptResult>;
}

/** What scripts see of their machine. */
export interface ScriptView {
  /** Whether the machine can start a process at all. */
  running(): boolean;
  files(): Readonly<Record<string, string>>;
  commands(): Readonly<Record<string, (args: readonly string[]) => Promise<CommandResult>>>;
}

export class HostScripts {
  readonly #clock: VirtualClock;
  readonly #turns: ComputeTurns;
  readonly #view: ScriptView;
  readonly #running = new Set<RunningProcess>();

  constructor(clock: VirtualClock, turns: ComputeTurns, view: ScriptView) {
    this.#clock = clock;
    this.#turns = turns;
    this.#view = view;
  }

  /** As `start`, killed when it takes longer than `timeoutSeconds`. */
  async run(
    script: string,
    env: Readonly<Record<string, string>>,
    timeoutSeconds: number | undefined,
  ): Promise<ScriptResult> {
    const started = this.start(script, env);
    if (timeoutSeconds === undefined) return started.result;
    const timer = this.#clock.after(timeoutSeconds * 1000, () => started.kill());
    const result = await started.result;
    timer.cancel();
    return result;
  }

  start(script: string, env: Readonly<Record<string, string>>): StartedScript {
    if (!this.#view.running()) {
      const result = { stdout: '', stderr: '', exitCode: KILLED_EXIT_CODE, interrupted: true };
      return { result: Promise.resolve(result), kill: () => {}, gone: Promise.resolve() };
    }
    const host = {
      clock: this.#clock,
      turns: this.#turns,
      files: this.#view.files(),
      commands: this.#view.commands(),
    };
    const run = new ScriptRun(host, script, env);
    this.adopt(run);
    return run;
  }

  adopt(process: RunningProcess): void {
    this.#running.add(process);
    const forget = () => this.#running.delete(process);
    process.gone.then(forget, forget);
  }

  killAll(): void {
    for (const process of this.#running) process.kill();
  }
}
