// Fits text into columns: what a terminal shows of it, cut or wrapped, and never a control character.

const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * Text that is safe to print: names and tags come from outside, and an escape sequence in them must stay text.
 * Control characters and those that turn the writing direction become `\x1b` or `\u202e`.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, (bad) => {
    const code = bad.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code}`;
  });
}

function graphemes(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function columnsOf(grapheme: string): number {
  return WIDE.test(grapheme) ? 2 : 1;
}

/** Columns that a terminal needs for the text. */
export function widthOf(text: string): number {
  // Plain ASCII is the usual, quick case.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  return graphemes(text).reduce((sum, grapheme) => sum + columnsOf(grapheme), 0);
}

/** The longest beginning of the text that fits. */
function beginning(text: string, width: number): string {
  let used = 0;
  let kept = '';
  for (const grapheme of graphemes(text)) {
    used += columnsOf(grapheme);
    if (used > width) break;
    kept += grapheme;
  }
  return kept;
}

/** The text, cut with an ellipsis to at most `width` columns. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  return width < 1 ? '' : `${beginning(text, width - 1)}…`;
}

/** The text, cut or filled with spaces to exactly `width` columns. */
export function fill(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const fitting = cut(text, width);
  const space = ' '.repeat(Math.max(0, width - widthOf(fitting)));
  return side === 'left' ? fitting + space : space + fitting;
}

/** The text in lines of at most `width` columns, broken between words where that is possible. */
export function wrap(text: string, width: number): string[] {
  if (!Number.isFinite(width)) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (widthOf(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (widthOf(line) > width) {
      const part = beginning(line, Math.max(1, width)) || line.slice(0, 1);
      lines.push(part);
      line = line.slice(part.length);
    }
  }
  lines.push(line);
  return lines;
}
