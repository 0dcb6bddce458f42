// Decides what becomes of the version lock that a rollout set on a host, when nothing is recorded of that rollout.

import { sameSettings, type UpdateSettings } from './settings-owed.ts';

/** A version lock that a rollout set, as far as Systems Manager remembers. Instants are epoch milliseconds. */
export interface Pin {
  /** The version that was to be downloaded, and is locked to. */
  readonly target: string;
  /** The rollout also had the host ignore repository waves. */
  readonly ignoredWaves: boolean;
  /** As they were before; undefined when no answer that can be read says so. */
  readonly found: UpdateSettings | undefined;
}

/** What the host said to one command of that rollout, or of the sweep for it. */
export interface PinAnswer {
  readonly sentAt: number;
  /** The sweep asked, because nothing is recorded. */
  readonly bySweep: boolean;
  /** Undefined while it is under way, and when it came to nothing that can be read. */
  readonly said:
    | { readonly version: string; readonly settings: UpdateSettings; readonly restored: boolean }
    | undefined;
  /** False while the command may still be at work. */
  readonly isOver: boolean;
}

export type PinStep =
  | { readonly kind: 'nothing'; readonly reason: string }
  | { readonly kind: 'wait'; readonly reason: string }
  | {
      readonly kind: 'put-back';
      readonly expectVersion: string;
      /** `keep`: the host is only asked what it has. */
      readonly restore: UpdateSettings | 'keep';
      /** A person is needed; it is asked again all the same. */
      readonly stranded: string | undefined;
    };

/** At so many looks, then once an hour; from the last of them on a person is told. */
const ROUNDS_MAX = 3;
const ASK_AGAIN_MILLISECONDS = 9 * 60_000;
const ASK_RARELY_MILLISECONDS = 59 * 60_000;
/** A sweep may be invoked twice, and a command is sent again when its answer is lost: that is one round. */
const ROUND_MILLISECONDS = 300_000;
/** No host runs it, so the first answer says which it does. */
const UNKNOWN_VERSION = '0.0.0';

export function lockOf({ target }: Pick<Pin, 'target'>): string {
  return `v${target}`;
}

/** @returns Why the host owes nothing any more; undefined while it does. */
function settled(pin: Pin, answers: readonly PinAnswer[]): string | undefined {
  const ours = lockOf(pin);
  const { found, ignoredWaves } = pin;
  const wanted = { versionLock: ours, ignoreWaves: found?.ignoreWaves || ignoredWaves };
  if (found && sameSettings(found, wanted)) return `it was locked to ${ours} before`;
  const said = answers.findLast((one) => one.said)?.said;
  if (answers.some((one) => one.said?.restored)) return 'its settings were put back';
  if (said && said.settings.versionLock !== ours) {
    return `its version-lock is ${said.settings.versionLock}, not ours`;
  }
  return undefined;
}

/**
 * One host, one lock. The command itself puts nothing back unless the lock is still the one that the rollout set, so
 * what a person has set since stays, however late the command comes.
 *
 * @param answers Those since the lock may have been set, that of the download among them, oldest first.
 */
export function decidePinned(pin: Pin, answers: readonly PinAnswer[], now: number): PinStep {
  const asked = answers.filter(({ bySweep }) => bySweep);
  const rounds = roundsOf(asked);
  if (answers.some((one) => !one.isOver && !one.bySweep)) {
    return { kind: 'wait', reason: 'its host is still at work for the rollout' };
  }
  const why = settled(pin, answers);
  if (why !== undefined) return { kind: 'nothing', reason: why };
  const patience = rounds < ROUNDS_MAX ? ASK_AGAIN_MILLISECONDS : ASK_RARELY_MILLISECONDS;
  if (now - (asked.at(-1)?.sentAt ?? 0) < patience) {
    const times = rounds === 1 ? 'once' : `${rounds} times`;
    return { kind: 'wait', reason: `it was asked ${times}, and is not asked again yet` };
  }
  return {
    kind: 'put-back',
    expectVersion: answers.findLast((one) => one.said)?.said?.version ?? UNKNOWN_VERSION,
    restore: pin.found ?? 'keep',
    stranded: whyStranded(pin, asked, rounds),
  };
}

function roundsOf(asked: readonly PinAnswer[]): number {
  const begins = asked.filter(({ sentAt }, index) => {
    const before = asked[index - 1];
    return !before || sentAt - before.sentAt >= ROUND_MILLISECONDS;
  });
  return begins.length;
}

function whyStranded(pin: Pin, asked: readonly PinAnswer[], rounds: number): string | undefined {
  const last = asked.findLast((one) => one.said)?.said;
  if (!pin.found && last) return 'nothing says any more what its update settings were';
  if (rounds < ROUNDS_MAX - 1) return undefined;
  return last
    ? `its host keeps version-lock ${last.settings.versionLock}`
    : 'its host does not answer';
}
