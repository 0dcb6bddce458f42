// Finds where a text stops being JSON; JSON.parse itself names the place only for some mistakes.

export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

const SPACE = /[ \t\n\r]*/y;
const WORD_OR_NUMBER = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const TEXT = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;

/** Reads JSON and remembers how far it came. */
class Reader {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** True when the whole text was JSON; otherwise `at` is where it stops being so. */
  document(): boolean {
    return this.#value() && this.#space() && this.at === this.#text.length;
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#text);
    if (match) this.at += match[0].length;
    return match !== null;
  }

  #space(): true {
    this.#take(SPACE);
    return true;
  }

  #character(character: string): boolean {
    this.#space();
    if (this.#text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  #value(): boolean {
    this.#space();
    if (this.#character('{')) return this.#members('}', () => this.#member());
    if (this.#character('[')) return this.#members(']', () => this.#value());
    return this.#take(TEXT) || this.#take(WORD_OR_NUMBER);
  }

  #member(): boolean {
    this.#space();
    return this.#take(TEXT) && this.#character(':') && this.#value();
  }

  #members(end: string, one: () => boolean): boolean {
    if (this.#character(end)) return true;
    do {
      if (!one()) return false;
    } while (this.#character(','));
    return this.#character(end);
  }
}

/** The first place at which `text` cannot be JSON, or undefined when it is. */
export function jsonErrorPosition(text: string): TextPosition | undefined {
  const reader = new Reader(text);
  if (reader.document()) return undefined;
  const before = text.slice(0, reader.at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
