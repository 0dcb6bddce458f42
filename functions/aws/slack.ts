// Speaks to Slack: a bot by the Web API, or an incoming webhook; every failure becomes a word about what to do next.

import {
  LogLevel,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  WebClient,
  type WebClientOptions,
} from '@slack/web-api';
import type { SlackMessage } from '../core/slack-message.ts';
import { sentence } from '../core/slack-text.ts';
import type { Send, Sent } from '../core/telling.ts';
import type { SlackCredential } from './slack-credential.ts';

/** Slack answers within a second; what is given up may be done all the same, so it is given up late. */
const TIMEOUT_MILLISECONDS = 20_000;

const silent = () => {};

/** The client would log what it sends, retry for half an hour, and sleep when it is rate limited. */
const CLIENT: WebClientOptions = {
  timeout: TIMEOUT_MILLISECONDS,
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
  logger: {
    debug: silent,
    info: silent,
    warn: silent,
    error: silent,
    setLevel: silent,
    setName: silent,
    getLevel: () => LogLevel.ERROR,
  },
};

/** The message that was to be changed, or answered to, is no more (docs.slack.dev, chat.update). */
const GONE: ReadonlySet<string> = new Set([
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
  'thread_not_found',
]);
/** The message itself cannot be taken (docs.slack.dev, chat.postMessage; bolt-js issue 2509 for the last). */
const REJECTED: ReadonlySet<string> = new Set([
  'msg_too_long',
  'no_text',
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
]);

function refusal(error: string): Sent {
  if (GONE.has(error)) return { kind: 'gone', reason: error };
  if (REJECTED.has(error)) return { kind: 'rejected', reason: error };
  return { kind: 'later', reason: `Slack refuses: ${sentence(error)}` };
}

/** Codes of connections that were never made: nothing can have been done. */
const UNCONNECTED: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** `fetch` tells why only in the cause of its error. */
function neverLeft(error: unknown): boolean {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  return UNCONNECTED.has(cause?.code);
}

/** No text of Slack's error reaches a log as it is: it may repeat what was sent. */
function judgeError(error: unknown): Sent {
  if (error instanceof WebAPIRateLimitedError) {
    return { kind: 'later', reason: 'rate limited', seconds: error.retryAfter };
  }
  if (error instanceof WebAPIPlatformError) return refusal(error.data.error);
  const reason = `Slack does not answer: ${sentence(error instanceof Error ? error.message : String(error))}`;
  if (error instanceof WebAPIHTTPError) return { kind: 'later', reason };
  const cause = error instanceof WebAPIRequestError ? error.original : error;
  return neverLeft(cause) ? { kind: 'later', reason } : { kind: 'unsure', reason };
}

/** Where the live message is. */
export interface Place {
  readonly channel: string;
  readonly ts?: string | undefined;
}

/** Names and links stay as they are: what looks like a mention must not become one, and nothing is previewed. */
const AS_IT_IS = { parse: 'none', link_names: false } as const;
const NO_PREVIEWS = { unfurl_links: false, unfurl_media: false } as const;

async function sendAsBot(token: string, place: Place, send: Send): Promise<Sent> {
  const { chat } = new WebClient(token, CLIENT);
  const { text } = send.message;
  const blocks = [...send.message.blocks] as never;
  const { channel, ts = '' } = place;
  if (send.kind === 'update-live') {
    await chat.update({ channel, ts, text, blocks, ...AS_IT_IS });
    return { kind: 'sent' };
  }
  const message = { channel, text, blocks, ...AS_IT_IS, ...NO_PREVIEWS };
  const answer = await chat.postMessage(
    send.kind === 'post-details' ? { ...message, thread_ts: ts } : message,
  );
  return {
    kind: 'sent',
    ...(answer.channel === undefined ? {} : { channel: answer.channel }),
    ...(answer.ts === undefined ? {} : { ts: answer.ts }),
  };
}

/** By hand, because Slack's own client for webhooks does not show `Retry-After`. */
async function sendToWebhook(url: string, message: SlackMessage): Promise<Sent> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ ...message, ...NO_PREVIEWS }),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
  });
  if (response.ok) return { kind: 'sent' };
  const seconds = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  if (response.status === 429) {
    return { kind: 'later', reason: 'rate limited', ...(seconds > 0 ? { seconds } : {}) };
  }
  if (response.status >= 500) {
    return { kind: 'later', reason: `Slack does not answer: status ${response.status}` };
  }
  return refusal((await response.text()).slice(0, 100));
}

/** One request; never throws. */
export async function sendToSlack(
  credential: SlackCredential,
  place: Place,
  send: Send,
): Promise<Sent> {
  try {
    return credential.mode === 'bot'
      ? await sendAsBot(credential.secret, place, send)
      : await sendToWebhook(credential.secret, send.message);
  } catch (error) {
    return judgeError(error);
  }
}
