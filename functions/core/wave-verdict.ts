// Decides what follows a wave: the next one, the way back, the end, or a halt.

import type { Policy } from './policy.ts';

export interface WaveEnd {
  /** Counted from 1. */
  readonly wave: number;
  readonly waves: number;
  readonly kind: 'forward' | 'rollback';
  /** Of a way back: why there is one. */
  readonly wentBackFor?: string | undefined;
  /** What the wave ended with: `baked`, `failed` (its gates), or `halt`, and why. */
  readonly ended: { readonly verdict: string; readonly reason: string };
  readonly failures: number;
  readonly failureBudget: number;
  /** True when a person aborted: what was done stays done. */
  readonly aborted: boolean;
  readonly onHalt: Policy['rollback']['onHalt'];
  /** Container instances that this wave, and the whole rollout, updated. */
  readonly updated: { readonly inWave: number; readonly inRollout: number };
}

export interface WaveVerdict {
  readonly verdict: 'next' | 'roll-back' | 'done' | 'halt';
  readonly reason: string;
}

/** Only the version's own trouble takes instances back: too many failures, or gates that closed on it. */
function goesBack(end: WaveEnd): boolean {
  const troubled = end.failures > end.failureBudget || end.ended.verdict === 'failed';
  if (!troubled || end.aborted || end.kind === 'rollback' || end.onHalt === 'hold') return false;
  return (end.onHalt === 'wave' ? end.updated.inWave : end.updated.inRollout) > 0;
}

export function judgeWave(end: WaveEnd): WaveVerdict {
  const { wave, waves, kind, ended, failures, failureBudget } = end;
  const tooMany = failures > failureBudget;
  const failed = `${failures} failed, failureBudget is ${failureBudget}`;
  const trouble = tooMany ? failed : ended.reason;
  if (goesBack(end)) return { verdict: 'roll-back', reason: trouble };
  if (kind === 'rollback') {
    const how =
      ended.verdict === 'baked' ? 'the way back is over' : `the way back halted: ${ended.reason}`;
    const why = end.wentBackFor === undefined ? [] : [end.wentBackFor];
    return { verdict: 'halt', reason: [...why, how].join('; ') };
  }
  if (ended.verdict !== 'baked' || tooMany) return { verdict: 'halt', reason: trouble };
  if (wave < waves) {
    return { verdict: 'next', reason: `wave ${wave} of ${waves}: ${ended.reason}` };
  }
  const all = waves === 1 ? 'its only wave is' : `all ${waves} waves are`;
  return {
    verdict: 'done',
    reason: failures === 0 ? `${all} good` : `${all} over: ${failed}`,
  };
}
