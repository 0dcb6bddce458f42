// Asks for what only explains: an explanation must never cost the verdict that it explains.

import { log } from './log.ts';

/** @param nothing What is said where the question fails; the log says why. */
export async function orNothing<T>(what: string, nothing: T, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const reason = error instanceof Error ? error.name : String(error);
    log.warn('cannot explain', { what, reason });
    return nothing;
  }
}
