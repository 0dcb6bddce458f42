// Tells Slack of one rollout as far as it can be told now; what cannot is left in the record for the next look.

import { milestoneLine } from '../core/slack-lines.ts';
import { type LiveFacts, liveMessage } from '../core/slack-message.ts';
import { code } from '../core/slack-text.ts';
import {
  type ChannelPace,
  decideSends,
  fingerprint,
  paceAfter,
  type Send,
  type Sent,
} from '../core/telling.ts';
import { now } from './clock.ts';
import { log } from './log.ts';
import { inParallel } from './parallel.ts';
import { readWaves } from './plan-record.ts';
import { findRollout, forgetTelling, type Rollout } from './rollout-record.ts';
import { sendToSlack } from './slack.ts';
import { readSlackCredential, type SlackCredential } from './slack-credential.ts';
import {
  claimChannel,
  forgetLive,
  type LiveMessage,
  noteTold,
  readLive,
  readUnfinished,
  releaseChannel,
  type Unfinished,
  type Untold,
  writeLive,
} from './slack-record.ts';

/** Whoever closes a rollout writes its ending first and its last milestone after that. */
const LAST_WORD_MILLISECONDS = 120_000;
/** After the end of a rollout Slack may be out of reach for so long before its last words are given up. */
const GIVE_UP_MILLISECONDS = 3 * 86_400_000;
/** Parallel writes to the record. */
const WRITES_MAX = 10;

interface Told {
  readonly verdict: 'told' | 'waits' | 'nobody';
  readonly reason: string;
}

/** One rollout, and where it is told. */
interface Subject {
  readonly rollout: Rollout;
  readonly channel: string;
  readonly credential: SlackCredential;
}

async function liveFacts(rollout: Rollout, unfinished: Unfinished): Promise<LiveFacts> {
  const records = new Map((await readWaves(rollout.rolloutId)).map((one) => [one.wave, one]));
  const { plannedAt, expectedSeconds } = rollout;
  return {
    ...rollout,
    ...unfinished,
    control: rollout.control ?? {},
    waves: (rollout.waves ?? []).map((wave) => {
      const { startedAt, endedAt, bake, gateClosed } = records.get(wave.wave) ?? {};
      return { ...wave, startedAt, endedAt, baking: bake !== undefined, gateClosed };
    }),
    ...(plannedAt === undefined || expectedSeconds === undefined
      ? {}
      : { expectedEndAt: plannedAt + expectedSeconds * 1000 }),
  };
}

/** What is left to be told, and the live message, as the sends go on. */
interface Progress {
  readonly live: LiveMessage | undefined;
  readonly untold: readonly Untold[];
}

async function forgetTold(
  progress: Progress,
  send: Extract<Send, { readonly kind: 'post-details' }>,
): Promise<Progress> {
  await inParallel(progress.untold.slice(0, send.lines), WRITES_MAX, noteTold);
  return { ...progress, untold: progress.untold.slice(send.lines) };
}

async function remember(rolloutId: string, live: LiveMessage): Promise<LiveMessage> {
  await writeLive(rolloutId, live);
  return live;
}

/** Recorded only after Slack said so: whoever dies in between tells it twice rather than never. */
async function noteSent(
  { rollout, channel }: Subject,
  progress: Progress,
  send: Send,
  sent: Sent,
): Promise<Progress> {
  const { rolloutId } = rollout;
  const { live } = progress;
  if (sent.kind === 'later' || sent.kind === 'unsure') return progress;
  if (sent.kind === 'gone') {
    log.warn('live message gone, posted anew', { rolloutId, reason: sent.reason });
    await forgetLive(rolloutId);
    return { ...progress, live: undefined };
  }
  if (sent.kind === 'rejected') {
    // It would be rejected for ever, and hold up everything after it.
    log.error('Slack rejects a message', { rolloutId, kind: send.kind, reason: sent.reason });
  }
  if (send.kind === 'post-details') return forgetTold(progress, send);
  const shown = fingerprint(send.message);
  if (send.kind === 'update-live' && live) {
    return { ...progress, live: await remember(rolloutId, { ...live, shown }) };
  }
  if (sent.kind !== 'sent' || sent.ts === undefined) return progress;
  const posted = { channel: sent.channel ?? channel, ts: sent.ts, shown };
  return { ...progress, live: await remember(rolloutId, posted) };
}

