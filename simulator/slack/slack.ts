// Slack as far as a notifier sees it: chat.postMessage, chat.update and an incoming webhook, with their limits.

import { createHash } from 'node:crypto';
import type { Kernel } from '../kernel/kernel.ts';
import type { JsonObject } from '../kernel/service.ts';
import type { WireRequest } from '../wire/message.ts';
import type { Outside, OutsideAnswer } from '../wire/outside.ts';
import { refusalOf, type SentMessage } from './limits.ts';
import { SlackPace } from './pace.ts';

/** One message as it stands now. */
export interface SlackMessage {
  /** Id, as Slack answers it: `C` and ten more characters. */
  readonly channel: string;
  /** What the sender called the channel; of a webhook, its path. */
  readonly channelName: string;
  /** Identifies a message within its channel. */
  readonly ts: string;
  readonly threadTs?: string;
  readonly by: 'bot' | 'webhook';
  readonly postedAt: number;
  text: string;
  blocks: readonly JsonObject[];
  /** What it said, first as posted, then after every change in place. */
  readonly versions: { readonly at: number; readonly text: string }[];
}

/** A call that Slack did not do what it was asked. */
export interface SlackRefused {
  readonly at: number;
  readonly method: string;
  readonly error: string;
  readonly messages: readonly string[];
}

interface Arguments extends SentMessage {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | undefined;
}

/** Longer than any sender waits, unless the fault file says how slow. */
const SLOW_SECONDS = 30;
const RETRY_AFTER_SECONDS = 30;

function parsedBlocks(value: unknown): readonly JsonObject[] {
  const parsed: unknown = typeof value === 'string' ? JSON.parse(value) : (value ?? []);
  return Array.isArray(parsed) ? (parsed as JsonObject[]) : [];
}

/** The SDK sends a form; a webhook takes JSON. Either may be sent to either. */
function argumentsOf({ headers, body }: WireRequest): Arguments {
  const text = body.toString('utf8');
  const given = (headers['content-type'] ?? '').startsWith('application/json')
    ? (JSON.parse(text) as JsonObject)
    : (Object.fromEntries(new URLSearchParams(text)) as JsonObject);
  return {
    channel: String(given.channel ?? ''),
    text: String(given.text ?? ''),
    blocks: parsedBlocks(given.blocks),
    ts: String(given.ts ?? ''),
    threadTs: given.thread_ts === undefined ? undefined : String(given.thread_ts),
  };
}

function answer(body: JsonObject, status = 200, headers: Record<string, string> = {}) {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  };
}

export class Slack {
  /** In the order in which they were posted. */
  readonly messages: SlackMessage[] = [];
  readonly refused: SlackRefused[] = [];
  readonly #kernel: Kernel;
  readonly #pace: SlackPace;
  #lastTs = 0;

