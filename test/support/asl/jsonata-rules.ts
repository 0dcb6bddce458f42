// What Step Functions forbids in JSONata, found in the syntax tree of 2.0.6, which AWS runs.

import jsonata from 'jsonata';
import { JSONATA_FUNCTIONS } from './jsonata-functions.ts';

export interface JsonataFinding {
  readonly rule: string;
  readonly message: string;
}

type Node = Readonly<Record<string, unknown>>;

/**
 * @param source Without `{%` and `%}`.
 * @param assigned Variables that the machine assigns somewhere.
 */
export function jsonataFindings(source: string, assigned: ReadonlySet<string>): JsonataFinding[] {
  let tree: unknown;
  try {
    tree = jsonata(source).ast();
  } catch (error) {
    return [{ rule: 'jsonata-syntax', message: describeSyntaxError(source, error) }];
  }
  const known = new Set([...assigned, ...JSONATA_FUNCTIONS, 'states', '', '$']);
  for (const name of boundNames(tree)) known.add(name);
  return [...forbidden(tree), ...unknownVariables(tree, known)];
}

function describeSyntaxError(source: string, error: unknown): string {
  const { message } = error as Error;
  // Both came with JSONata 2.1; AWS runs 2.0.6.
  const newer = ['??', '?:'].filter((operator) => source.includes(operator));
  return newer.length > 0 ? `${newer.join(' and ')} is not in JSONata 2.0.6. ${message}` : message;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}

/** Every object of the tree, outer ones first. */
function* nodes(tree: unknown): Generator<Node> {
  if (!isNode(tree)) return;
  yield tree;
  for (const child of Object.values(tree)) yield* nodes(child);
}

/** Names bound inside the expression: `$x := …`, `function($x)`, `@$x` and `#$x`. */
function boundNames(tree: unknown): string[] {
  return [...nodes(tree)].flatMap((node) => {
    if (node.type === 'bind' && isNode(node.lhs)) return [String(node.lhs.value)];
    if (node.type === 'lambda') return (node.arguments as Node[]).map(({ value }) => String(value));
    return [node.focus, node.index].filter((it) => typeof it === 'string');
  });
}

function* unknownVariables(tree: unknown, known: ReadonlySet<string>): Generator<JsonataFinding> {
  for (const node of nodes(tree)) {
    if (node.type !== 'variable' || known.has(String(node.value))) continue;
    const isEval = node.value === 'eval';
    if (isEval) yield { rule: 'jsonata-eval', message: '$eval does not exist in Step Functions' };
    else {
      const message = `$${String(node.value)} is assigned nowhere in the machine`;
      yield { rule: 'undefined-variable', message };
    }
  }
}

/** Parts of a node that are evaluated for each item, where `$` and field names mean that item. */
const PER_ITEM: readonly string[] = [
  'predicate',
  'stages',
  'group',
  'terms',
  'pattern',
  'update',
  'delete',
];

/** A field name, `*`, `**` and `%`. */
const LOOKUPS: readonly string[] = ['name', 'wildcard', 'descendant', 'parent'];

/** `$`, `$$` and field names where no item is at hand: AWS gives expressions no input. */
function* forbidden(tree: unknown): Generator<JsonataFinding> {
  if (Array.isArray(tree)) {
    for (const item of tree) yield* forbidden(item);
    return;
  }
  if (!isNode(tree)) return;
  const shown = String(tree.value ?? '');
  if (tree.type === 'variable' && (shown === '' || shown === '$')) {
    yield { rule: 'top-level-input', message: `$${shown} means nothing at the top level` };
  }
  if (LOOKUPS.includes(String(tree.type))) {
    const message = `${shown} has nothing to be looked up in: start at $states.input`;
    yield { rule: 'bare-name', message };
  }
  for (const [name, child] of Object.entries(tree)) {
    if (PER_ITEM.includes(name)) continue;
    if (tree.type === 'path' && name === 'steps') yield* forbidden((child as unknown[])[0]);
    else yield* forbidden(child);
  }
}
