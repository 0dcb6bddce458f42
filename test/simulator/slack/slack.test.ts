// Slack's own client, unmodified, inside a simulated function, against the simulated Slack and its limits.

import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FaultSpec } from '../../../simulator/faults/faults.ts';
import type { JsonObject } from '../../../simulator/kernel/service.ts';
import { bundleFunction } from '../../../simulator/lambda/bundle.ts';
import { refusalOf } from '../../../simulator/slack/limits.ts';
import { Slack } from '../../../simulator/slack/slack.ts';
import { makeFunctionBed } from '../../support/functions.ts';

let code = '';

beforeAll(async () => {
  code = await bundleFunction(resolve(import.meta.dirname, '../../support/handlers/call-slack.ts'));
});

async function makeCaller(faults: readonly FaultSpec[] = []) {
  const bed = makeFunctionBed(() => [], { faults });
  const slack = new Slack(bed.kernel, bed.outside);
  await bed.create('probe', code, {
    Handler: 'index.handler',
    Runtime: 'nodejs24.x',
    Role: 'arn:aws:iam::111122223333:role/probe',
    Timeout: 60,
  });
  const call = async (event: JsonObject) => {
    const answer = await bed.finish(bed.lambda.invokeFunction('probe', event));
    if (!answer.ok) throw new Error(answer.errorMessage);
    return answer.payload as JsonObject;
  };
  const post = (args: JsonObject, more: JsonObject = {}) =>
    call({ method: 'chat.postMessage', arguments: args, ...more });
  const update = (args: JsonObject) => call({ method: 'chat.update', arguments: args });
  return { slack, call, post, update };
}

const SECTION = { type: 'section', text: { type: 'mrkdwn', text: 'hello' } };

describe('a bot', () => {
  it('posts, answers in the thread, and changes its message in place', async () => {
    const { slack, post, update } = await makeCaller();
    const posted = await post({ channel: '#fleet', text: 'one', blocks: [SECTION] });
    expect(posted).toMatchObject({ ok: true, channel: expect.stringMatching(/^C[A-Z0-9]{10}$/) });
    const { channel, ts } = posted;
    await post({ channel, text: 'detail', thread_ts: ts });
    await update({ channel, ts, text: 'two', blocks: [] });
    const [live] = slack.messages;
    expect(live).toMatchObject({ text: 'two', by: 'bot', channelName: '#fleet' });
    expect(live!.versions.map(({ text }) => text)).toEqual(['one', 'two']);
    expect(slack.thread(String(ts)).map(({ text }) => text)).toEqual(['detail']);
    expect(slack.refused).toEqual([]);
  });

  const refusals: readonly [string, string, JsonObject, JsonObject?][] = [
    ['no_text', 'chat.postMessage', { channel: '#fleet' }],
    ['msg_too_long', 'chat.postMessage', { channel: '#fleet', text: 'x'.repeat(40_001) }],
    ['thread_not_found', 'chat.postMessage', { channel: '#fleet', text: 'x', thread_ts: '1.2' }],
    ['invalid_auth', 'chat.postMessage', { channel: '#fleet', text: 'x' }, { token: 'xoxp-user' }],
    ['message_not_found', 'chat.update', { channel: 'C0123456789', ts: '1.2', text: 'x' }],
    ['channel_not_found', 'chat.update', { channel: '#fleet', ts: '1.2', text: 'x' }],
    ['unknown_method', 'chat.delete', { channel: 'C0123456789', ts: '1.2' }],
  ];
  it.each(refusals)('is refused: %s', async (error, method, args, more = {}) => {
    const { slack, call } = await makeCaller();
    expect(await call({ method, arguments: args, ...more })).toMatchObject({ error });
    expect(slack.refused).toMatchObject([{ method, error }]);
    expect(slack.messages).toEqual([]);
  });

  it('is rate limited when it posts faster than once a second', async () => {
    const { slack, post } = await makeCaller();
    const answer = await post({ channel: '#fleet', text: 'x' }, { times: 10 });
    expect(answer).toMatchObject({ code: 'slack_webapi_rate_limited_error', retryAfter: 1 });
    expect(slack.messages.length).toBeLessThan(10);
  });
});

