// Decides whether a container instance matches a placement expression, as far as its attributes tell.

/**
 * What an expression is worth on one container instance; undefined: cannot be told here. Understood are comparisons of
 * `attribute:NAME` joined by `and` and `or`, the forms that placement constraints are made of (ECS Developer Guide,
 * create expressions to define container instances). Subjects that change (tasks, agents), brackets and `not` are not.
 */
export type Truth = boolean | undefined;

/** Quoted text, an operator or bracket, or a bare word. */
const TOKEN =
  /\s*(?:"([^"]*)"|'([^']*)'|(&&|\|\||==|!=|>=|<=|=~|!~|!exists\b|!in\b|[()[\],<>!])|([^\s()[\],'"=!<>&|]+))/y;
/** Longer expressions are not read. */
const CHARACTERS_MAX = 2000;
/** Plain patterns only: whoever wrote the expression must not be able to keep us busy. */
const PLAIN_PATTERN = /^(?:[\w:/-]|\.(?:\*(?!\*))?)+$/;

function tokensOf(text: string): string[] | undefined {
  const end = text.trimEnd().length;
  if (end > CHARACTERS_MAX) return undefined;
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    if (!match) return undefined;
    tokens.push(match[1] ?? match[2] ?? match[3] ?? match[4] ?? '');
  }
  return tokens;
}

function split(tokens: readonly string[], ...separators: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  for (const token of tokens) {
    if (separators.includes(token)) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** False beats what cannot be told. */
function and(values: readonly Truth[]): Truth {
  if (values.includes(false)) return false;
  return values.includes(undefined) ? undefined : true;
}

function or(values: readonly Truth[]): Truth {
  if (values.includes(true)) return true;
  return values.includes(undefined) ? undefined : false;
}

/** `[a, b]` as its members. */
function listOf(tokens: readonly string[]): string[] | undefined {
  if (tokens[0] !== '[' || tokens.at(-1) !== ']') return undefined;
  const members = split(tokens.slice(1, -1), ',');
  return members.every((member) => member.length === 1)
    ? members.map(([member]) => member ?? '')
    : undefined;
}

function matches(value: string, pattern: string): Truth {
  if (!PLAIN_PATTERN.test(pattern)) return undefined;
  return new RegExp(`^(?:${pattern})$`).test(value);
}

/** What a negated operator says of an attribute that is not there is not documented. */
function holds(value: string | undefined, operator: string, rest: readonly string[]): Truth {
  const [argument] = rest;
  switch (operator) {
    case 'exists':
      return value !== undefined;
    case '!exists':
    case 'not_exists':
      return value === undefined;
    case '==':
    case 'equals':
      return rest.length === 1 ? value === argument : undefined;
    case '!=':
    case 'not_equals':
      return rest.length === 1 && value !== undefined ? value !== argument : undefined;
    case 'in':
      return listOf(rest)?.includes(value ?? '');
    case '!in':
    case 'not_in':
      return value === undefined ? undefined : negated(listOf(rest)?.includes(value));
    case '=~':
    case 'matches':
      return rest.length === 1 ? value !== undefined && matches(value, argument ?? '') : undefined;
    default:
      return undefined;
  }
}

function negated(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth;
}

const SUBJECT = 'attribute:';

function comparison(tokens: readonly string[], attributes: ReadonlyMap<string, string>): Truth {
  const [subject = '', operator = '', ...rest] = tokens;
  if (!subject.startsWith(SUBJECT)) return undefined;
  return holds(attributes.get(subject.slice(SUBJECT.length)), operator, rest);
}

export function matchesQuery(expression: string, attributes: ReadonlyMap<string, string>): Truth {
  const tokens = tokensOf(expression);
  if (!tokens || tokens.some((token) => ['(', ')', '!', 'not'].includes(token))) {
    return undefined;
  }
  return or(
    split(tokens, 'or', '||').map((part) =>
      and(split(part, 'and', '&&').map((one) => comparison(one, attributes))),
    ),
  );
}
