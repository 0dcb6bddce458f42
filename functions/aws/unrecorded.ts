// Brings home container instances that carry our mark while nothing is recorded of their rollout, or there is no table.

import { CLOCK_SKEW_MILLISECONDS } from '../core/reboot.ts';
import { decideUnrecorded, type UnrecordedFacts } from '../core/unrecorded.ts';
import { readWayBack } from '../core/way-back.ts';
import { groupMembers, setScaleInProtection } from './auto-scaling.ts';
import { bestEffort } from './best-effort.ts';
import { now } from './clock.ts';
import { readAnswer, sendDocument } from './documents.ts';
import { deregister, describeContainerInstances, setContainerInstanceState } from './ecs.ts';
import type { SeenContainerInstance } from './ecs-shapes.ts';
import { publish } from './events.ts';
import { describeExecution } from './executions.ts';
import { hostFacts } from './host-facts.ts';
import { log } from './log.ts';
import { listMarked, unmarkOwned } from './marks.ts';
import { obsolete } from './obsolete.ts';
import { NOT_PUT_BACK } from './protection.ts';
import { updateExecutionArn } from './start-update.ts';
import { commandsSince, homeComment, readFleetClusters, type SentCommand } from './traces.ts';

/** Anything older can have no effect any more, and no answer that counts. */
const TRACES_MILLISECONDS = 86_400_000;

/** A container instance with the mark of a rollout. */
export interface Marked {
  readonly clusterName: string;
  readonly clusterArn: string;
  readonly rolloutId: string;
  readonly seen: SeenContainerInstance;
}

/** `…:container-instance/CLUSTER/ID` belongs to `…:cluster/CLUSTER`. */
export function clusterArnOf(containerInstanceArn: string): string {
  return containerInstanceArn.replace(/:container-instance\/([^/]+)\/.*$/, ':cluster/$1');
}

/** In every cluster that has a fleet: one call each, and a second one where anything is marked. */
export async function findMarked(): Promise<Marked[]> {
  const found: Marked[] = [];
  for (const clusterName of await readFleetClusters()) {
    const arns = await listMarked(clusterName).catch((error: unknown) => {
      // A fleet whose cluster is deleted, or not there yet, must not hide the others.
      log.warn('cluster cannot be listed', { clusterName, reason: String(error) });
      return [];
    });
    for (const seen of await describeContainerInstances(clusterName, arns)) {
      if (seen.drainedBy === undefined) continue;
      const clusterArn = clusterArnOf(seen.containerInstanceArn);
      found.push({ clusterName, clusterArn, rolloutId: seen.drainedBy, seen });
    }
  }
  return found;
}

/** Until when any of these could still reboot the host. */
function rebootsUntil(commands: readonly SentCommand[]): number | undefined {
  const seconds = commands.flatMap(({ parameters: { NotAfterEpochSeconds } }) =>
    NotAfterEpochSeconds === undefined ? [] : [Number(NotAfterEpochSeconds)],
  );
  return seconds.length === 0 ? undefined : Math.max(...seconds) * 1000 + CLOCK_SKEW_MILLISECONDS;
}

/** Systems Manager, Step Functions and ECS remember what the record is missing. */
async function factsOf({ clusterArn, rolloutId, seen }: Marked): Promise<UnrecordedFacts> {
  const { ec2InstanceId, containerInstanceArn, status, agentConnected } = seen;
  const wayBack = readWayBack(seen.wayBack);
  const name = { ec2InstanceId, attempt: wayBack?.attempt };
  const execution = await describeExecution(updateExecutionArn(rolloutId, name));
  const commands = await commandsSince(ec2InstanceId, now() - TRACES_MILLISECONDS);
  const comment = homeComment(rolloutId);
  const asked = commands.find((one) => one.verb === 'status' && one.comment === comment);
  const saved = wayBack?.saved;
  return {
    now: now(),
    rolloutId,
    status,
    agentConnected,
    obsolete: await obsolete({ clusterArn, containerInstanceArn, ec2InstanceId }, seen),
    wayBack,
    execution: { running: execution.status === 'RUNNING', endedAt: execution.endedAt },
    rebootsUntilAt: rebootsUntil(commands),
    cancelledAt: commands.find(({ verb }) => verb === 'cancel')?.sentAt,
    host: asked
      ? hostFacts(await readAnswer(asked.commandId, ec2InstanceId), { ...asked, saved })
      : { kind: 'not-asked' },
    askedAt: asked?.sentAt,
    expectedVersion: asked?.parameters.ExpectVersion,
  };
}

