// Text in columns: nothing exceeds its width, nothing is lost, nothing reaches the terminal as a command.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, fill, printable, widthOf, wrap } from '../../cli/text-width.ts';

/** Words of what names and reasons may hold: plain, accented, wide, joined. */
const words = fc.constantFrom(
  'a',
  'drain',
  '日本語',
  'é',
  'e\u0301',
  '👩‍🔧',
  'i-0b90a4fd1ffb86cb2',
  '',
);
const texts = fc.array(words, { maxLength: 12 }).map((parts) => parts.join(' '));
const columns = fc.integer({ min: 2, max: 60 });

describe('widthOf()', () => {
  it('counts columns, not characters', () => {
    expect(widthOf('drain')).toBe(5);
    expect(widthOf('日本')).toBe(4);
    expect(widthOf('e\u0301')).toBe(1);
    expect(widthOf('👩‍🔧')).toBe(2);
  });
});

describe('cut()', () => {
  it('leaves alone what fits and marks what does not', () => {
    expect(cut('drain', 5)).toBe('drain');
    expect(cut('draining', 5)).toBe('drai…');
    expect(cut('日本語', 5)).toBe('日本…');
    expect(cut('drain', 0)).toBe('');
  });

  it('never exceeds the width', () => {
    fc.assert(fc.property(texts, columns, (text, width) => widthOf(cut(text, width)) <= width));
  });
});

describe('fill()', () => {
  it('is exactly as wide as asked', () => {
    fc.assert(fc.property(texts, columns, (text, width) => widthOf(fill(text, width)) === width));
    expect(fill('7', 3, 'right')).toBe('  7');
  });
});

describe('wrap()', () => {
  it('never exceeds the width and loses nothing but spaces', () => {
    fc.assert(
      fc.property(texts, columns, (text, width) => {
        const lines = wrap(text, width);
        expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      }),
    );
  });

  it('breaks between words where it can, inside of them where it must', () => {
    expect(wrap('waits for its agent', 10)).toEqual(['waits for', 'its agent']);
    expect(wrap('271808ff16939f9f', 6)).toEqual(['271808', 'ff1693', '9f9f']);
    expect(wrap('as long as it is', Number.POSITIVE_INFINITY)).toEqual(['as long as it is']);
  });
});

describe('printable()', () => {
  it('turns escape sequences and writing direction into text', () => {
    expect(printable('\u001b[31mred\u0007')).toBe('\\x1b[31mred\\x07');
    expect(printable('a\u202eb\u009bc\nd')).toBe('a\\u202eb\\x9bc\\x0ad');
    expect(printable('tag "Größe" 日本')).toBe('tag "Größe" 日本');
  });
});
