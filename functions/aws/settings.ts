// Has hosts put back the update settings they had before the rollout, and looks whether they did.

import { owesSettings, restoresOn, sameSettings } from '../core/settings-owed.ts';
import { bestEffort } from './best-effort.ts';
import { now } from './clock.ts';
import { type Answer, readAnswers } from './documents.ts';
import { isTerminated } from './ec2.ts';
import type { InstanceRecord } from './instance-record.ts';
import { noteWhatever } from './instance-store.ts';
import { log } from './log.ts';
import { inParallel } from './parallel.ts';
import { type Rollout, type SettingsRound, updateRollout } from './rollout-record.ts';
import { sendDocumentToAll } from './send-to-all.ts';

/** A host that does not answer may be away for a moment; one that never does is left to a person. */
const ROUNDS_MAX = 3;
/** Delivery gives up after 120 seconds; hosts answer within two or three. */
const ANSWER_LOST_AFTER_MILLISECONDS = 150_000;
/** Parallel writes to the record, and reads of single hosts. */
const PARALLEL_MAX = 25;

export type Settling =
  | { readonly kind: 'asked'; readonly hosts: number }
  /** Nobody owes anything any more, but those that could not be reached. */
  | { readonly kind: 'settled'; readonly left: readonly InstanceRecord[] };

interface Group {
  readonly ids: string[];
  readonly parameters: Readonly<Record<string, string>>;
}

/** One command for all that want the same. */
async function ask(
  rollout: Rollout,
  owing: readonly InstanceRecord[],
  round: number,
  said: SettingsRound['said'],
): Promise<void> {
  const groups = new Map<string, Group>();
  for (const one of owing) {
    const parameters = {
      RestoreVersionLock: one.saved?.versionLock ?? 'keep',
      RestoreIgnoreWaves: String(one.saved?.ignoreWaves ?? 'keep'),
      ExpectVersion: restoresOn(one, said[one.ec2InstanceId]),
    };
    const key = Object.values(parameters).join(' ');
    const group: Group = groups.get(key) ?? { ids: [], parameters };
    group.ids.push(one.ec2InstanceId);
    groups.set(key, group);
  }
  const comment = `rollout ${rollout.rolloutId}: settings put back`;
  const commandIds: string[] = [];
  const unknown: string[] = [];
  let refusal: string | undefined;
  for (const { ids, parameters } of groups.values()) {
    try {
      const sent = await sendDocumentToAll('status', ids, parameters, comment);
      commandIds.push(...sent.commands.map((one) => one.commandId));
      unknown.push(...sent.unknown);
      if (sent.denied[0]) refusal = String(sent.denied[0].error);
    } catch (error) {
      // As a host that does not answer: no cluster is kept from all rollouts for settings that a person can put back.
      refusal = String(error);
    }
  }
  if (refusal !== undefined)
    log.warn('settings not asked for', { rolloutId: rollout.rolloutId, refusal });
  const settingsRound = { round, sentAt: now(), commandIds, unknown, refusal, said };
  await updateRollout(rollout, { settingsRound });
}

/** What is said of none of its hosts has not been answered. */
function readSome(commandId: string): Promise<Map<string, Answer>> {
  return bestEffort('answers not read', { commandId }, () => readAnswers(commandId), new Map());
}

async function readRound({ commandIds }: SettingsRound): Promise<Map<string, Answer>> {
  const answers = await inParallel(commandIds, PARALLEL_MAX, readSome);
  return new Map(answers.flatMap((batch) => [...batch]));
}

function hasItsOwn(one: InstanceRecord, answer: Answer | undefined): boolean {
  if (answer?.kind !== 'report' || !one.saved) return false;
  return sameSettings(answer.report.settings, one.saved);
}

function whyNot(
  { ec2InstanceId }: InstanceRecord,
  answer: Answer | undefined,
  { unknown, refusal }: SettingsRound,
): string {
  if (answer === undefined) {
    if (unknown.includes(ec2InstanceId)) return 'Systems Manager does not know the host';
    return refusal ?? 'the host did not answer';
  }
  switch (answer.kind) {
    case 'pending':
      return 'the host did not answer';
    case 'report':
      return `the host has version-lock ${answer.report.settings.versionLock} and ignore-waves ${answer.report.settings.ignoreWaves}`;
    default:
      return answer.reason;
  }
}

/** What EC2 says nothing of may be there. */
function hasEnded({ ec2InstanceId }: InstanceRecord): Promise<boolean> {
  const about = { ec2InstanceId };
  return bestEffort('instance not read', about, () => isTerminated(ec2InstanceId), false);
}

/** Those that are gone from ECS may be gone altogether. */
async function stillThere(owing: readonly InstanceRecord[]): Promise<InstanceRecord[]> {
  const gone = await inParallel(
    owing,
    PARALLEL_MAX,
    async (one) => one.outcome === 'Gone' && (await hasEnded(one)),
  );
  return owing.filter((_, index) => !gone[index]);
}

/** What does not exist any more has no settings to put back. */
async function giveUp(
  rollout: Rollout,
  owing: readonly InstanceRecord[],
  answers: ReadonlyMap<string, Answer>,
  last: SettingsRound,
): Promise<Settling> {
  const gone = await inParallel(owing, PARALLEL_MAX, hasEnded);
  const left = owing.filter((_, index) => !gone[index]);
  await inParallel(left, PARALLEL_MAX, async (one) => {
    if (one.settingsLeft) return;
    const why = `its update settings could not be put back: ${whyNot(one, answers.get(one.ec2InstanceId), last)}`;
    await noteWhatever(rollout, one, { settingsLeft: true, reason: `${one.reason}; ${why}` });
  });
  return { kind: 'settled', left };
}

/**
 * One look, and the next round where one is due. Safe to repeat at any point: the document changes nothing that is as
 * wanted. A staged image is harmless: it is not activated, and the next update overwrites it.
 *
 * @param records Those of the whole rollout, with their outcomes.
 */
export async function settleSettings(
  rollout: Rollout,
  records: readonly InstanceRecord[],
): Promise<Settling> {
  const owing = await stillThere(records.filter(owesSettings));
  if (owing.length === 0) return { kind: 'settled', left: [] };
  const last = rollout.settingsRound;
  if (!last) {
    await ask(rollout, owing, 1, {});
    return { kind: 'asked', hosts: owing.length };
  }
  const answers = await readRound(last);
  const restored = owing.filter((one) => hasItsOwn(one, answers.get(one.ec2InstanceId)));
  await inParallel(restored, PARALLEL_MAX, (one) =>
    noteWhatever(rollout, one, { settingsRestoredAt: now() }),
  );
  const still = owing.filter((one) => !restored.includes(one));
  if (still.length === 0) return { kind: 'settled', left: [] };
  // What was sent a moment ago may not be listed yet.
  const awaited = still.some(({ ec2InstanceId }) => {
    const kind = answers.get(ec2InstanceId)?.kind ?? 'pending';
    return kind === 'pending' && !last.unknown.includes(ec2InstanceId);
  });
  if (awaited && now() - last.sentAt < ANSWER_LOST_AFTER_MILLISECONDS) {
    return { kind: 'asked', hosts: still.length };
  }
  if (last.round >= ROUNDS_MAX) return giveUp(rollout, still, answers, last);
  const said = { ...last.said };
  for (const [id, answer] of answers) {
    if (answer.kind === 'report') said[id] = answer.report.os.version;
  }
  await ask(rollout, still, last.round + 1, said);
  return { kind: 'asked', hosts: still.length };
}
