// A host, its container instance and EC2 at their smallest, for the undo to work on: late, deaf or dead as a script says.

import type { Replacement } from '../../../functions/core/replacement.ts';
import type { UndoStep } from '../../../functions/core/undo.ts';
import type {
  HostFacts,
  UndoAction,
  UndoDone,
  UndoFacts,
} from '../../../functions/core/undo-facts.ts';
import { NOW, SECOND } from './samples.ts';

export const FROM = '1.64.0';
export const TO = '1.65.0';
const THIRD = '1.66.0';

/** What a host boots into; `dead` never answers. */
export type Boot = 'from' | 'to' | 'third' | 'dead';

/** What happens by itself and how the world takes what the undo does. Seconds; `null`: never. */
export interface Script {
  readonly error: string;
  readonly reached: UndoFacts['reached'];
  /** `old`: still on the boot from before the update. */
  readonly boot: Boot | 'old';
  /** The old boot has the update active. */
  readonly armed: boolean;
  /** From the beginning of the undo until the host can answer. */
  readonly upAfterSeconds: number;
  /** From when the host is up until its ECS agent is connected. */
  readonly agentAfterSeconds: Readonly<Record<Boot, number | null>>;
  /** The reboot command's not-after time, from the beginning of the undo. */
  readonly notAfterSeconds: number;
  /** How long before its last moment, by the host's late clock, a lost reboot command arrives. */
  readonly lateRebootMarginSeconds: number | null;
  readonly cancelWorks: boolean;
  readonly rollBack: { readonly afterSeconds: number | null; readonly into: Boot };
  readonly flip: { readonly afterSeconds: number | null; readonly into: Boot };
  readonly ec2Reboot: { readonly afterSeconds: number | null; readonly into: Boot };
  /** What its Auto Scaling group does about a dead one; absent: it belongs to none. */
  readonly group: {
    readonly terminatesAfterSeconds: number | null;
    readonly newcomerAfterSeconds: number | null;
  } | null;
  /** From when the host is up: its ECS agent is away for a while, again and again. */
  readonly flap: { readonly everySeconds: number; readonly seconds: number } | null;
  /** How many returns to service fail before one does not. */
  readonly failingReturns: number;
  /** How the first calls that should take the host back fail, in turn, or reboot it through EC2. */
  readonly failingCalls: readonly ('refused' | 'answer-lost')[];
  /** Which questions are lost, in turn. */
  readonly lost: readonly boolean[];
  readonly meddling: {
    readonly afterSeconds: number;
    readonly what: 'terminate' | 'activate' | 'unmark' | 'take';
  } | null;
  readonly policy: UndoFacts['policy'];
}

interface Running {
  readonly id: string;
  readonly version: string;
  readonly kind: Boot;
  readonly upAt: number;
}

interface Question {
  readonly askedAt: number;
  answer?: Extract<HostFacts, { kind: 'answered' }>;
}

const VERSION: Readonly<Record<Boot, string>> = { from: FROM, to: TO, third: THIRD, dead: '' };
const CLOCK_SKEW_SECONDS = 120;
const DELIVERY_SECONDS = 120;
const ANSWER_LOST_AFTER_SECONDS = 150;
const BOOT_SECONDS = 45;

export class UndoWorld {
  now = NOW;
  running: Running;
  armed: boolean;
  instance: { status: string; owned: boolean } | undefined = { status: 'DRAINING', owned: true };
  /** How often the undo did what. */
  readonly acts = new Map<UndoAction, number>();
  /** How often its host did what should take it back. */
  readonly sentBack = new Map<UndoAction, number>();
  readonly #script: Script;
  readonly #done: UndoDone = {};
  replacement: Replacement | undefined;
  #question: Question | undefined;
  #questions = 0;
  #boots = 1;
  #failed = 0;
  #failedReturns = 0;
  #decided: UndoFacts['decided'];
  #agentAwaySinceAt: number | undefined;
  #agentSeenAwayAt: number | undefined;
  #rollBackUnsent = false;
  #events: { at: number; run: () => void }[] = [];

