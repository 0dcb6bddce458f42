// Reads the cluster query language: `subject operator [argument]`, joined by and, or, not and parentheses.
//
// Grammar and operators: ECS Developer Guide, "Create expressions to define container instances for Amazon ECS tasks".

import { invalidParameter } from './errors.ts';

const OPERATORS = {
  '==': 'equals',
  equals: 'equals',
  '!=': 'not_equals',
  not_equals: 'not_equals',
  '>': 'greater_than',
  greater_than: 'greater_than',
  '>=': 'greater_than_equal',
  greater_than_equal: 'greater_than_equal',
  '<': 'less_than',
  less_than: 'less_than',
  '<=': 'less_than_equal',
  less_than_equal: 'less_than_equal',
  exists: 'exists',
  '!exists': 'not_exists',
  not_exists: 'not_exists',
  in: 'in',
  '!in': 'not_in',
  not_in: 'not_in',
  '=~': 'matches',
  matches: 'matches',
  '!~': 'not_matches',
  not_matches: 'not_matches',
} as const;

export type Operator = (typeof OPERATORS)[keyof typeof OPERATORS];

export interface Comparison {
  readonly kind: 'comparison';
  /** `attribute` and `task` carry a name after the colon. */
  readonly subject: string;
  readonly name: string;
  readonly operator: Operator;
  readonly values: readonly string[];
  /**
   * Of `matches` and `not_matches`; must cover the whole value, as in the guide's example `g2.*`.
   */
  readonly pattern: RegExp | undefined;
}

export type Expression =
  | Comparison
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly inner: Expression };

const ORDER: readonly Operator[] = [
  'equals',
  'not_equals',
  'greater_than',
  'greater_than_equal',
  'less_than',
  'less_than_equal',
];
const CHOICE: readonly Operator[] = [
  'equals',
  'not_equals',
  'in',
  'not_in',
  'matches',
  'not_matches',
];

/** Valid operators per subject, as the guide lists them. */
const VALID: Readonly<Record<string, readonly Operator[]>> = {
  agentConnected: CHOICE,
  agentVersion: ORDER,
  attribute: Object.values(OPERATORS),
  ec2InstanceId: CHOICE,
  registeredAt: ORDER,
  runningTasksCount: ORDER,
  task: CHOICE,
};

interface Token {
  readonly text: string;
  readonly quoted: boolean;
}

/** Quoted text, an operator or bracket, or a bare word. */
const TOKEN = new RegExp(
  [
    String.raw`\s*(?:"([^"]*)"|'([^']*)'`,
    String.raw`|(&&|\|\||==|!=|>=|<=|=~|!~|!exists\b|!in\b|[()[\],<>!])`,
    String.raw`|([^\s()[\],'"=!<>&|]+))`,
  ].join(''),
  'y',
);

function refuse(): never {
  throw invalidParameter('Invalid expression.');
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    if (!match) refuse();
    const quotedText = match[1] ?? match[2];
    const text_ = quotedText ?? match[3] ?? match[4];
    tokens.push({ text: text_ ?? '', quoted: quotedText !== undefined });
  }
  return tokens;
}

class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  parse(): Expression {
    const expression = this.#disjunction();
    if (this.#position < this.#tokens.length) refuse();
    return expression;
  }

  #disjunction(): Expression {
    let left = this.#conjunction();
    while (this.#takes('or', '||')) left = { kind: 'or', left, right: this.#conjunction() };
    return left;
  }

  #conjunction(): Expression {
    let left = this.#negation();
    while (this.#takes('and', '&&')) left = { kind: 'and', left, right: this.#negation() };
    return left;
  }

  #negation(): Expression {
    if (this.#takes('not', '!')) return { kind: 'not', inner: this.#negation() };
    if (!this.#takes('(')) return this.#comparison();
    const inner = this.#disjunction();
    if (!this.#takes(')')) refuse();
    return inner;
  }

  #comparison(): Comparison {
    const { text } = this.#next();
    const colon = text.indexOf(':');
    const subject = colon < 0 ? text : text.slice(0, colon);
    const name = colon < 0 ? '' : text.slice(colon + 1);
    if ((subject === 'attribute') !== (name !== '' && subject !== 'task')) refuse();
    if (subject === 'task' && name !== 'group') refuse();
    const symbol = this.#next();
    if (symbol.quoted || !Object.hasOwn(OPERATORS, symbol.text)) refuse();
    const operator = OPERATORS[symbol.text as keyof typeof OPERATORS];
    if (!VALID[subject]?.includes(operator)) refuse();
    const values = this.#argument(operator);
    return {
      kind: 'comparison',
      subject,
      name,
      operator,
      values,
      pattern: pattern(operator, values),
    };
  }

  #argument(operator: Operator): string[] {
    if (operator === 'exists' || operator === 'not_exists') return [];
    if (operator !== 'in' && operator !== 'not_in') return [this.#value()];
    if (!this.#takes('[')) refuse();
    const values = [this.#value()];
    while (this.#takes(',')) values.push(this.#value());
    if (!this.#takes(']')) refuse();
    return values;
  }

  #value(): string {
    const { text, quoted } = this.#next();
    if (!quoted && /^[()[\],<>!=&|]/.test(text)) refuse();
    return text;
  }

  #takes(...texts: string[]): boolean {
    const token = this.#tokens[this.#position];
    if (!token || token.quoted || !texts.includes(token.text)) return false;
    this.#position++;
    return true;
  }

  #next(): Token {
    return this.#tokens[this.#position++] ?? refuse();
  }
}

function pattern(operator: Operator, values: readonly string[]): RegExp | undefined {
  if (operator !== 'matches' && operator !== 'not_matches') return undefined;
  try {
    return new RegExp(`^(?:${values[0]})$`, 'u');
  } catch {
    return refuse();
  }
}

/** @throws {AwsError} InvalidParameterException for anything the grammar does not allow. */
export function parseExpression(text: string): Expression {
  return new Parser(text).parse();
}
