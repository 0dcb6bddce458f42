// Parses each expression once: a product sends the same few again and again, only their values differ.

/** One of dynalite's parsers: its result holds the values themselves, by reference. */
export interface ExpressionParser {
  parse(text: string, options: { readonly context: ParseContext }): unknown;
}

/** What dynalite hands to its parsers; the names and values that are used are taken off the unused ones. */
export interface ParseContext {
  readonly attrNames?: Readonly<Record<string, string>> | null | undefined;
  readonly attrVals?:
    | Readonly<Record<string, Readonly<Record<string, unknown>>>>
    | null
    | undefined;
  readonly unusedAttrNames: Record<string, true>;
  readonly unusedAttrVals: Record<string, true>;
  readonly isKeyCondition?: boolean;
}

interface Parsed {
  readonly tree: object;
  /** The values in the tree, and the names they came by. */
  readonly slots: ReadonlyMap<unknown, string>;
  readonly used: readonly string[];
}

const PARSED_MAX = 1000;
/** Their validity depends on the values, not only on the values' types. */
const BY_VALUE = /between|attribute_type/i;

function keyOf(text: string, { attrNames, attrVals, isKeyCondition }: ParseContext): string {
  const types = Object.entries(attrVals ?? {}).map(
    ([name, value]) => `${name} ${Object.keys(value)}`,
  );
  return `${isKeyCondition === true} ${text} ${JSON.stringify(attrNames ?? {})} ${types}`;
}

function withValues(
  node: unknown,
  slots: Parsed['slots'],
  values: ParseContext['attrVals'],
): unknown {
  if (typeof node !== 'object' || node === null) return node;
  const name = slots.get(node);
  if (name !== undefined) return values?.[name];
  if (Array.isArray(node)) return node.map((one) => withValues(one, slots, values));
  const copy = Object.create(Object.getPrototypeOf(node) as object | null) as Record<
    string,
    unknown
  >;
  for (const [member, value] of Object.entries(node))
    copy[member] = withValues(value, slots, values);
  return copy;
}

/** Makes a parser answer from what it has parsed before, with the values of now. */
export function parseOnce(parser: ExpressionParser): void {
  const parse = parser.parse.bind(parser);
  const known = new Map<string, Parsed>();
  parser.parse = (text, options) => {
    const { context } = options;
    if (BY_VALUE.test(text)) return parse(text, options);
    const key = keyOf(text, context);
    let parsed = known.get(key);
    if (!parsed) {
      const tree = parse(text, options);
      // A text is what is wrong with the expression.
      if (typeof tree !== 'object' || tree === null) return tree;
      const slots = new Map(
        Object.entries(context.attrVals ?? {}).map(([name, value]) => [value, name]),
      );
      parsed = { tree, slots, used: text.match(/[#:][0-9A-Za-z_]+/g) ?? [] };
      if (known.size >= PARSED_MAX) known.clear();
      known.set(key, parsed);
    }
    for (const name of parsed.used) {
      delete context.unusedAttrNames[name];
      delete context.unusedAttrVals[name];
    }
    return withValues(parsed.tree, parsed.slots, context.attrVals);
  };
}
