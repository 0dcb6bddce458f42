// The live message and the details in its thread: what they show, and that Slack would take them whatever is in them.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { milestoneLine } from '../../../functions/core/slack-lines.ts';
import {
  detailsMessage,
  type LiveFacts,
  liveMessage,
  type SlackMessage,
} from '../../../functions/core/slack-message.ts';
import type { JsonObject } from '../../../simulator/kernel/service.ts';
import { refusalOf } from '../../../simulator/slack/limits.ts';
import { SAME_CASES } from './samples.ts';

const FACTS: LiveFacts = {
  rolloutId: 'r-1',
  clusterName: 'prod',
  startedBy: 'ana',
  openedAt: Date.parse('2026-11-24T02:00:00Z'),
  targets: { 'aws-ecs-2/x86_64': '1.65.0' },
  waves: [
    { wave: 1, kind: 'canary', size: 1, startedAt: 1, endedAt: 2, baking: true },
    { wave: 2, kind: 'wave', size: 9, startedAt: 3, baking: false },
    { wave: 3, kind: 'wave', size: 10, baking: false },
  ],
  waiting: 12,
  open: 2,
  failed: 0,
  control: {},
};

function section(over: Partial<LiveFacts>): string {
  const block = liveMessage({ ...FACTS, ...over }).blocks[1];
  return block?.type === 'section' ? block.text.text : '';
}

function refused({ text, blocks }: SlackMessage) {
  return refusalOf({ text, blocks: blocks as unknown as readonly JsonObject[] });
}

describe('liveMessage()', () => {
  const [canary, running, last] = FACTS.waves;
  const cases: readonly [string, Partial<LiveFacts>, string][] = [
    ['nothing known yet', { targets: {}, waves: [], waiting: 0, open: 0 }, 'planned, preparing'],
    [
      'not even planned',
      { targets: undefined, waves: [], waiting: 0, open: 0 },
      'asking the hosts',
    ],
    [
      'a wave',
      {},
      ':arrow_forward: wave 2 of 3\n██████░░░░░░░░░░░░░░ 6 of 20 over, 2 under way, 12 waiting',
    ],
    ['failures', { failed: 1 }, '*1 failed*'],
    ['a bake', { waves: [canary!, { ...running!, baking: true }, last!] }, ':eyes: wave 2 of 3'],
    [
      'a closed gate',
      { waves: [canary!, { ...running!, gateClosed: 'alarm <5xx> is in ALARM' }, last!] },
      'wave 2 of 3, gate closed: alarm &lt;5xx&gt; is in ALARM',
    ],
    [
      'a wave that has ended',
      { waves: [canary!, { ...running!, endedAt: 4 }, last!] },
      ':heavy_check_mark: wave 2 of 3 ended',
    ],
    ['the first of all waves', { waves: [{ ...running!, wave: 1 }, last!] }, 'wave 1 of 2\n'],
    [
      'the last of all waves',
      { waves: [canary!, running!, { ...last!, startedAt: 5 }] },
      'wave 3 of 3\n',
    ],
    [
      'the way back',
      { waves: [canary!, running!, { ...last!, kind: 'rollback', startedAt: 5 }] },
      ':arrow_forward: the way back',
    ],
    [
      'what is updated to what',
      { targets: { 'aws-ecs-2/x86_64': '1.65.0', 'aws-ecs-2/aarch64': '1.64.1' } },
      '`aws-ecs-2/x86_64` to *1.65.0*, `aws-ecs-2/aarch64` to *1.64.1*\n:arrow_forward:',
    ],
    ['a pause', { control: { pause: { by: 'b*b', at: 1 } } }, 'paused by b∗b'],
    ['an abort', { control: { abort: { by: 'ana', at: 1 } } }, 'aborted by ana'],
    [
      'the end',
      { ending: 'Succeeded', counts: { Updated: 20 }, reason: 'all 3 waves are good', closedAt: 1 },
      ':white_check_mark: *Succeeded*: 20 Updated\nall 3 waves are good',
    ],
  ];
  it.each(cases)('%s', (_what, over, text) => {
    expect(section(over)).toContain(text);
  });

  it('counts nothing before the first wave', () => {
    const waves = FACTS.waves.map(({ wave, kind, size }) => ({ wave, kind, size, baking: false }));
    expect(section({ waves, waiting: 0, open: 0 })).toMatch(/planned, preparing the hosts$/);
  });

  it('says nothing of versions before they are known', () => {
    const asking = { targets: undefined, waves: [], waiting: 0, open: 0 };
    expect(section(asking)).toBe(':flashlight: asking the hosts');
  });

  it.each([
    [{}, 'not planned yet'],
    [
      { expectedEndAt: 60_000 },
      'expected to end <!date^60^{date_short_pretty} {time}|1970-01-01 00:01 UTC>',
    ],
    [
      { expectedEndAt: 60_000, closedAt: 120_000 },
      'ended <!date^120^{date_short_pretty} {time}|1970-01-01 00:02 UTC>',
    ],
  ])('says when: %j', (over, end) => {
    const [, , context] = liveMessage({ ...FACTS, ...over }).blocks;
    expect(context).toEqual({
      type: 'context',
      elements: [
        {
          type: 'mrkdwn',
          text: `Started by ana <!date^1795485600^{date_short_pretty} {time}|2026-11-24 02:00 UTC>, ${end} · rollout \`r-1\``,
          verbatim: true,
        },
      ],
    });
  });

  it('is headed by the cluster, and obeys nothing that its name says', () => {
    expect(liveMessage({ ...FACTS, clusterName: ':boom: <!here>' }).blocks[0]).toEqual({
      type: 'header',
      text: {
        type: 'plain_text',
        text: ':boom: <!here>: Bottlerocket update',
        emoji: false,
      },
    });
  });

  it('says in the notification that and when it ended', () => {
    const ended = {
      ending: 'Halted',
      reason: 'aborted by ana',
      counts: { Updated: 2 },
      closedAt: 60_000,
    } as const;
    expect(liveMessage({ ...FACTS, ...ended }).text).toMatch(
      /^prod: Bottlerocket update: Halted: 2 Updated; aborted by ana at 1970-01-01T00:01:00Z$/,
    );
    expect(liveMessage({ ...FACTS, failed: 1 }).text).toMatch(/12 waiting, 1 failed$/);
  });

  it('reads well where there is no formatting', () => {
    expect(liveMessage(FACTS).text).toBe(
      'prod: Bottlerocket update: wave 2 of 3; 6 of 20 over, 2 under way, 12 waiting',
    );
  });

  it('is within the limits whatever it is told', () => {
    const text = fc.string({ unit: 'binary', maxLength: 600 });
    const hostile = fc.oneof(text, fc.constant('<'.repeat(3000)));
    fc.assert(
      fc.property(hostile, hostile, fc.nat(12), (name, reason, images) => {
        const targets = Object.fromEntries(
          Array.from({ length: images }, (_, at) => [`${name}${at}`, '1.65.0']),
        );
        const control = { pause: { by: reason, at: 1 } };
        const facts = { ...FACTS, clusterName: name, startedBy: name, targets, control, reason };
        expect(refused(liveMessage(facts))).toBeUndefined();
        const ended = { ...facts, ending: 'Halted' as const, closedAt: 1 };
        expect(refused(liveMessage(ended))).toBeUndefined();
      }),
      SAME_CASES,
    );
  });
});

