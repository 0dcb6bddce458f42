// Looks at the waits that an event may have fulfilled; the event only says when to look, never what is true.

import * as z from 'zod';
import { isDaemon } from './aws/daemons.ts';
import { downloadsChanged } from './aws/downloads.ts';
import { lambda } from './aws/lambda.ts';
import { log } from './aws/log.ts';
import { collectCommand } from './aws/looks/commands.ts';
import { withAgentHint } from './aws/looks/reboot.ts';
import {
  addHint,
  readWait,
  readWaits,
  rolloutOfCommand,
  takeHint,
  type Wait,
} from './aws/wait-store.ts';
import { evaluate } from './aws/waits.ts';
import { mayBeEmpty } from './core/resources.ts';

const resource = z.looseObject({ name: z.string(), integerValue: z.number().optional() });

/** Unknown members must be tolerated (ECS event documentation); missing ones make an event useless, not wrong. */
const eventSchema = z.looseObject({
  'detail-type': z.string(),
  /** Replayed from an archive: old news. */
  'replay-name': z.string().optional(),
  detail: z.looseObject({
    clusterArn: z.string().optional(),
    containerInstanceArn: z.string().optional(),
    ec2InstanceId: z.string().optional(),
    agentConnected: z.boolean().optional(),
    taskArn: z.string().optional(),
    lastStatus: z.string().optional(),
    group: z.string().optional(),
    version: z.number().optional(),
    registeredResources: z.array(resource).optional(),
    remainingResources: z.array(resource).optional(),
    'instance-id': z.string().optional(),
    'command-id': z.string().optional(),
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
  return lastStatus === 'RUNNING' ? daemonStarted(detail, arn, taskArn) : [];
}

/** Only the daemons that a returned container instance waits for are worth a look. */
async function daemonStarted(
  { clusterArn, group = '' }: Detail,
  arn: string,
  taskArn: string,
): Promise<Wait[]> {
  const service = group.replace(/^service:/, '');
  // Every task that a drain moved starts somewhere: most of these events are about no daemon.
  if (clusterArn !== undefined && !(await isDaemon(clusterArn, service))) return [];
  return present(await addHint(arn, taskArn, service));
}

/** An ECS agent connected, so its host is up again; or it went away, so its host may be on its way down. */
async function containerInstanceChanged(detail: Detail): Promise<Wait[]> {
  const { ec2InstanceId, registeredResources, remainingResources } = detail;
  if (ec2InstanceId === undefined) return [];
  if (!mayBeEmpty(registeredResources, remainingResources)) return [];
  const waits = await readWaits(ec2InstanceId);
  return waits.flatMap((wait) => withAgentHint(wait, detail));
}

/** A host answered one of our documents. */
async function invocationChanged(detail: Detail): Promise<Wait[]> {
  const id = detail['instance-id'];
  return id === undefined ? [] : present(await readWait(id, 'reboot'));
}

/** All hosts of one command have answered. */
async function commandChanged(detail: Detail): Promise<Wait[]> {
  const commandId = detail['command-id'];
  const found = commandId === undefined ? undefined : await rolloutOfCommand(commandId);
  if (!found || commandId === undefined) return [];
  const { rolloutId, verb } = found;
  const isCheck = verb !== 'prepare';
  if (!isCheck) await downloadsChanged(rolloutId, commandId);
  const wait = isCheck ? await readWait(rolloutId, 'commands') : undefined;
  return wait ? [await collectCommand(wait, commandId)] : [];
}

const FINDERS: Readonly<Record<string, (detail: Detail) => Promise<Wait[]>>> = {
  'ECS Task State Change': taskChanged,
  'ECS Container Instance State Change': containerInstanceChanged,
  'EC2 Command Invocation Status-change Notification': invocationChanged,
  'EC2 Command Status-change Notification': commandChanged,
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
