// Decides what follows a wave: the next one, the end, or a halt.

export interface WaveEnd {
  /** Counted from 1. */
  readonly wave: number;
  readonly waves: number;
  /** What the wave ended with: `baked`, or anything else and why. */
  readonly ended: { readonly verdict: string; readonly reason: string };
  readonly failures: number;
  readonly failureBudget: number;
}

export function judgeWave(end: WaveEnd): {
  readonly verdict: 'next' | 'done' | 'halt';
  readonly reason: string;
} {
  const { wave, waves, ended, failures, failureBudget } = end;
  if (ended.verdict !== 'baked') return { verdict: 'halt', reason: ended.reason };
  if (failures > failureBudget) {
    return { verdict: 'halt', reason: `${failures} failed, failureBudget is ${failureBudget}` };
  }
  return wave < waves
    ? { verdict: 'next', reason: `wave ${wave} of ${waves} is good: ${ended.reason}` }
    : { verdict: 'done', reason: `all ${waves} waves are good` };
}
