// Reads how a rollout ended from what its execution says of itself.

import type { Ending } from '../functions/core/model.ts';

const ENDINGS: readonly string[] = ['Succeeded', 'Halted', 'FailedClean', 'FailedDirty'];

function isEnding(text: unknown): text is Ending {
  return ENDINGS.includes(String(text));
}

/** Lambda's errors travel as JSON inside of a cause. */
function plainCause(cause: string): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown };
    return errorMessage === undefined ? cause : String(errorMessage);
  } catch {
    return cause;
  }
}

/** What Step Functions says of an execution that is over. */
export interface ExecutionEnd {
  readonly status?: string | undefined;
  readonly output?: string | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

export interface RolloutEnd {
  readonly ending: Ending;
  readonly reason: string;
}

/** Undefined for an execution that runs, or ended by other means than its own last state. */
export function endingOfExecution(end: ExecutionEnd | undefined): RolloutEnd | undefined {
  if (end?.status === 'SUCCEEDED') {
    const { verdict, reason } = JSON.parse(end.output ?? '{}') as Record<string, unknown>;
    return isEnding(verdict) ? { ending: verdict, reason: String(reason) } : undefined;
  }
  return isEnding(end?.error)
    ? { ending: end.error, reason: plainCause(end.cause ?? '') }
    : undefined;
}
