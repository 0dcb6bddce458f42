// XML as the query protocols' clients read it.

import { describe, expect, test } from 'vitest';
import { membersXml } from '../../../simulator/wire/xml.ts';

describe('membersXml()', () => {
  test('wraps list entries in the protocol’s element, at every depth', () => {
    const members = { reservationSet: [{ instancesSet: [{ instanceId: 'i-1' }] }] };
    expect(membersXml(members, 'item')).toBe(
      '<reservationSet><item><instancesSet><item><instanceId>i-1</instanceId>' +
        '</item></instancesSet></item></reservationSet>',
    );
    expect(membersXml({ Ids: ['a', 'b'] }, 'member')).toBe(
      '<Ids><member>a</member><member>b</member></Ids>',
    );
  });

  test('leaves out what is undefined or null, and keeps empty lists and false', () => {
    expect(membersXml({ a: undefined, b: null, c: [], d: false, e: 0 }, 'item')).toBe(
      '<c/><d>false</d><e>0</e>',
    );
  });

  test('escapes markup and drops characters that XML cannot carry', () => {
    expect(membersXml({ v: '<a & "b">\u0000\u001b\r\n' }, 'item')).toBe(
      '<v>&lt;a &amp; &quot;b&quot;&gt;&#xD;\n</v>',
    );
  });

  test('refuses what is no JSON value', () => {
    expect(() => membersXml({ v: () => 1 }, 'item')).toThrow('Cannot encode function "v"');
  });
});
