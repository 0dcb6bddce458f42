// Versions: three numbers, compared as numbers.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions, isVersion } from '../../../functions/core/version.ts';
import { PROPERTY } from './samples.ts';

const part = fc.nat({ max: 99_999 });
const version = fc.tuple(part, part, part);

describe('compareVersions()', () => {
  it.each([
    ['1.9.0', '1.10.0', -1],
    ['1.64.0', '1.65.0', -1],
    ['2.0.0', '1.99.99', 1],
    ['1.2.3', '1.2.4', -1],
    ['1.2.3', '1.2.3', 0],
    ['v1.2.3', '1.2.3', 0],
    ['1.02.3', '1.2.3', 0],
  ])('compareVersions() of %s and %s has the sign %i', (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
  });

  it('compareVersions() orders by major, then minor, then patch', () => {
    const byParts = (a: number[], b: number[]) =>
      a.map((one, index) => Math.sign(one - b[index]!)).find((sign) => sign !== 0) ?? 0;
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(Math.sign(compareVersions(a.join('.'), b.join('.')))).toBe(byParts(a, b));
      }),
      PROPERTY,
    );
  });

  it.each(['1.2', '1.2.3.4', 'latest', '', '1.2.x', '1.2.3-rc1', ' 1.2.3', '1.2.3\n'])(
    'compareVersions() refuses %j on either side',
    (wrong) => {
      const message = `Cannot compare version "${wrong}": expected x.y.z`;
      expect(() => compareVersions(wrong, '1.2.3')).toThrow(new TypeError(message));
      expect(() => compareVersions('1.2.3', wrong)).toThrow(new TypeError(message));
    },
  );
});

describe('isVersion()', () => {
  it.each([
    ['1.65.0', true],
    ['v1.65.0', true],
    ['1.65', false],
    ['x1.65.0', false],
    ['1.65.0-dirty', false],
    ['', false],
  ])('isVersion() of %j is %s', (text, expected) => {
    expect(isVersion(text)).toBe(expected);
  });
});
