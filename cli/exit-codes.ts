// What the exit codes of `fleet` say.

import type { Ending } from '../functions/core/model.ts';

export const EXIT_OK = 0;
/** AWS refused, or could not be reached. */
export const EXIT_REFUSED = 1;
export const EXIT_BAD_INPUT = 2;

/** A rollout's ending as an exit code. */
export const EXIT_OF_ENDING: Readonly<Record<Ending, number>> = {
  Succeeded: EXIT_OK,
  Halted: 3,
  FailedClean: 4,
  FailedDirty: 5,
};
