// Shows a running rollout in a terminal, rewritten in place a few times per second; the terminal is always left as it was.

import { drawFrame, type Picture, type Size } from './frame.ts';
import { type Paint, paintLine } from './styled-text.ts';

/** Real milliseconds between two pictures. */
const FRAME_MS = 100;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
/** Terminals that know synchronised output show the whole picture at once; others ignore it. */
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';
const CLEAR_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** The part of a terminal's stream that is used. */
export interface Terminal {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const COLUMNS_MIN = 40;

export function sizeOf({ columns = 80, rows = 24 }: Terminal): Size {
  return { columns: Math.max(COLUMNS_MIN, columns), rows: Math.max(8, rows) };
}

export class LiveView {
  readonly #terminal: Terminal;
  readonly #colour: boolean;
  readonly #picture: () => Picture;
  #timer: NodeJS.Timeout | undefined;
  /** Columns of each line on the screen, to find the way back up after the terminal has been resized. */
  #shown: number[] = [];

  constructor(terminal: Terminal, options: { colour: boolean; picture: () => Picture }) {
    this.#terminal = terminal;
    this.#colour = options.colour;
    this.#picture = options.picture;
  }

  start(): void {
    this.#terminal.write(HIDE_CURSOR);
    this.draw();
    this.#timer = setInterval(() => this.draw(), FRAME_MS);
  }

  /** Draws the last picture and gives the terminal back; safe to call twice. */
  stop(): void {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.draw();
    this.#terminal.write(SHOW_CURSOR);
  }

  /** Gives the terminal back as it is, for an end in the middle. */
  abandon(): void {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#terminal.write(`\n${SHOW_CURSOR}`);
  }

  draw(): void {
    const size = sizeOf(this.#terminal);
    const paint: Paint = { width: size.columns, colour: this.#colour };
    const plain: Paint = { ...paint, colour: false };
    const lines = drawFrame(this.#picture(), size);
    const text = lines.map((line) => `${paintLine(line, paint)}${CLEAR_LINE_END}\n`).join('');
    this.#terminal.write(
      `${BEGIN_FRAME}${this.#backToTop(size.columns)}${text}${CLEAR_BELOW}${END_FRAME}`,
    );
    this.#shown = lines.map((line) => paintLine(line, plain).length);
  }

  /** A terminal that became narrower has broken the lines that no longer fit. */
  #backToTop(columns: number): string {
    const rows = this.#shown.reduce((sum, used) => sum + Math.max(1, Math.ceil(used / columns)), 0);
    return rows === 0 ? '' : `\u001b[${rows}A\r`;
  }
}
