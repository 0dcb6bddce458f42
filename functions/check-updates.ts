// Asks every eligible host which updates it is offered; the answers are awaited by task token.

import { sendBatches } from './aws/batch.ts';
import { now } from './aws/clock.ts';
import { rolloutInput, withToken } from './aws/inputs.ts';
import { readInstances } from './aws/instance-store.ts';
import { lambda } from './aws/lambda.ts';
import { requireLease } from './aws/lease.ts';
import type { CommandsData } from './aws/looks/commands.ts';
import { readRollout } from './aws/rollout-record.ts';
import { putWait } from './aws/wait-store.ts';
import { evaluate } from './aws/waits.ts';
import { postureCanFail } from './core/posture.ts';

/** Seconds until hosts that have not answered are left out: delivery (120) plus the document's own limit. */
const ANSWER_SECONDS = 600;

/**
 * Intent, then effect: the wait is written before anything is sent, and again with the commands it waits for. A crash
 * in between leaves hosts that were asked and nobody who listens; the state machine then asks once more, which the
 * document allows.
 */
export const handler = lambda(rolloutInput.extend(withToken), async ({ token, ...held }) => {
  const { policy } = await readRollout(held.rolloutId);
  await requireLease(held);
  const instances = await readInstances(held.rolloutId);
  const asked = instances.filter((instance) => instance.outcome === undefined);
  const deadlineAt = now() + ANSWER_SECONDS * 1000;
  const wait = { ...held, subject: held.rolloutId, kind: 'commands' as const, token, deadlineAt };
  const nothing: CommandsData = { commandIds: [], complete: false };
  await putWait({ ...wait, data: { ...nothing } });
  const sent = await sendBatches(held, 'check', [
    {
      ec2InstanceIds: asked.map((instance) => instance.ec2InstanceId),
      parameters: {
        IgnoreWaves: String(!policy.target.respectRepositoryWaves),
        ReportPosture: String(postureCanFail(policy.posture)),
      },
    },
  ]);
  const data: CommandsData = { commandIds: sent.map((one) => one.commandId), complete: true };
  await evaluate(await putWait({ ...wait, data: { ...data } }), 'begin');
  return { verdict: 'sent', reason: `check sent in ${sent.length} commands` };
});
