// When Slack is sent what: one message per second and channel, changes that are gathered, pauses that are kept.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SlackMessage } from '../../../functions/core/slack-message.ts';
import {
  decideSends,
  fingerprint,
  POST_MILLISECONDS,
  paceAfter,
  type Telling,
  UNHURRIED,
  UPDATE_MILLISECONDS,
} from '../../../functions/core/telling.ts';
import { SAME_CASES } from './samples.ts';

const WANTED: SlackMessage = { text: 'now', blocks: [] };
const NOW = 1_000_000;
const CURRENT = { ts: '1.2', shown: fingerprint(WANTED) };
const STALE = { ts: '1.2', shown: 'something else' };

function telling(over: Partial<Telling> = {}): Telling {
  return {
    now: NOW,
    mode: 'bot',
    pace: UNHURRIED,
    lines: ['one', 'two'],
    wanted: WANTED,
    heading: 'prod',
    ...over,
  };
}

const kinds = (over: Partial<Telling>) => decideSends(telling(over)).map(({ kind }) => kind);

describe('decideSends()', () => {
  const cases: readonly [string, Partial<Telling>, string[]][] = [
    ['first the live message, alone', {}, ['post-live']],
    [
      'then details and the change they are about',
      { live: STALE },
      ['post-details', 'update-live'],
    ],
    ['details only, when nothing else changed', { live: CURRENT }, ['post-details']],
    ['a change only', { live: STALE, lines: [] }, ['update-live']],
    ['nothing', { live: CURRENT, lines: [] }, []],
    ['no post within the second', { pace: { ...UNHURRIED, postAt: NOW + 1 } }, []],
    [
      'a change although no post may be',
      { live: STALE, pace: { ...UNHURRIED, postAt: NOW + 1 } },
      ['update-live'],
    ],
    [
      'no change so soon after another',
      { live: STALE, lines: [], pace: { ...UNHURRIED, updateAt: NOW + 1 } },
      [],
    ],
    ['nothing in a pause', { live: STALE, pace: { ...UNHURRIED, pausedUntilAt: NOW + 1 } }, []],
    [
      'all of it as soon as it may be',
      { live: STALE, pace: { postAt: NOW, updateAt: NOW, pausedUntilAt: NOW, unsureTimes: 0 } },
      ['post-details', 'update-live'],
    ],
    ['a webhook has only posts', { mode: 'webhook' }, ['post-details']],
    ['and none without news', { mode: 'webhook', lines: [] }, []],
  ];
  it.each(cases)('%s', (_what, over, wanted) => {
    expect(kinds(over)).toEqual(wanted);
  });

  it('knows one state of the live message from another', () => {
    expect(fingerprint({ ...WANTED, text: 'later' })).not.toBe(fingerprint(WANTED));
    expect(fingerprint({ ...WANTED })).toBe(fingerprint(WANTED));
  });

  it('a webhook says what its lines belong to, a thread need not', () => {
    const [posted] = decideSends(telling({ mode: 'webhook' }));
    expect(posted?.message.text).toBe('prod\none\ntwo');
    const [detail] = decideSends(telling({ live: CURRENT }));
    expect(detail?.message.text).toBe('one\ntwo');
  });

  it('never sends two new messages within a second, whatever happens when', () => {
    const step = fc.record({ after: fc.nat(2000), live: fc.boolean(), lines: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let pace = UNHURRIED;
        let now = NOW;
        let lastPostAt = Number.NEGATIVE_INFINITY;
        for (const { after, live, lines } of steps) {
          now += after;
          const all = Array.from({ length: lines }, (_, index) => `line ${index}`);
          const given = { now, pace, lines: all, ...(live ? { live: STALE } : {}) };
          for (const send of decideSends(telling(given))) {
            if (send.kind !== 'update-live') {
              expect(now - lastPostAt).toBeGreaterThan(1000);
              lastPostAt = now;
            }
            pace = paceAfter(pace, send, { kind: 'sent' }, now);
          }
        }
      }),
      SAME_CASES,
    );
  });
});

describe('paceAfter()', () => {
  const send = { kind: 'post-live', message: WANTED } as const;
  it('lets a change wait for the next change, and a post for the next post', () => {
    const change = { kind: 'update-live', message: WANTED } as const;
    expect(paceAfter(UNHURRIED, change, { kind: 'sent' }, NOW)).toEqual({
      ...UNHURRIED,
      updateAt: NOW + UPDATE_MILLISECONDS,
    });
    expect(paceAfter(UNHURRIED, send, { kind: 'sent' }, NOW)).toEqual({
      ...UNHURRIED,
      postAt: NOW + POST_MILLISECONDS,
    });
  });

  it('keeps the pause that Slack asks for', () => {
    const later = { kind: 'later', reason: 'rate limited', seconds: 45 } as const;
    expect(paceAfter(UNHURRIED, send, later, NOW).pausedUntilAt).toBe(NOW + 45_000);
  });

  it('repeats what may have been done ever more rarely, but at least four times an hour', () => {
    const waits: number[] = [];
    let pace = UNHURRIED;
    for (let time = 0; time < 8; time++) {
      pace = paceAfter(pace, send, { kind: 'unsure', reason: 'timeout' }, NOW);
      waits.push((pace.pausedUntilAt - NOW) / 1000);
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900, 900]);
    expect(paceAfter(pace, send, { kind: 'sent' }, NOW).unsureTimes).toBe(0);
  });

  it('is ready for the next look, a minute later, when Slack says nothing', () => {
    const later = { kind: 'later', reason: 'down' } as const;
    expect(paceAfter(UNHURRIED, send, later, NOW).pausedUntilAt).toBeLessThan(NOW + 60_000);
  });
});
