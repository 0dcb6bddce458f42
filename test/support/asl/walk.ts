// Finds the states, the expressions and the variables of a definition, whatever its shape.

export type Json = Readonly<Record<string, unknown>>;
/** Any object inside a definition. */
export type Member = Readonly<Record<string, unknown>>;

export interface FoundState {
  readonly state: Member;
  readonly stateName: string;
  /** `/States/Name`, nested ones below their Map or Parallel. */
  readonly place: string;
  /** 0 for the machine's own states. */
  readonly depth: number;
}

export interface FoundExpression {
  /** JSONata, without `{%` and `%}`. */
  readonly source: string;
  readonly place: string;
}

export function members(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

export function list(value: unknown): readonly Member[] {
  return Array.isArray(value) ? value : [];
}

export function* eachState(flow: unknown, place = '', depth = 0): Generator<FoundState> {
  const { States: states } = (flow ?? {}) as Member;
  for (const [stateName, value] of members(states)) {
    const state = value as Member;
    const at = `${place}/States/${stateName}`;
    yield { state, stateName, place: at, depth };
    yield* eachState(state.ItemProcessor, `${at}/ItemProcessor`, depth + 1);
    for (const [index, branch] of list(state.Branches).entries()) {
      yield* eachState(branch, `${at}/Branches/${index}`, depth + 1);
    }
  }
}

export function* eachText(value: unknown, place = ''): Generator<{ text: string; place: string }> {
  if (typeof value === 'string') yield { text: value, place };
  for (const [name, member] of members(value)) yield* eachText(member, `${place}/${name}`);
}

export function* eachExpression(definition: Json): Generator<FoundExpression> {
  for (const { text, place } of eachText(definition)) {
    const source = /^\{%([\s\S]*)%\}$/.exec(text)?.[1];
    if (source !== undefined) yield { source: source.trim(), place };
  }
}

/** Variables that some Assign of the machine sets, on whatever path. */
export function assignedNames(definition: Json): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { state } of eachState(definition)) {
    for (const holder of [state, ...list(state.Catch), ...list(state.Choices)]) {
      for (const [name] of members(holder.Assign)) names.add(name);
    }
  }
  return names;
}
