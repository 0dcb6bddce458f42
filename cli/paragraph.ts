// Lays out a label with its text: side by side where there is room, one above the other in a narrow terminal.

import type { Line, Style } from './styled-text.ts';
import { fill, printable, wrap } from './text-width.ts';

/** Below this many columns, things that belong side by side stand above each other. */
export const NARROW = 60;
const LABEL_WIDTH = 13;

/** @param text Other people's names are in it: what a terminal would obey is taken out. */
export function paragraph(
  label: string,
  text: string,
  width: number,
  style: Style = 'bold',
): Line[] {
  const isBeside = width >= NARROW;
  const indent = isBeside ? LABEL_WIDTH : 2;
  const [first = '', ...rest] = wrap(printable(text), width - indent);
  const space = ' '.repeat(indent);
  const below = rest.map((more): Line => [space, more]);
  if (isBeside) return [[{ text: fill(label, LABEL_WIDTH), style }, first], ...below];
  return [[{ text: label, style }], [space, first], ...below];
}