function restoring({ wayBack }: UnrecordedFacts): Record<string, string> {
  const { saved } = wayBack ?? {};
  return {
    RestoreVersionLock: saved?.versionLock ?? 'keep',
    RestoreIgnoreWaves: saved === undefined ? 'keep' : String(saved.ignoreWaves),
  };
}

async function askHost({ rolloutId, seen }: Marked, facts: UnrecordedFacts, expectVersion: string) {
  const parameters = { ...restoring(facts), ExpectVersion: expectVersion };
  const sent = await sendDocument(
    'status',
    [seen.ec2InstanceId],
    parameters,
    homeComment(rolloutId),
  );
  return sent.kind === 'sent';
}

/** Ours goes: it was off before. What was found on stays on. */
async function putBackProtection({ seen }: Marked, { wayBack }: UnrecordedFacts): Promise<true> {
  if (!wayBack?.protectedByUs) return true;
  const { ec2InstanceId } = seen;
  const member = (await groupMembers([ec2InstanceId])).get(ec2InstanceId);
  if (member?.protectedFromScaleIn) {
    await setScaleInProtection(ec2InstanceId, member.autoScalingGroupName, false);
  }
  return true;
}

/** There may be nothing to write a journal into: the log and the bus are all that is left. */
async function tell(
  event: 'Container Instance Recovered' | 'Container Instance Stranded',
  { clusterArn, rolloutId, seen }: Marked,
  reason: string,
): Promise<void> {
  const { ec2InstanceId } = seen;
  await publish({ event, detail: { rolloutId, clusterArn, ec2InstanceId, reason } });
}

/**
 * One look, and one step where one is due. Nothing is remembered between two looks but what AWS remembers.
 *
 * @param isDue Whether people are told again of what needs them.
 */
export async function bringHome(marked: Marked, isDue: boolean): Promise<void> {
  const { clusterArn, rolloutId, seen } = marked;
  const { ec2InstanceId, containerInstanceArn: arn } = seen;
  const facts = await factsOf(marked);
  const step = decideUnrecorded(facts);
  const said = { rolloutId, clusterArn, ec2InstanceId, step };
  switch (step.kind) {
    case 'wait':
      log.info('unrecorded', said);
      return;
    case 'ask-host': {
      const known = await askHost(marked, facts, step.expectVersion);
      log.warn('unrecorded', { ...said, inSystemsManager: known });
      return;
    }
    case 'cancel':
      log.warn('unrecorded', said);
      await sendDocument(
        'cancel',
        [ec2InstanceId],
        { BootId: facts.wayBack?.bootIdBefore ?? '', ...restoring(facts) },
        homeComment(rolloutId),
      );
      return;
    case 'stranded':
      // Alarms count these lines.
      log.error('stranded', said);
      if (isDue) await tell('Container Instance Stranded', marked, step.reason);
      if (step.askAgain) await askHost(marked, facts, facts.expectedVersion ?? '');
      return;
    case 'deregister':
      log.warn('unrecorded', said);
      await deregister(clusterArn, arn);
      return;
    case 'let-go':
    case 'return': {
      // No host stays drained for it.
      const putBack = () => putBackProtection(marked, facts);
      const isBack = await bestEffort(NOT_PUT_BACK, { ec2InstanceId }, putBack, false);
      if (step.kind === 'return') await setContainerInstanceState(clusterArn, arn, 'ACTIVE');
      await unmarkOwned(clusterArn, arn);
      log.warn('recovered', said);
      await tell('Container Instance Recovered', marked, step.reason);
      if (isBack) return;
      log.error('stranded', { ...said, reason: NOT_PUT_BACK });
      await tell('Container Instance Stranded', marked, NOT_PUT_BACK);
      return;
    }
  }
}
