// Tells the waiting dispatcher of a rollout that there is something to look at, once however much comes together.

import type { ProgressData } from './looks/progress.ts';
import { addNews } from './wait-store.ts';
import { answer } from './waits.ts';

/**
 * To be called after what is new was written. A dispatcher that does not wait yet finds the count when it is about to.
 * Only the first news of a wait answers its token, because all others are judged together with it; should that one
 * call die in between, the sweep answers.
 */
export async function tellDispatcher(rolloutId: string, reason: string): Promise<void> {
  const wait = await addNews(rolloutId);
  if (!wait) return;
  const { news } = wait.data as unknown as ProgressData;
  if (wait.news === news + 1) await answer(wait, { kind: 'held', output: { reason } });
}
