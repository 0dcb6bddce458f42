// Does what nothing else may depend on: a failure is logged, and something else taken for its result.

import { log } from './log.ts';

/**
 * @param what The log line of a failure.
 * @param about Its ids.
 */
export async function bestEffort<T>(
  what: string,
  about: Readonly<Record<string, unknown>>,
  work: () => Promise<T>,
  otherwise: T,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    log.warn(what, { ...about, reason: String(error) });
    return otherwise;
  }
}
