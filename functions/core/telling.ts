// Decides what Slack is sent now: how often, in which order, and what has to wait for the next look.

import { detailsMessage, type SlackMessage } from './slack-message.ts';

/** Epoch milliseconds before which a channel must not be sent anything of a kind. */
export interface ChannelPace {
  /** A new message; Slack takes one per second and channel. */
  readonly postAt: number;
  /** A change in place; Slack takes 50 per minute (tier 3). */
  readonly updateAt: number;
  /** Anything: Slack said `Retry-After`, or did not answer. */
  readonly pausedUntilAt: number;
  /** How often in a row nobody could say whether Slack did what it was asked. */
  readonly unsureTimes: number;
}

export const UNHURRIED: ChannelPace = {
  postAt: 0,
  updateAt: 0,
  pausedUntilAt: 0,
  unsureTimes: 0,
};

/** One message per second and channel (docs.slack.dev/apis/web-api/rate-limits), and a little more. */
export const POST_MILLISECONDS = 1100;
/** Several milestones within this time show as one change of the live message. */
export const UPDATE_MILLISECONDS = 3000;

export interface Telling {
  readonly now: number;
  /** A webhook can neither change a message nor answer in its thread. */
  readonly mode: 'bot' | 'webhook';
  readonly pace: ChannelPace;
  /** Lines that have not been told, oldest first. */
  readonly lines: readonly string[];
  /** The live message as it should be. */
  readonly wanted: SlackMessage;
  /** Heads what a webhook posts: its messages have no thread to say what they belong to. */
  readonly heading: string;
  /** The live message as Slack has it, if it has. */
  readonly live?: { readonly ts: string; readonly shown: string } | undefined;
}

export type Send =
  | { readonly kind: 'post-live'; readonly message: SlackMessage }
  /** `lines`: how many, from the first on, are told when it arrives. */
  | { readonly kind: 'post-details'; readonly message: SlackMessage; readonly lines: number }
  | { readonly kind: 'update-live'; readonly message: SlackMessage };

/** What tells one state of the live message from another. */
export function fingerprint(message: SlackMessage): string {
  return JSON.stringify(message);
}

/** At most one new message and one change in place; in that order, so that a reader finds what the change is about. */
export function decideSends(telling: Telling): readonly Send[] {
  const { now, mode, pace, lines, wanted, live, heading } = telling;
  if (now < pace.pausedUntilAt) return [];
  const mayPost = now >= pace.postAt;
  if (mode === 'webhook') {
    return mayPost && lines.length > 0
      ? [{ kind: 'post-details', ...detailsMessage(lines, heading) }]
      : [];
  }
  if (!live) return mayPost ? [{ kind: 'post-live', message: wanted }] : [];
  const isStale = live.shown !== fingerprint(wanted);
  return [
    ...(mayPost && lines.length > 0
      ? [{ kind: 'post-details' as const, ...detailsMessage(lines) }]
      : []),
    ...(isStale && now >= pace.updateAt ? [{ kind: 'update-live' as const, message: wanted }] : []),
  ];
}

/** What became of one send. */
export type Sent =
  | { readonly kind: 'sent'; readonly channel?: string; readonly ts?: string }
  /** The live message is gone: somebody deleted it. */
  | { readonly kind: 'gone'; readonly reason: string }
  /** Slack will never take this message: our mistake, and no reason to hold up the next. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** Not now; `seconds` when Slack said how long. */
  | { readonly kind: 'later'; readonly reason: string; readonly seconds?: number }
  /** No answer: it may have been done. */
  | { readonly kind: 'unsure'; readonly reason: string };

/** Without a word from Slack the next look, a minute later, is soon enough. */
const QUIET_MILLISECONDS = 30_000;
/** What may have been done is repeated ever more rarely: every time could be one message too many. */
const UNSURE_MILLISECONDS_MAX = 900_000;

export function paceAfter(pace: ChannelPace, send: Send, sent: Sent, now: number): ChannelPace {
  if (sent.kind === 'later') {
    const wait = sent.seconds === undefined ? QUIET_MILLISECONDS : sent.seconds * 1000;
    return { ...pace, pausedUntilAt: now + wait, unsureTimes: 0 };
  }
  if (sent.kind === 'unsure') {
    const wait = Math.min(UNSURE_MILLISECONDS_MAX, QUIET_MILLISECONDS * 2 ** pace.unsureTimes);
    return { ...pace, pausedUntilAt: now + wait, unsureTimes: pace.unsureTimes + 1 };
  }
  return send.kind === 'update-live'
    ? { ...pace, updateAt: now + UPDATE_MILLISECONDS, unsureTimes: 0 }
    : { ...pace, postAt: now + POST_MILLISECONDS, unsureTimes: 0 };
}
