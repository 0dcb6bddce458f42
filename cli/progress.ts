// Follows a simulated rollout by the region's event log: its phase, its waves, and every open container instance.

import type { Outcome } from '../functions/core/model.ts';
import { stateMachineName } from '../infra/names.ts';
import type { LogEntry } from '../simulator/kernel/event-log.ts';
import { arn } from '../simulator/kernel/kernel.ts';
import type { Region } from '../simulator/region.ts';
import { lastAnswer } from './history.ts';
import type { RolloutRecord } from './record.ts';
import { drainingText, phaseOf, stepOf } from './steps.ts';

export interface WaveProgress {
  readonly wave: number;
  readonly kind: string;
  readonly size: number;
  over: number;
  phase: 'to come' | 'running' | 'baking' | 'over';
  startedAt: number | undefined;
  endedAt: number | undefined;
}

export interface OpenInstance {
  readonly ec2InstanceId: string;
  readonly startedAt: number;
  step: string;
}

/** Something worth a line. */
export interface Milestone {
  readonly at: number;
  /** A container instance, or empty for the rollout itself. */
  readonly ec2InstanceId: string;
  readonly text: string;
}

const ROLL_OUT = stateMachineName('roll-out-cluster');
const RUN_WAVE = stateMachineName('run-wave');
const UPDATE = stateMachineName('update-container-instance');
/** States of roll-out-cluster that follow a function whose answer says something for people. */
const REPORTS: Readonly<Record<string, string>> = {
  IsOpened: 'opened',
  IsAnyAsked: 'took stock',
  IsThereWork: 'planned',
  IsNextWave: 'evaluated',
};

export class Progress {
  /** The rollout's phase, for people. */
  phase = 'building and deploying the product';
  /** Undefined while the rollout runs. */
  endedAt: number | undefined;
  readonly waves = new Map<number, WaveProgress>();
  /** In the order of their starts. */
  readonly open = new Map<string, OpenInstance>();
  readonly #region: Region;
  readonly #executionName: string;
  readonly #waveOf = new Map<string, number>();
  /** Of container instances that are over. */
  readonly #outcomes = new Map<string, Outcome>();
  readonly #listeners: ((milestone: Milestone) => void)[] = [];
  readonly #lastErrors = new Map<string, string>();
  #state = '';
  #wave = 0;
  /** The wave's execution that was started last. */
  #waveExecution = '';
  #toldLast = '';
  #isPlanned = false;

  constructor(region: Region, executionName: string) {
    this.#region = region;
    this.#executionName = executionName;
    region.kernel.log.subscribe((entry) => {
      if (entry.source === 'states') this.#follow(entry);
    });
  }

  onMilestone(listener: (milestone: Milestone) => void): void {
    this.#listeners.push(listener);
  }

  /** True from the moment the record holds a plan that has not been handed over. */
  get wantsPlan(): boolean {
    return this.#isPlanned;
  }

  /** Container instances by outcome, so far. */
  counts(): ReadonlyMap<Outcome, number> {
    const counts = new Map<Outcome, number>();
    for (const outcome of this.#outcomes.values()) {
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    }
    return counts;
  }