  constructor(script: Script) {
    this.#script = script;
    const { boot, upAfterSeconds } = script;
    const kind = boot === 'old' ? 'from' : boot;
    this.running = {
      id: boot === 'old' ? 'boot-1' : 'boot-2',
      version: VERSION[kind],
      kind,
      upAt: NOW + upAfterSeconds * SECOND,
    };
    this.armed = boot === 'old' && script.armed;
    if (script.lateRebootMarginSeconds !== null) {
      const last = script.notAfterSeconds + CLOCK_SKEW_SECONDS;
      this.#in(last - script.lateRebootMarginSeconds, () => this.#lateReboot());
    }
    const { meddling } = script;
    if (meddling) this.#in(meddling.afterSeconds, () => this.#meddle(meddling.what));
  }

  facts(): UndoFacts {
    const { error, reached, policy, notAfterSeconds } = this.#script;
    const away = this.instance !== undefined && !this.#agentConnected();
    this.#agentSeenAwayAt = away ? (this.#agentAwaySinceAt ?? this.now) : undefined;
    return {
      now: this.now,
      ec2InstanceId: 'i-0a',
      cause: { error, reason: 'why' },
      reached,
      instance: this.instance && { ...this.instance, agentConnected: this.#agentConnected() },
      host: this.#host(),
      bootIdBefore: 'boot-1',
      fromVersion: FROM,
      toVersion: TO,
      notAfterAt: NOW + notAfterSeconds * SECOND,
      beganAt: NOW,
      agentAwaySinceAt: this.#agentSeenAwayAt,
      decided: this.#decided,
      done: { ...this.#done },
      rollBackUnsent: this.#rollBackUnsent,
      replacement: this.replacement,
      policy,
    };
  }

  /** @returns Whether it was the last step. */
  apply(step: UndoStep): boolean {
    if (step.kind === 'act') this.#act(step.action);
    if (step.kind !== 'return') return step.kind === 'over' || step.kind === 'deregister';
    const { outcome, reason } = step;
    this.#decided = { outcome, reason };
    this.#done['return-to-service'] = this.now;
    if (this.#failedReturns++ < this.#script.failingReturns) return false;
    if (this.instance) this.instance = { status: 'ACTIVE', owned: false };
    return true;
  }

  /** Lets time pass, and what is due happen. */
  pass(seconds: number): void {
    const until = this.now + seconds * SECOND;
    for (;;) {
      const [next] = this.#events.sort((a, b) => a.at - b.at);
      if (!next || next.at > until) break;
      this.#events = this.#events.slice(1);
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = until;
  }

  #in(seconds: number, run: () => void): void {
    this.#events.push({ at: this.now + Math.max(0, seconds) * SECOND, run });
  }

  #up(): boolean {
    return this.running.kind !== 'dead' && this.now >= this.running.upAt;
  }

  #agentConnected(): boolean {
    const { agentAfterSeconds, flap } = this.#script;
    const after = agentAfterSeconds[this.running.kind];
    if (!this.#up() || after === null) return false;
    const seconds = (this.now - this.running.upAt) / SECOND - after;
    if (seconds < 0) return false;
    return flap === null || seconds % flap.everySeconds < flap.everySeconds - flap.seconds;
  }

  #bootInto(kind: Boot): void {
    this.#boots++;
    this.armed = false;
    this.running = {
      id: `boot-${this.#boots + 1}`,
      version: VERSION[kind],
      kind,
      upAt: this.now + BOOT_SECONDS * SECOND,
    };
  }

  /** As the document does: only on the boot it names, and never past its last moment. */
  #lateReboot(): void {
    if (this.running.id !== 'boot-1' || !this.#up()) return;
    this.armed = true;
    this.#in(2, () => this.#bootInto('to'));
  }

  #meddle(what: 'terminate' | 'activate' | 'unmark' | 'take'): void {
    if (!this.instance) return;
    if (what === 'terminate') this.instance = undefined;
    else if (what === 'unmark') this.instance.owned = false;
    else this.instance = { status: 'ACTIVE', owned: what === 'activate' && this.instance.owned };
  }

