// Tells how long each step of one container instance took, from what was observed.

/** When each step was seen to be over, in epoch milliseconds; those that were not reached are absent. */
export interface Observed {
  readonly drainedAt?: number | undefined;
  readonly emptyAt?: number | undefined;
  readonly rebootSentAt?: number | undefined;
  readonly bootedAt?: number | undefined;
  readonly returnedAt?: number | undefined;
  readonly finishedAt?: number | undefined;
}

/** Name of each duration with the instants it lies between. */
const STEPS: readonly (readonly [string, keyof Observed, keyof Observed])[] = [
  ['DrainSeconds', 'drainedAt', 'emptyAt'],
  ['RebootSeconds', 'rebootSentAt', 'bootedAt'],
  ['VerifySeconds', 'bootedAt', 'returnedAt'],
  ['ConfirmSeconds', 'returnedAt', 'finishedAt'],
  ['OutOfServiceSeconds', 'drainedAt', 'returnedAt'],
];

/** Steps of which beginning and end were seen, in their order. */
export function stepDurations(
  observed: Observed,
): readonly { readonly name: string; readonly seconds: number }[] {
  return STEPS.flatMap(([name, from, to]) => {
    const began = observed[from];
    const ended = observed[to];
    if (began === undefined || ended === undefined || ended < began) return [];
    return [{ name, seconds: (ended - began) / 1000 }];
  });
}
