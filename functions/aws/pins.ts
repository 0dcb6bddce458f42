// Reads from Systems Manager which hosts a rollout locked to its target, what they had before, what they said since.

import type { Pin, PinAnswer } from '../core/pinned.ts';
import { inParallel } from './parallel.ts';
import { answersTo, commandsOf, type HeardAnswer, type SentCommand } from './traces.ts';

/** Systems Manager remembers commands for 30 days. */
const REMEMBERED_MILLISECONDS = 30 * 86_400_000;
/** Commands whose answers are read at once. */
const READS_MAX = 5;

/** The lock of one host by one rollout. */
export interface HostPin extends Pin {
  readonly rolloutId: string;
  readonly ec2InstanceId: string;
  /** Epoch milliseconds of the last command to download. */
  readonly sentAt: number;
  /** Oldest first, that of the download among them. */
  readonly answers: readonly PinAnswer[];
}

/** How the sweep's own questions are known again. */
export function pinComment(rolloutId: string): string {
  return `rollout ${rolloutId}: settings without its record`;
}

/** Commands to download by rollout, newest first; whose rollout cannot be told is not ours. */
export async function downloadsByRollout(now: number): Promise<Map<string, SentCommand[]>> {
  const all = new Map<string, SentCommand[]>();
  for (const one of await commandsOf('prepare', now - REMEMBERED_MILLISECONDS)) {
    const rolloutId = /^rollout (\S+): prepare$/.exec(one.comment)?.[1];
    if (rolloutId !== undefined) all.set(rolloutId, [...(all.get(rolloutId) ?? []), one]);
  }
  return all;
}

function toPinAnswer({ report, isOver, sentAt, comment }: HeardAnswer, rolloutId: string) {
  const { os, settings } = report ?? {};
  const restored = report !== undefined && 'restored' in report && report.restored;
  return {
    sentAt,
    isOver,
    bySweep: comment === pinComment(rolloutId),
    said: os && settings ? { version: os.version, settings, restored } : undefined,
  };
}

/** What hosts had when the rollout began: the way out where the answer to a download cannot be read. */
async function settingsAtCheck(rolloutId: string, now: number) {
  const checks = (await commandsOf('check', now - REMEMBERED_MILLISECONDS)).filter(
    ({ comment }) => comment === `rollout ${rolloutId}: check`,
  );
  const answers = await inParallel(checks, READS_MAX, ({ commandId }) => answersTo(commandId));
  return new Map(
    answers.flat().map(({ ec2InstanceId, report }) => [ec2InstanceId, report?.settings]),
  );
}

/**
 * @param commands To download, of one rollout, newest first.
 * @param wanted Which of their hosts are asked for.
 */
export async function readPins(
  rolloutId: string,
  commands: readonly SentCommand[],
  wanted: (ec2InstanceId: string) => boolean,
  now: number,
): Promise<HostPin[]> {
  const pins = new Map<string, HostPin>();
  const oldestFirst = commands.toReversed();
  const heard = await inParallel(oldestFirst, READS_MAX, ({ commandId }) => answersTo(commandId));
  for (const [index, { parameters, sentAt }] of oldestFirst.entries()) {
    const { TargetVersion: target = '', IgnoreWaves } = parameters;
    for (const answer of heard[index]?.filter((one) => wanted(one.ec2InstanceId)) ?? []) {
      const { ec2InstanceId, report } = answer;
      const key = `${ec2InstanceId} ${target}`;
      const before = pins.get(key);
      const saved = report?.verb === 'prepare' ? report.saved : undefined;
      pins.set(key, {
        rolloutId,
        ec2InstanceId,
        target,
        sentAt,
        ignoredWaves: IgnoreWaves === 'true' || before?.ignoredWaves === true,
        // A second download finds our own lock, and says so by saying nothing.
        found: before?.found ?? saved ?? undefined,
        answers: [toPinAnswer(answer, rolloutId)],
      });
    }
  }
  const found = [...pins.values()];
  if (found.every((pin) => pin.found)) return found;
  const checked = await settingsAtCheck(rolloutId, now);
  return found.map((pin) => ({
    ...pin,
    found: pin.found ?? checked.get(pin.ec2InstanceId) ?? undefined,
  }));
}

/** Adds what hosts said to everything that they were asked for their rollout since. */
export async function withLaterAnswers(pins: readonly HostPin[]): Promise<HostPin[]> {
  if (pins.length === 0) return [];
  const sinceAt = Math.min(...pins.map(({ sentAt }) => sentAt));
  const heard = await answersTo({ verb: 'status', sinceAt });
  return pins.map((pin) => {
    const { rolloutId, ec2InstanceId, sentAt } = pin;
    const later = heard
      .filter((one) => one.ec2InstanceId === ec2InstanceId && one.sentAt >= sentAt)
      .filter(({ comment }) => comment.startsWith(`rollout ${rolloutId}: `))
      .map((one) => toPinAnswer(one, rolloutId))
      .sort((one, other) => one.sentAt - other.sentAt);
    return { ...pin, answers: [...pin.answers, ...later] };
  });
}