/** Once all is told, or Slack has been out of reach for days, nobody need remember the rollout any more. */
async function endTelling(rollout: Rollout, left: string | undefined): Promise<void> {
  const { rolloutId, ending, closedAt = 0 } = rollout;
  const since = now() - closedAt;
  if (ending === undefined || since < LAST_WORD_MILLISECONDS) return;
  if (left !== undefined && since < GIVE_UP_MILLISECONDS) return;
  if (left !== undefined) log.error('Slack was never told', { rolloutId, left });
  await forgetTelling(rolloutId);
}

async function tell(
  subject: Subject,
  before: ChannelPace,
): Promise<{ readonly pace: ChannelPace; readonly told: Told }> {
  const { rollout, channel, credential } = subject;
  const { rolloutId, clusterName } = rollout;
  const { mode } = credential;
  const unfinished = await readUnfinished(rolloutId);
  const wanted = liveMessage(await liveFacts(rollout, unfinished));
  let progress: Progress = {
    live: mode === 'bot' ? await readLive(rolloutId) : undefined,
    untold: unfinished.untold,
  };
  const sends = decideSends({
    now: now(),
    mode,
    pace: before,
    lines: progress.untold.map((one) => milestoneLine(one.milestone)),
    wanted,
    heading: `${code(clusterName)} · rollout ${code(rolloutId)}`,
    live: progress.live,
  });
  let pace = before;
  for (const send of sends) {
    const place = { channel: progress.live?.channel ?? channel, ts: progress.live?.ts };
    const sent = await sendToSlack(credential, place, send);
    pace = paceAfter(pace, send, sent, now());
    progress = await noteSent(subject, progress, send, sent);
    if (sent.kind === 'later' || sent.kind === 'unsure') {
      await endTelling(rollout, sent.reason);
      return { pace, told: waits(rolloutId, sent.reason) };
    }
    if (sent.kind === 'gone') break;
  }
  const isShown = mode === 'webhook' || progress.live?.shown === fingerprint(wanted);
  const left =
    progress.untold.length > 0
      ? `${progress.untold.length} milestones for the next look`
      : isShown
        ? undefined
        : 'the live message is not up to date';
  await endTelling(rollout, left);
  return {
    pace,
    told: left === undefined ? TOLD : { verdict: 'waits', reason: left },
  };
}

const TOLD: Told = { verdict: 'told', reason: 'all milestones' };

function waits(rolloutId: string, reason: string): Told {
  log.warn('Slack waits', { rolloutId, reason });
  return { verdict: 'waits', reason };
}

/** Never throws for anything that Slack does. */
export async function tellSlack(rolloutId: string): Promise<Told> {
  const rollout = await findRollout(rolloutId);
  const channel = rollout?.policy.notify?.slackChannel;
  if (!rollout || channel === undefined) {
    return { verdict: 'nobody', reason: 'notify.slackChannel is not set' };
  }
  const { slackCredential } = rollout.policy.notify;
  const claim = await claimChannel(slackCredential, channel);
  if (!claim) return { verdict: 'waits', reason: 'somebody else sends to the channel' };
  let { pace } = claim;
  try {
    if (now() < pace.pausedUntilAt) {
      await endTelling(rollout, 'Slack wants a pause');
      return { verdict: 'waits', reason: 'Slack wants a pause' };
    }
    const credential = await readSlackCredential(slackCredential);
    if (typeof credential === 'string') {
      await endTelling(rollout, credential);
      return waits(rolloutId, credential);
    }
    const result = await tell({ rollout, channel, credential }, pace);
    pace = result.pace;
    return result.told;
  } finally {
    await releaseChannel(claim, pace);
  }
}
