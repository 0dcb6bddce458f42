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
    );
  });
});

describe('detailsMessage()', () => {
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
    );
  });
});
