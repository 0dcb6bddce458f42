// The one mechanism for all waiting: look at the world, and answer the task token once what is waited for holds.

import type { RoutedErrorName } from '../core/errors.ts';
import { now } from './clock.ts';
import { answerFailure, answerSuccess } from './executions.ts';
import { log } from './log.ts';
import { lookAtApproval } from './looks/approval.ts';
import { lookAtCommands } from './looks/commands.ts';
import { lookAtConfirm } from './looks/confirm.ts';
import { lookAtDrain } from './looks/drain.ts';
import { lookAtReboot } from './looks/reboot.ts';
import { lookAtVerify } from './looks/verify.ts';
import { deleteWait, type Wait, type WaitKind } from './wait-store.ts';

/** What made us look. Events only say when; only the world says what. */
export type Trigger = 'begin' | 'event' | 'sweep';

export type Look =
  | { readonly kind: 'pending'; readonly reason: string }
  | { readonly kind: 'held'; readonly output: Readonly<Record<string, unknown>> }
  | { readonly kind: 'failed'; readonly error: RoutedErrorName; readonly cause: string };

type Looker = (wait: Wait, trigger: Trigger) => Promise<Look>;

const LOOKERS: Readonly<Record<WaitKind, Looker>> = {
  commands: lookAtCommands,
  approval: lookAtApproval,
  // Whoever has news says so, and the sweep judges it by what it has read anyway.
  progress: async () => ({ kind: 'pending', reason: 'no news yet' }),
  drain: lookAtDrain,
  reboot: lookAtReboot,
  verify: lookAtVerify,
  confirm: lookAtConfirm,
};

/** What did not happen in time, and what follows: an error, or an answer with which it goes on. */
type Expiry = { readonly what: string } & (
  | { readonly error: RoutedErrorName }
  | { readonly output: (reason: string) => Readonly<Record<string, unknown>> }
);

/** What a passed deadline means. */
const EXPIRED: Readonly<Record<WaitKind, Expiry>> = {
  commands: { what: 'not answered', output: (reason) => ({ reason }) },
  approval: { what: 'not approved', output: (reason) => ({ verdict: 'refused', reason }) },
  progress: { what: 'not over', output: (reason) => ({ reason }) },
  drain: { what: 'not drained', error: 'DrainTimedOut' },
  reboot: { what: 'not back from its reboot', error: 'RebootTimedOut' },
  verify: { what: 'not verified', error: 'VerifyTimedOut' },
  confirm: { what: 'not confirmed', error: 'ConfirmTimedOut' },
};

function expired({ kind, beganAt, deadlineAt }: Wait, reason: string): Look {
  const expiry = EXPIRED[kind];
  const minutes = Math.round((deadlineAt - beganAt) / 60_000);
  const cause = `${expiry.what} within ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}: ${reason}`;
  return 'error' in expiry
    ? { kind: 'failed', error: expiry.error, cause }
    : { kind: 'held', output: expiry.output(cause) };
}

/** Looks once and answers the token if what is waited for holds, has failed, or is overdue. */
export async function evaluate(wait: Wait, trigger: Trigger): Promise<Look> {
  return conclude(wait, await LOOKERS[wait.kind](wait, trigger));
}

/** Answers the token by what somebody has seen, or by the deadline. */
export async function conclude(wait: Wait, seen: Look): Promise<Look> {
  let look = seen;
  if (look.kind === 'pending' && now() > wait.deadlineAt) {
    look = expired(wait, look.reason);
  }
  await answer(wait, look);
  return look;
}

/**
 * Kinds whose item is left behind when the token is answered: no event finds it any more (the hints are used up, the
 * step has moved on), and the next wait is written over it. An item that a dead execution left is found out by its
 * token, and deleted then.
 */
const LEFT_BEHIND: ReadonlySet<WaitKind> = new Set(['progress', 'drain', 'confirm', 'reboot']);

/** Answers first, then forgets: a crash in between costs one more answer, which Step Functions refuses. */
export async function answer(wait: Wait, look: Look): Promise<void> {
  const ids = { rolloutId: wait.rolloutId, ec2InstanceId: wait.ec2InstanceId, wait: wait.kind };
  if (look.kind === 'pending') {
    log.info('still waiting', { ...ids, reason: look.reason });
    return;
  }
  const taken =
    look.kind === 'held'
      ? await answerSuccess(wait.token, look.output)
      : await answerFailure(wait.token, look.error, look.cause);
  if (!taken || !LEFT_BEHIND.has(wait.kind)) await deleteWait(wait);
  log.info(look.kind, { ...ids, ...look });
}
