// Text in lines of styled spans: first cut to the terminal's width, then coloured, so that no colour is ever cut.

import { styleText } from 'node:util';
import type { Outcome } from '../functions/core/model.ts';
import { cut, printable, widthOf } from './text-width.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

export interface Span {
  readonly text: string;
  readonly style?: Style | undefined;
}

export type Line = readonly (string | Span)[];

/** Colour is for what a person must not miss; all else is plain. */
export function styleOf(outcome: Outcome): Style | undefined {
  switch (outcome) {
    case 'Updated':
      return 'green';
    case 'Failed':
    case 'FellBack':
    case 'RolledBack':
    case 'Replaced':
    case 'NeedsAttention':
      return 'red';
    case 'Blocked':
    case 'Yielded':
    case 'NotStarted':
      return 'yellow';
    default:
      return undefined;
  }
}

export interface Paint {
  /** Columns; Infinity where nothing is cut. */
  readonly width: number;
  readonly colour: boolean;
}

/** The line as it goes to the terminal. */
export function paintLine(line: Line, { width, colour }: Paint): string {
  let used = 0;
  let painted = '';
  for (const span of line) {
    const { text, style } = typeof span === 'string' ? { text: span } : span;
    const fitting = cut(printable(text), width - used);
    used += widthOf(fitting);
    painted += style && colour ? styleText(style, fitting, { validateStream: false }) : fitting;
    if (used >= width) break;
  }
  return painted.trimEnd();
}

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** How to paint on a stream; https://no-color.org */
export function paintFor(stream: Stream, environment: NodeJS.ProcessEnv): Paint {
  const isTerminal = stream.isTTY === true;
  const isDumb = environment.TERM === 'dumb';
  return {
    width: isTerminal ? Math.max(40, stream.columns ?? 80) : Number.POSITIVE_INFINITY,
    colour: isTerminal && !isDumb && (environment.NO_COLOR ?? '') === '',
  };
}

interface Printer {
  readonly stdout: Stream & { write(text: string): unknown };
  readonly environment: NodeJS.ProcessEnv;
}

/** Prints lines as wide and as colourful as the terminal is. */
export function printLines(
  lines: (width: number) => Line[],
  { stdout, environment }: Printer,
): void {
  const paint = paintFor(stdout, environment);
  stdout.write(
    lines(paint.width)
      .map((line) => `${paintLine(line, paint)}\n`)
      .join(''),
  );
}