  constructor(kernel: Kernel, outside: Outside) {
    this.#kernel = kernel;
    this.#pace = new SlackPace(kernel.clock);
    outside.register('slack.com', (request) => this.#receive(request, (path) => this.#api(path)));
    outside.register('hooks.slack.com', (request) => this.#receive(request, () => 'webhook'));
  }

  /** Answers of a thread, oldest first. */
  thread(ts: string): readonly SlackMessage[] {
    return this.messages.filter(({ threadTs }) => threadTs === ts);
  }

  #api(path: string): string {
    return path.replace(/^\/api\//, '');
  }

  /**
   * Faults (F64), subject: the method, or `webhook`. `slack-down`: 503; `slack-slow`: `seconds`; `slack-rate-limited`:
   * 429 with `retryAfterSeconds`; `slack-refuses`: `error`; `slack-answer-lost`: done, but nobody is told.
   */
  async #receive(request: WireRequest, methodOf: (path: string) => string): Promise<OutsideAnswer> {
    const { clock, faults, log } = this.#kernel;
    const path = request.path.replace(/\?.*$/, '');
    const method = methodOf(path);
    const slow = faults.strikes('slack-slow', method);
    if (slow) await clock.sleep(Number(slow.parameters?.seconds ?? SLOW_SECONDS) * 1000);
    if (faults.strikes('slack-down', method)) {
      this.#note(method, 'slack-down');
      return { status: 503, body: 'upstream connect error' };
    }
    const limited = faults.strikes('slack-rate-limited', method);
    if (limited) {
      const seconds = Number(limited.parameters?.retryAfterSeconds ?? RETRY_AFTER_SECONDS);
      return this.#rateLimited(method, seconds);
    }
    const refuses = faults.strikes('slack-refuses', method);
    if (refuses) return this.#refuse(method, String(refuses.parameters?.error ?? 'internal_error'));
    const response = this.#dispatch(method, path, request);
    log.append('slack', 'call', method, { status: response.status ?? 200 });
    if (!faults.strikes('slack-answer-lost', method)) return response;
    throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  }

  #dispatch(method: string, path: string, request: WireRequest): OutsideAnswer {
    const given = argumentsOf(request);
    if (method === 'webhook') return this.#webhook(path, given);
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) return this.#refuse(method, 'not_authed');
    if (!token.startsWith('xoxb-')) return this.#refuse(method, 'invalid_auth');
    if (method === 'chat.postMessage') return this.#post(given);
    if (method === 'chat.update') return this.#update(given, token);
    return this.#refuse(method, 'unknown_method');
  }

  #post(given: Arguments): OutsideAnswer {
    const method = 'chat.postMessage';
    if (given.channel === '') return this.#refuse(method, 'channel_not_found');
    const channel = this.#channelId(given.channel);
    const wait = this.#pace.post(channel);
    if (wait !== undefined) return this.#rateLimited(method, wait);
    const refusal = refusalOf(given);
    if (refusal) return this.#refuse(method, refusal.error, refusal.messages);
    const parent = this.#find(channel, given.threadTs ?? '');
    if (given.threadTs !== undefined && !parent) return this.#refuse(method, 'thread_not_found');
    const message = this.#keep(given, channel, given.channel, 'bot');
    const { ts, text, blocks } = message;
    return answer({ ok: true, channel, ts, message: { type: 'message', ts, text, blocks } });
  }

  #update(given: Arguments, token: string): OutsideAnswer {
    const method = 'chat.update';
    const wait = this.#pace.update(token);
    if (wait !== undefined) return this.#rateLimited(method, wait);
    // Unlike chat.postMessage it does not take a name.
    if (!/^[CGD][A-Z0-9]{8,}$/.test(given.channel))
      return this.#refuse(method, 'channel_not_found');
    const message = this.#find(given.channel, given.ts);
    if (!message) return this.#refuse(method, 'message_not_found');
    if (message.by !== 'bot') return this.#refuse(method, 'cant_update_message');
    const refusal = refusalOf(given);
    if (refusal) return this.#refuse(method, refusal.error, refusal.messages);
    message.text = given.text;
    message.blocks = given.blocks;
    message.versions.push({ at: this.#kernel.clock.now(), text: given.text });
    const { channel, ts, text } = message;
    return answer({ ok: true, channel, ts, text });
  }

  /** A webhook belongs to one channel, and answers `ok` instead of a `ts`. */
  #webhook(path: string, given: Arguments): OutsideAnswer {
    const channel = this.#channelId(path);
    const wait = this.#pace.post(channel);
    if (wait !== undefined) return this.#rateLimited('webhook', wait);
    const refusal = refusalOf(given);
    if (refusal) {
      this.#note('webhook', refusal.error, refusal.messages);
      return { status: 400, body: refusal.error };
    }
    this.#keep({ ...given, threadTs: undefined }, channel, path, 'webhook');
    return { status: 200, headers: { 'content-type': 'text/html' }, body: 'ok' };
  }

  #keep(given: Arguments, channel: string, channelName: string, by: 'bot' | 'webhook') {
    const { text, blocks, threadTs } = given;
    const postedAt = this.#kernel.clock.now();
    const message: SlackMessage = {
      channel,
      channelName,
      ts: this.#newTs(postedAt),
      ...(threadTs === undefined ? {} : { threadTs }),
      by,
      postedAt,
      text,
      blocks,
      versions: [{ at: postedAt, text }],
    };
    this.messages.push(message);
    return message;
  }

  #find(channel: string, ts: string): SlackMessage | undefined {
    return this.messages.find((one) => one.channel === channel && one.ts === ts);
  }

  /** Seconds and microseconds since the epoch; unique and growing. */
  #newTs(at: number): string {
    this.#lastTs = Math.max(this.#lastTs + 1, Math.floor(at * 1000));
    return `${Math.floor(this.#lastTs / 1e6)}.${String(this.#lastTs % 1e6).padStart(6, '0')}`;
  }

  #channelId(nameOrId: string): string {
    if (/^[CGD][A-Z0-9]{8,}$/.test(nameOrId)) return nameOrId;
    const name = nameOrId.replace(/^#/, '');
    return `C${createHash('sha256').update(name).digest('hex').toUpperCase().slice(0, 10)}`;
  }

  #rateLimited(method: string, seconds: number): OutsideAnswer {
    this.#note(method, 'ratelimited');
    const headers = { 'retry-after': String(seconds) };
    return answer({ ok: false, error: 'ratelimited' }, 429, headers);
  }

  #refuse(method: string, error: string, messages: readonly string[] = []): OutsideAnswer {
    this.#note(method, error, messages);
    return answer({ ok: false, error, response_metadata: { messages } });
  }

  #note(method: string, error: string, messages: readonly string[] = []): void {
    this.refused.push({ at: this.#kernel.clock.now(), method, error, messages });
    this.#kernel.log.append('slack', 'refused', method, { error });
  }
}