  /** Takes over what was planned, at first or for the way back: waves, and outcomes that are certain already. */
  setPlan({ rollout, instances }: RolloutRecord): void {
    this.#isPlanned = false;
    for (const { ec2InstanceId, outcome, reason, wave } of instances) {
      if (wave !== undefined) this.#waveOf.set(ec2InstanceId, wave);
      if (outcome === undefined || this.#outcomes.has(ec2InstanceId)) continue;
      this.#outcomes.set(ec2InstanceId, outcome);
      this.#tell(`${outcome}: ${reason}`, ec2InstanceId);
    }
    for (const { wave, kind, size } of rollout?.waves ?? []) {
      if (this.waves.has(wave)) continue;
      const none = { startedAt: undefined, endedAt: undefined };
      this.waves.set(wave, { wave, kind, size, over: 0, phase: 'to come', ...none });
      const name = kind === 'wave' ? '' : `, the ${kind}`;
      this.#tell(`wave ${wave}${name}: ${size} container ${size === 1 ? 'instance' : 'instances'}`);
    }
  }

  /** Where an open container instance stands, with what is true at this instant. */
  stepText({ ec2InstanceId, step }: OpenInstance): string {
    if (step !== 'draining') return step;
    return drainingText(this.#region.services.ecs.world.tasksOn(ec2InstanceId).length);
  }

  /** Why container instances of the running wave wait, with how many of those that were looked at. */
  waitingReasons(): ReadonlyMap<string, number> {
    const reasons = new Map<string, number>();
    const running = this.waves.get(this.#wave);
    if (running?.phase !== 'running') return reasons;
    const { waiting = [] } = lastAnswer(this.#region, this.#waveArn()) as {
      readonly waiting?: readonly { readonly reason: string }[];
    };
    for (const { reason } of waiting) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    return reasons;
  }

  #follow({ name, subject, detail }: LogEntry): void {
    const machine = subject.slice(0, subject.indexOf(':'));
    const execution = subject.slice(machine.length + 1);
    const state = String(detail.state ?? '');
    if (name === 'task-failed') this.#lastErrors.set(execution, String(detail.error));
    if (machine === ROLL_OUT && execution === this.#executionName) {
      if (name === 'state-entered') this.#rolloutEntered(state);
      if (name === 'execution-closed') this.#rolloutEnded(String(detail.error ?? detail.status));
    } else if (machine === RUN_WAVE) {
      this.#followWave(name, execution, state);
    } else if (machine === UPDATE) {
      this.#followInstance(name, execution, state);
    }
  }

  #rolloutEntered(state: string): void {
    const previous = this.#state;
    this.#state = state;
    const report = REPORTS[state] ?? (previous === 'PlanRollback' ? 'goes back' : undefined);
    if (report !== undefined) {
      const { reason } = lastAnswer(this.#region, this.#arn(ROLL_OUT, this.#executionName));
      this.#tell(`${report}: ${String(reason)}`);
    }
    if (state === 'LetInstancesEnd') this.#tellClosing();
    if (state === 'LetInstancesEnd' || previous === 'LetInstancesEnd') return;
    if (state === 'IsThereWork' || previous === 'PlanRollback') this.#isPlanned = true;
    const phase = phaseOf(state);
    if (phase === undefined || phase === this.phase) return;
    this.phase = phase;
    this.#tell(phase);
  }

  /** It closes again and again until nothing is under way. */
  #tellClosing(): void {
    const { reason } = lastAnswer(this.#region, this.#arn(ROLL_OUT, this.#executionName));
    this.#tellOnce(`closing: ${String(reason)}`);
  }

  #rolloutEnded(how: string): void {
    this.endedAt = this.#now();
    this.phase = 'over';
    this.#tell(`its execution ended: ${how}`);
  }

  #followWave(name: string, execution: string, state: string): void {
    if (name === 'execution-started') this.#waveStarted(execution);
    const wave = this.waves.get(this.#wave);
    if (!wave) return;
    if (state === 'BakeWave' && wave.phase === 'running') {
      Object.assign(wave, { phase: 'baking', over: wave.size });
    }
    if (state === 'AwaitProgress') this.#tellWaiting();
    if (state === 'LetBake') this.#tellBaking(wave);
    if (name === 'execution-closed') {
      Object.assign(wave, { phase: 'over', endedAt: this.#now() });
    }
  }

  /** A long wave has several executions, called `.wave-3`, `.wave-3.2` and so on. */
  #waveStarted(execution: string): void {
    const [wave, part] = execution.split('.wave-')[1]?.split('.') ?? [];
    this.#waveExecution = execution;
    this.#wave = Number(wave);
    const begun = this.waves.get(this.#wave);
    if (part === undefined) {
      if (begun) begun.startedAt = this.#now();
      this.#tell(`wave ${this.#wave} begins`);
    }
    if (begun) Object.assign(begun, { phase: 'running', endedAt: undefined });
  }

  /** A line only when nothing else happens: otherwise the reasons are those of any busy moment. */
  #tellWaiting(): void {
    if (this.open.size > 0) return;
    const { reason, waiting } = lastAnswer(this.#region, this.#waveArn()) as {
      readonly reason?: string;
      readonly waiting?: readonly { readonly reason: string }[];
    };
    this.#tellOnce(`waits: ${waiting?.[0]?.reason ?? reason ?? 'no reason given'}`);
  }

  #tellBaking({ wave }: WaveProgress): void {
    const reason = String(lastAnswer(this.#region, this.#waveArn()).reason);
    // Either `bakes until …`, or what keeps a gate closed.
    const text = reason.startsWith('bakes') ? reason : `does not bake: ${reason}`;
    this.#tellOnce(`wave ${wave} ${text}`);
  }

  /** The same is looked at every minute; only news makes a line. */
  #tellOnce(text: string): void {
    if (text === this.#toldLast) return;
    this.#toldLast = text;
    this.#tell(text);
  }

  #followInstance(name: string, execution: string, state: string): void {
    const ec2InstanceId = execution.split('.').at(-2) ?? execution;
    if (name === 'execution-started') {
      const startedAt = this.#now();
      // One that is taken back was over before.
      this.#outcomes.delete(ec2InstanceId);
      this.open.set(ec2InstanceId, { ec2InstanceId, startedAt, step: 'starting' });
    }
    if (name === 'state-entered') this.#instanceEntered(ec2InstanceId, execution, state);
    if (name === 'execution-closed') this.open.delete(ec2InstanceId);
  }

  #instanceEntered(ec2InstanceId: string, execution: string, state: string): void {
    if (state === 'HowDidItEnd') this.#instanceOver(ec2InstanceId, execution);
    const instance = this.open.get(ec2InstanceId);
    const step = stepOf(state);
    if (!instance || step === undefined || step === instance.step) return;
    instance.step = step;
    const why =
      step === 'undoing' ? ` after ${this.#lastErrors.get(execution) ?? 'a failure'}` : '';
    this.#tell(`${this.stepText(instance)}${why}`, ec2InstanceId);
  }

  #instanceOver(ec2InstanceId: string, execution: string): void {
    const { outcome, reason } = lastAnswer(this.#region, this.#arn(UPDATE, execution)) as {
      readonly outcome?: Outcome;
      readonly reason?: string;
    };
    if (!outcome) return;
    this.#outcomes.set(ec2InstanceId, outcome);
    const wave = this.waves.get(this.#waveOf.get(ec2InstanceId) ?? 0);
    if (wave) wave.over++;
    this.#tell(`${outcome}: ${reason}`, ec2InstanceId);
  }

  #tell(text: string, ec2InstanceId = ''): void {
    const milestone = { at: this.#now(), ec2InstanceId, text };
    for (const listener of this.#listeners) listener(milestone);
  }

  #now(): number {
    return this.#region.kernel.clock.now();
  }

  #arn(machine: string, execution: string): string {
    return arn(this.#region.kernel, 'states', `execution:${machine}:${execution}`);
  }

  #waveArn(): string {
    return this.#arn(RUN_WAVE, this.#waveExecution);
  }
}
