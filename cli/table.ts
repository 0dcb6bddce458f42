// Lays out rows in columns with a text at the end of each: beside it where there is room, otherwise below.

import type { Line, Style } from './styled-text.ts';
import { fill, printable, widthOf, wrap } from './text-width.ts';

export interface Column<T> {
  readonly title: string;
  readonly of: (row: T) => string;
  readonly side?: 'left' | 'right';
  readonly style?: (row: T) => Style | undefined;
}

const GAP = '  ';
/** Fewer columns than this are no room for a sentence. */
const TEXT_WIDTH_MIN = 24;
const INDENT = 4;

/** @param width Columns of the terminal; Infinity where nothing is wrapped. */
export function tableLines<T>(
  columns: readonly Column<T>[],
  text: { readonly title: string; readonly of: (row: T) => string },
  rows: readonly T[],
  width: number,
): Line[] {
  const widths = columns.map(({ title, of }) =>
    rows.reduce((most, row) => Math.max(most, widthOf(printable(of(row)))), title.length),
  );
  const used = widths.reduce((sum, one) => sum + one + GAP.length, 0);
  const isBeside = width - used >= TEXT_WIDTH_MIN;
  const titles = columns.map(({ title, side }, index) => fill(title, widths[index] ?? 0, side));
  const heading = [...titles, ...(isBeside ? [text.title] : [])].join(GAP);
  const body = rows.flatMap((row): Line[] => {
    const cells = columns.map(({ of, side, style }, index) => ({
      text: fill(printable(of(row)), widths[index] ?? 0, side) + GAP,
      style: style?.(row),
    }));
    const indent = isBeside ? used : INDENT;
    const words = wrap(printable(text.of(row)), width - indent);
    const below = (isBeside ? words.slice(1) : words).filter((line) => line !== '');
    return [
      [...cells, ...(isBeside ? [words[0] ?? ''] : [])],
      ...below.map((line): Line => [' '.repeat(indent), line]),
    ];
  });
  return [[{ text: heading, style: 'bold' }], ...body];
}