describe('a webhook', () => {
  it('posts, and learns nothing but that it is ok', async () => {
    const { slack, call } = await makeCaller();
    const answer = await call({ method: 'webhook', arguments: { text: 'hi', blocks: [SECTION] } });
    expect(answer).toEqual({ status: 200, text: 'ok' });
    expect(slack.messages).toMatchObject([{ by: 'webhook', text: 'hi' }]);
  });

  it('is refused with the error as text', async () => {
    const { call } = await makeCaller();
    const blocks = [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }];
    const answer = await call({ method: 'webhook', arguments: { text: 'hi', blocks } });
    expect(answer).toEqual({ status: 400, text: 'invalid_blocks' });
  });
});

describe('faults (F64)', () => {
  const args = { channel: '#fleet', text: 'x' };

  it.each([
    ['slack-down', {}, { code: 'slack_webapi_http_error', message: /statusCode = 503/ }],
    ['slack-slow', { seconds: 20 }, { code: 'slack_webapi_request_error', message: /timeout/ }],
    ['slack-refuses', { error: 'not_in_channel' }, { error: 'not_in_channel', message: /./ }],
    [
      'slack-rate-limited',
      { retryAfterSeconds: 7 },
      { code: 'slack_webapi_rate_limited_error', retryAfter: 7, message: /7 seconds/ },
    ],
  ])('%s', async (name, parameters, { message, ...wanted }) => {
    const { slack, post } = await makeCaller([{ name, parameters: parameters as never }]);
    const answer = await post(args);
    expect(answer).toMatchObject({ ...wanted, message: expect.stringMatching(message) });
    expect(slack.messages).toHaveLength(0);
  });

  it('slack-answer-lost: the message is there, and its sender does not know', async () => {
    const { slack, post } = await makeCaller([{ name: 'slack-answer-lost' }]);
    expect(await post(args)).toMatchObject({ code: 'slack_webapi_request_error' });
    expect(slack.messages).toHaveLength(1);
  });
});

describe('refusalOf()', () => {
  const text = (type: string, length: number) => ({ type, text: 'x'.repeat(length) });
  const section = (length: number) => ({ type: 'section', text: text('mrkdwn', length) });
  const cases: readonly [string, readonly JsonObject[], string | undefined][] = [
    ['a section of 3,000', [section(3000)], undefined],
    ['a section of 3,001', [section(3001)], 'invalid_blocks'],
    ['an empty section', [section(0)], 'invalid_blocks'],
    ['a header of 150', [{ type: 'header', text: text('plain_text', 150) }], undefined],
    ['a header of 151', [{ type: 'header', text: text('plain_text', 151) }], 'invalid_blocks'],
    ['a header with formatting', [{ type: 'header', text: text('mrkdwn', 5) }], 'invalid_blocks'],
    [
      'eleven elements of context',
      [{ type: 'context', elements: Array.from({ length: 11 }, () => text('mrkdwn', 1)) }],
      'invalid_blocks',
    ],
    [
      'eleven fields',
      [{ type: 'section', fields: Array.from({ length: 11 }, () => text('mrkdwn', 1)) }],
      'invalid_blocks',
    ],
    ['51 blocks', Array.from({ length: 51 }, () => section(1)), 'invalid_blocks'],
    ['all of them too long', Array.from({ length: 5 }, () => section(2900)), 'msg_blocks_too_long'],
    ['an unknown block', [{ type: 'carousel' }], 'invalid_blocks'],
  ];
  it.each(cases)('%s', (_what, blocks, error) => {
    expect(refusalOf({ text: 'x', blocks })?.error).toBe(error);
  });
});
