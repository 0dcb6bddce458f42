// Looks at the waits that an event may have fulfilled; the event only says when to look, never what is true.

import * as z from 'zod';
import { lambda } from './aws/lambda.ts';
import { log } from './aws/log.ts';
import {
  addHint,
  readWait,
  readWaits,
  replaceData,
  rolloutOfCommand,
  takeHint,
  type Wait,
} from './aws/wait-store.ts';
import { evaluate } from './aws/waits.ts';
import { rolloutOfExecution } from './core/rollout-id.ts';

/** Unknown members must be tolerated (ECS event documentation); missing ones make an event useless, not wrong. */
const eventSchema = z.looseObject({
  'detail-type': z.string(),
  /** Replayed from an archive: old news. */
  'replay-name': z.string().optional(),
  detail: z.looseObject({
    containerInstanceArn: z.string().optional(),
    ec2InstanceId: z.string().optional(),
    taskArn: z.string().optional(),
    lastStatus: z.string().optional(),
    group: z.string().optional(),
    version: z.number().optional(),
    'instance-id': z.string().optional(),
    'command-id': z.string().optional(),
    name: z.string().optional(),
  }),
});

type Detail = z.output<typeof eventSchema>['detail'];

function present(...waits: readonly (Wait | undefined)[]): Wait[] {
  return waits.filter((wait) => wait !== undefined);
}

/** A task of a container instance that drains, or that has just returned. */
async function taskChanged(detail: Detail): Promise<Wait[]> {
  const { containerInstanceArn: arn, taskArn, lastStatus } = detail;
  if (arn === undefined || taskArn === undefined) return [];
  if (lastStatus === 'STOPPED') {
    const wait = await takeHint(arn, taskArn);
    // While hints are left the drain cannot be over: looking would only cost calls.
    return present(wait && (wait.hints?.size ?? 0) === 0 ? wait : undefined);
  }
  return lastStatus === 'RUNNING' ? daemonStarted(arn, taskArn, detail.group) : [];
}

/** Only the daemons that a returned container instance waits for are worth a look. */
async function daemonStarted(
  arn: string,
  taskArn: string,
  group: string | undefined,
): Promise<Wait[]> {
  const wait = await readWait(arn, 'confirm');
  const awaited = (wait?.data.daemons ?? []) as string[];
  if (!awaited.some((name) => group === `service:${name}`)) return [];
  return present(await addHint(arn, taskArn));
}

/** An ECS agent connected: the host is up again, or the agent is. */
async function containerInstanceChanged(detail: Detail): Promise<Wait[]> {
  if (detail.ec2InstanceId === undefined) return [];
  const waits = await readWaits(detail.ec2InstanceId);
  const reboot = waits.find((wait) => wait.kind === 'reboot');
  const verify = waits.find((wait) => wait.kind === 'verify');
  const probed = reboot?.data.probeCommandId !== undefined;
  if (!reboot || probed || detail.version === undefined) return present(reboot, verify);
  const data = { ...reboot.data, agentConnectedVersion: detail.version };
  return present(await replaceData(reboot, data), verify);
}

/** A host answered one of our documents. */
async function invocationChanged(detail: Detail): Promise<Wait[]> {
  const id = detail['instance-id'];
  return id === undefined ? [] : present(await readWait(id, 'reboot'));
}

/** All hosts of one command have answered. */
async function commandChanged(detail: Detail): Promise<Wait[]> {
  const commandId = detail['command-id'];
  const rolloutId = commandId === undefined ? undefined : await rolloutOfCommand(commandId);
  return rolloutId === undefined ? [] : present(await readWait(rolloutId, 'commands'));
}

/** The update of one container instance ended. */
async function executionEnded(detail: Detail): Promise<Wait[]> {
  const rolloutId = rolloutOfExecution(detail.name ?? '');
  return rolloutId === undefined ? [] : present(await readWait(rolloutId, 'progress'));
}

const FINDERS: Readonly<Record<string, (detail: Detail) => Promise<Wait[]>>> = {
  'ECS Task State Change': taskChanged,
  'ECS Container Instance State Change': containerInstanceChanged,
  'EC2 Command Invocation Status-change Notification': invocationChanged,
  'EC2 Command Status-change Notification': commandChanged,
  'Step Functions Execution Status Change': executionEnded,
};

export const handler = lambda(eventSchema, async (event) => {
  if (event['replay-name'] !== undefined) return { looked: 0 };
  const find = FINDERS[event['detail-type']];
  if (!find) {
    log.warn('event of no known type', { detailType: event['detail-type'] });
    return { looked: 0 };
  }
  const waits = await find(event.detail);
  for (const wait of waits) await evaluate(wait, 'event');
  return { looked: waits.length };
});