describe('detailsMessage()', () => {
  it('fills a section to its last character, and begins another one after it', () => {
    const sections = (second: number) => {
      const { message } = detailsMessage(['x'.repeat(1450), 'y'.repeat(second)]);
      expect(message.text).toBe(`${'x'.repeat(1450)}\n${'y'.repeat(second)}`);
      return message.blocks.length;
    };
    expect([sections(1449), sections(1450)]).toEqual([1, 2]);
  });

  it('takes as many lines as fit, in their order, and says how many', () => {
    const lines = Array.from({ length: 100 }, (_, at) => `${at} ${'x'.repeat(97)}`);
    const first = detailsMessage(lines);
    expect(first.lines).toBeGreaterThan(50);
    expect(first.lines).toBeLessThan(100);
    const rest = detailsMessage(lines.slice(first.lines));
    expect(first.lines + rest.lines).toBe(100);
    expect(rest.message.text.startsWith(`${first.lines} `)).toBe(true);
  });

  it('is within the limits and goes on, however long and hostile the reasons are', () => {
    const reason = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5000 }),
      fc.constant('&'.repeat(5000)),
    );
    fc.assert(
      fc.property(fc.array(reason, { minLength: 1, maxLength: 60 }), (reasons) => {
        const lines = reasons.map((one) =>
          milestoneLine({ event: 'Gate Closed', wave: 1, reason: one }),
        );
        const { message, lines: taken } = detailsMessage(lines, 'prod');
        expect(taken).toBeGreaterThan(0);
        expect(refused(message)).toBeUndefined();
      }),
      SAME_CASES,
    );
  });
});
