// Decides what becomes of a container instance that was chosen, but whose execution was never started.

import type { Control } from './dispatch.ts';
import { isoInstant } from './instant.ts';
import { type WindowState, type WorstCase, windowRefusal } from './window.ts';

export type UnstartedVerdict =
  /** The dispatcher's choice still holds: carry it out. */
  | { readonly kind: 'start' }
  | { readonly kind: 'wait'; readonly reason: string }
  /** It is not to be started any more in this rollout. */
  | { readonly kind: 'give-up'; readonly reason: string };

/**
 * The function that chose it died before it could start it. Its place in the budgets is kept meanwhile, so only what
 * may have changed since is judged again: what people asked for, and the time that is left.
 */
export function judgeUnstarted(world: {
  readonly now: number;
  readonly control: Control;
  readonly window: WindowState;
  readonly policy: WorstCase;
  /** On the way back no window holds it up. */
  readonly goingBack: boolean;
}): UnstartedVerdict {
  const { now, control, window, policy, goingBack } = world;
  if (control.abort) {
    const { by, at } = control.abort;
    return { kind: 'give-up', reason: `aborted by ${by} at ${isoInstant(at)}` };
  }
  const refusal = goingBack ? undefined : windowRefusal(window, policy, now);
  if (refusal?.forGood) return { kind: 'give-up', reason: refusal.reason };
  if (refusal) return { kind: 'wait', reason: refusal.reason };
  if (control.pause) {
    const { by, at } = control.pause;
    return { kind: 'wait', reason: `paused by ${by} at ${isoInstant(at)}` };
  }
  return { kind: 'start' };
}
