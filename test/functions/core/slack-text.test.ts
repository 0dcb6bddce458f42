// Foreign text in Slack: shown as it is, obeyed never, cut where it is too long, and without secrets.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { code, cutMrkdwn, instant, minutes, sentence } from '../../../functions/core/slack-text.ts';
import { SAME_CASES } from './samples.ts';

/** Characters that do something in mrkdwn, but for the entities that stand for three of them. */
function control(text: string): string[] {
  return text.replaceAll(/&(?:amp|lt|gt);/g, '').match(/[&<>*~`\n\r\u202e\u200b]/g) ?? [];
}

describe('sentence()', () => {
  const cases: readonly [string, string, string][] = [
    ['a mention of all', '<!channel> look', '&lt;!channel&gt; look'],
    ['a mention of one', '<@U123> & <#C1|x>', '&lt;@U123&gt; &amp; &lt;#C1|x&gt;'],
    ['an entity', '&lt;', '&amp;lt;'],
    ['bold and struck', '*all* is ~well~', '∗all∗ is ∼well∼'],
    ['code', 'run `rm -rf`', "run 'rm -rf'"],
    ['italics', '_so_ it seems', 'ˍsoˍ it seems'],
    ['an underscore in a name', 'service my_web_1 waits', 'service my_web_1 waits'],
    ['lines', 'one\ntwo\r\n> three', 'one two &gt; three'],
    ['the other direction', 'abc\u202edef\u2066', 'abcdef'],
    ['blanks around it', '  so\n', 'so'],
    ['what nobody sees', 'a\u200bb\ufeff\u0000c', 'ab c'],
  ];
  it.each(cases)('%s', (_what, text, shown) => {
    expect(sentence(text)).toBe(shown);
  });

  const secrets: readonly string[] = [
    'xoxb-1234-abcdef',
    'Bearer  abc.def',
    'apikey=abcdef',
    'api-key: abcdef',
    'api_key = abcdef',
    'secret : abcdef',
    'xapp-1-A-1',
    'https://hooks.slack.com/services/T0/B0/secret',
    'AKIAIOSFODNN7EXAMPLE',
    'eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl',
    'Bearer abc.def',
    'password=hunter2',
    '"token": abcdef',
  ];
  it.each(secrets)('blots out %s', (secret) => {
    expect(sentence(`it said: ${secret} and failed`)).toMatch(/^it said: "?\[secret\] and failed$/);
    expect(code(secret)).toContain('[secret]');
  });

  it('is cut, and says so', () => {
    expect(sentence('x'.repeat(400))).toBe('x'.repeat(400));
    expect(sentence('x'.repeat(1000))).toBe(`${'x'.repeat(399)}…`);
    expect(code('x'.repeat(1000))).toHaveLength(122);
  });

  it('never holds what Slack would obey', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
        expect(control(sentence(text))).toEqual([]);
        const shown = code(text);
        expect([shown[0], shown.at(-1)]).toEqual(['`', '`']);
        expect(control(shown.slice(1, -1)).filter((one) => !'*~'.includes(one))).toEqual([]);
      }),
      SAME_CASES,
    );
  });
});

describe('code()', () => {
  it('shows a backtick by its look-alike, and something where nothing is left', () => {
    expect(code('a`b')).toBe("`a'b`");
    expect(code('\n')).toBe('` `');
  });
});

describe('cutMrkdwn()', () => {
  it('cuts no entity and no instant in two', () => {
    expect(cutMrkdwn('short', 10)).toBe('short');
    expect(cutMrkdwn('short', 5)).toBe('short');
    expect(cutMrkdwn('a &amp; b &amp; c and d', 20)).toBe('a &amp; b &amp; c a…');
    expect(cutMrkdwn('abc\u{1f6a8}def', 5)).toBe('abc…');
    expect(cutMrkdwn('abc&amp;def', 7)).toBe('abc…');
    expect(cutMrkdwn(`at ${instant(0)} it ended`, 20)).toBe('at …');
  });
});

describe('instant() and minutes()', () => {
  it('shows the reader its own time, and UTC where it cannot', () => {
    expect(instant(Date.parse('2026-11-24T02:00:00Z'))).toBe(
      '<!date^1795485600^{date_short_pretty} {time}|2026-11-24 02:00 UTC>',
    );
  });

  it.each([
    [0, '1 minute'],
    [61, '2 minutes'],
    [3600, '1 hour'],
    [7500, '2 hours 5 minutes'],
  ])('%i seconds are %s', (seconds, text) => {
    expect(minutes(seconds)).toBe(text);
  });
});
