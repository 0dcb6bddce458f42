// One run of a document on one host: its steps, its timeouts, and what it reports in the end.

import type { Host } from '../host/host.ts';
import type { StartedScript } from '../host/host-scripts.ts';
import { KILLED_EXIT_CODE, type ScriptResult } from '../host/script-run.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Invocation, PluginRecord } from './command.ts';
import type { ScriptStep } from './document-parameters.ts';

/** How an execution ended on the host, before anybody was told. */
export type ExecutionEnd =
  | 'Success'
  | 'Failed'
  | 'TimedOut'
  | 'Cancelled'
  | 'RebootAsked'
  | 'Interrupted';

/**
 * Exit codes with a meaning of their own (amazon-ssm-agent agent/contracts/model.go,
 * agent/appconfig/constants.go).
 */
const EXIT = { success: 0, succeedNow: 168, failNow: 169, reboot: 194 } as const;

interface StepEnd {
  readonly end: ExecutionEnd;
  readonly exitCode: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The agent adds a line of its own to the error output of a script that failed (runscript.go). */
function agentError(result: ScriptResult, end: ExecutionEnd): string {
  return end === 'Failed' ? `failed to run commands: exit status ${result.exitCode}` : '';
}

export class Execution {
  readonly invocation: Invocation;
  readonly #kernel: Kernel;
  readonly #host: Host;
  readonly #ends: StepEnd[] = [];
  #running: StartedScript | undefined;
  #cancelled = false;
  /** Undefined while it runs. */
  ended: ExecutionEnd | undefined;

  constructor(kernel: Kernel, host: Host, invocation: Invocation) {
    this.#kernel = kernel;
    this.#host = host;
    this.invocation = invocation;
  }

  /** Runs all steps; each runs whatever became of the one before, unless that asked to stop. */
  async run(): Promise<ExecutionEnd> {
    let overall: ExecutionEnd = 'Success';
    for (const [index, step] of this.invocation.command.steps.entries()) {
      const plugin = this.invocation.plugins[index]!;
      plugin.status = 'InProgress';
      plugin.statusDetails = 'InProgress';
      plugin.startedAt = this.#kernel.clock.now();
      const stepEnd = await this.#runStep(step);
      this.#ends.push(stepEnd);
      if (stepEnd.end !== 'Success') overall = stepEnd.end;
      const stops = stepEnd.exitCode === EXIT.succeedNow || stepEnd.exitCode === EXIT.failNow;
      if (stops || !['Success', 'Failed'].includes(stepEnd.end)) break;
    }
    this.ended = overall;
    return overall;
  }

  cancel(): void {
    this.#cancelled = true;
    this.#running?.kill();
  }

  /** Writes what the steps left into the invocation's record, as the API will show it. */
  record(): void {
    for (const [index, end] of this.#ends.entries()) {
      const plugin = this.invocation.plugins[index]!;
      plugin.status = pluginStatus(end.end);
      plugin.statusDetails = end.end === 'TimedOut' ? 'Execution Timed Out' : plugin.status;
      plugin.responseCode = end.exitCode;
      plugin.startedAt = end.startedAt;
      plugin.finishedAt = end.finishedAt;
      plugin.stdout = this.#spoiled(end.stdout);
      plugin.stderr = end.stderr;
    }
  }

  async #runStep(step: ScriptStep): Promise<StepEnd> {
    const { clock } = this.#kernel;
    const startedAt = clock.now();
    const started = this.#host.startScript(step.script, { ...step.env, ...this.#agentEnv() });
    this.#running = started;
    let timedOut = false;
    const timer = clock.after(step.timeoutSeconds * 1000, () => {
      timedOut = true;
      started.kill();
    });
    const result = await started.result;
    timer.cancel();
    const end = this.#endOf(result, timedOut);
    return {
      end,
      exitCode: end === 'Success' ? 0 : result.exitCode,
      startedAt,
      finishedAt: clock.now(),
      stdout: result.stdout,
      stderr: result.stderr + agentError(result, end),
    };
  }

  #endOf(result: ScriptResult, timedOut: boolean): ExecutionEnd {
    if (timedOut) return 'TimedOut';
    if (this.#cancelled) return 'Cancelled';
    if (result.interrupted) return 'Interrupted';
    if (result.exitCode === EXIT.success || result.exitCode === EXIT.succeedNow) return 'Success';
    if (result.exitCode === EXIT.reboot) return 'RebootAsked';
    // The agent takes the code of a killed process for its own killing (`GetStatus`).
    return result.exitCode === KILLED_EXIT_CODE ? 'TimedOut' : 'Failed';
  }

  #agentEnv(): Readonly<Record<string, string>> {
    const version = this.#host.version;
    return {
      SSM_COMMAND_ID: this.invocation.command.commandId,
      AWS_SSM_INSTANCE_ID: this.#host.ec2InstanceId,
      AWS_SSM_REGION_NAME: this.#kernel.region,
      AWS_SSM_PLATFORM_NAME: version ? 'Bottlerocket' : 'Amazon Linux',
      AWS_SSM_PLATFORM_VERSION: version ?? '2023',
    };
  }

  /** Faults `ssm-output-cut` and `ssm-output-garbled`. */
  #spoiled(stdout: string): string {
    const { faults, random } = this.#kernel;
    const { ec2InstanceId } = this.#host;
    const cut = faults.strikes('ssm-output-cut', ec2InstanceId);
    if (cut) return stdout.slice(0, Number(cut.parameters?.characters ?? stdout.length / 2));
    if (!faults.strikes('ssm-output-garbled', ec2InstanceId)) return stdout;
    return `\u0000${random.stream('ssm.garble').hex(64)}{${stdout.slice(-10)}`;
  }
}

function pluginStatus(end: ExecutionEnd): PluginRecord['status'] {
  if (end === 'RebootAsked' || end === 'Interrupted') return 'Failed';
  return end;
}
