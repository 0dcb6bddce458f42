// What people may ask of a rollout: pause, resume, abort, approve, refuse, release a quarantined version.

import * as z from 'zod';
import { bestEffort } from './aws/best-effort.ts';
import { now } from './aws/clock.ts';
import { publish } from './aws/events.ts';
import { journal } from './aws/journal.ts';
import { lambda } from './aws/lambda.ts';
import { tellDispatcher } from './aws/progress.ts';
import { changeControl, type Rollout, readRollout } from './aws/rollout-record.ts';
import { releaseQuarantine } from './aws/version-record.ts';
import { readWait } from './aws/wait-store.ts';
import { evaluate } from './aws/waits.ts';
import { whyNoApproval } from './core/approval.ts';
import type { Asked, Control } from './core/dispatch.ts';
import { BadInputError } from './core/errors.ts';

const by = z.string().min(1).max(200);
const rolloutId = z.string().min(1).max(80);

const input = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.enum(['pause', 'resume', 'abort', 'approve', 'refuse']),
    rolloutId,
    by,
  }),
  z.strictObject({
    action: z.literal('release-quarantine'),
    variant: z.string().regex(/^[a-z0-9-]{1,64}$/),
    arch: z.enum(['x86_64', 'aarch64']),
    version: z.string().regex(/^\d{1,5}\.\d{1,5}\.\d{1,5}$/),
    by,
  }),
]);

type RolloutAction = Exclude<z.output<typeof input>, { action: 'release-quarantine' }>;

/** Waiting dispatchers and approvals are told at once; nothing is lost if this fails, the sweep looks too. */
async function wake(request: RolloutAction): Promise<void> {
  await tellDispatcher(request.rolloutId, `${request.action} asked by ${request.by}`);
  const approval = await readWait(request.rolloutId, 'approval');
  if (approval) await evaluate(approval, 'event');
}

/** What an action leaves in the record: every one is kept, so that none is lost when nobody waits for it yet. */
function changeOf(action: RolloutAction['action'], asked: Asked): Partial<Control> {
  return action === 'resume' ? { pause: undefined } : { [action]: asked };
}

/** What can have no effect is refused, instead of a silent promise. */
function requireEffect({ action, rolloutId }: RolloutAction, rollout: Rollout): void {
  const why =
    action === 'approve' || action === 'refuse'
      ? whyNoApproval(rollout)
      : rollout.ending && `it ended ${rollout.ending} already`;
  if (why !== undefined) throw new BadInputError(`Cannot ${action} rollout ${rolloutId}: ${why}`);
}

export const handler = lambda(input, async (request) => {
  if (request.action === 'release-quarantine') {
    const { variant, arch, version } = request;
    await releaseQuarantine(`${variant}/${arch}`, version);
    const why = `version ${version} may be tried again`;
    const entry = { what: 'released', who: request.by, why };
    const write = () => journal(`quarantine-${variant}-${arch}`, entry);
    await bestEffort('released, and not in the journal', { entry }, write, undefined);
    return { verdict: 'released', reason: `${variant}/${arch} ${version} may be tried again` };
  }
  const rollout = await readRollout(request.rolloutId);
  requireEffect(request, rollout);
  const { action, by: who } = request;
  const milestone = { event: 'Rollout Controlled' as const, action, by: who };
  const asked = { by: who, at: now() };
  await changeControl(rollout, changeOf(action, asked));
  // It stands now: what follows must not tell whoever asked that it failed.
  const entry = { what: action, who, why: 'asked by hand', at: asked.at };
  const write = () => journal(request.rolloutId, entry, milestone);
  await bestEffort('granted, and not in the journal', { entry }, write, undefined);
  await bestEffort('granted, and nobody woken', { entry }, () => wake(request), undefined);
  // Last, because nobody's abort may wait for an event bus.
  await publish({
    event: milestone.event,
    detail: { rolloutId: request.rolloutId, action, by: who },
  });
  return { verdict: request.action, reason: `asked by ${request.by}` };
});