  #host(): HostFacts {
    const question = this.#question;
    if (!question) return { kind: 'not-asked' };
    if (question.answer) return question.answer;
    return this.now - question.askedAt > ANSWER_LOST_AFTER_SECONDS * SECOND
      ? { kind: 'silent', reason: 'no answer' }
      : { kind: 'asked', sentAt: question.askedAt };
  }

  /** As the acts do it: what was refused has not happened, what a lost answer hides has. */
  #failingCall(action: UndoAction): 'refused' | 'answer-lost' | undefined {
    const isGuarded = action === 'roll-back' || action === 'flip-partitions';
    if (!isGuarded && action !== 'reboot-host') return undefined;
    const how = this.#script.failingCalls[this.#failed++];
    this.#rollBackUnsent = isGuarded && how !== undefined;
    return how;
  }

  #act(action: UndoAction): void {
    this.#agentAwaySinceAt = this.#agentSeenAwayAt;
    const failing = this.#failingCall(action);
    const isRefusedReboot = action === 'reboot-host' && failing === 'refused';
    if (!isRefusedReboot) this.#done[action] = this.now;
    // Whoever repeats a failing call has the same answer still.
    if (failing === undefined) this.#question = undefined;
    if (failing === 'refused') return;
    this.acts.set(action, (this.acts.get(action) ?? 0) + 1);
    const { rollBack, flip, ec2Reboot } = this.#script;
    if (action === 'ask-host') this.#ask();
    if (action === 'cancel' && this.#up() && this.#script.cancelWorks) this.armed = false;
    if (action === 'roll-back') this.#sendBack(action, rollBack);
    if (action === 'flip-partitions') this.#sendBack(action, flip);
    if (action === 'replace-host') this.#replace();
    if (action === 'reboot-host' && ec2Reboot.afterSeconds !== null) {
      this.#in(ec2Reboot.afterSeconds, () => {
        this.#bootInto(this.armed ? 'to' : ec2Reboot.into);
      });
    }
  }

  #sendBack(action: UndoAction, { afterSeconds, into }: Script['rollBack']): void {
    if (afterSeconds === null || !this.#up()) return;
    const { id } = this.running;
    this.#in(afterSeconds, () => {
      // The document names the boot, too.
      if (this.running.id !== id) return;
      this.sentBack.set(action, (this.sentBack.get(action) ?? 0) + 1);
      this.#bootInto(into);
    });
  }

  #replace(): void {
    if (this.replacement) return;
    const { group } = this.#script;
    const begun: Replacement = {
      beganAt: this.now,
      ...(group ? { autoScalingGroupName: 'prod' } : {}),
    };
    this.replacement = begun;
    if (group?.terminatesAfterSeconds == null) return;
    this.#in(group.terminatesAfterSeconds, () => {
      this.instance = undefined;
      if (group.newcomerAfterSeconds === null) return;
      this.#in(group.newcomerAfterSeconds, () => {
        this.replacement = { ...begun, joined: 'i-new' };
      });
    });
  }

  #ask(): void {
    const { lost } = this.#script;
    const isLost = lost[this.#questions++ % Math.max(1, lost.length)] ?? false;
    const question: Question = { askedAt: this.now };
    this.#question = question;
    const tryNow = () => {
      if (this.now - question.askedAt > DELIVERY_SECONDS * SECOND) return;
      if (!this.#up()) return this.#in(10, tryNow);
      const updateState = this.armed ? 'Ready' : 'Staged';
      const { id: bootId, version } = this.running;
      question.answer = { kind: 'answered', bootId, version, updateState };
    };
    if (!isLost) this.#in(3, tryNow);
  }
}
