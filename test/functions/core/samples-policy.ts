// How the tests of the policy put one value at a path and read it back.

/** `{a: {b: value}}` for the path `a.b`, with the cluster that every policy needs. */
export function inputWith(path: string, value: unknown): Record<string, unknown> {
  const nested = path
    .split('.')
    .reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object;
  return { cluster: 'prod', ...nested };
}

export function valueAt(root: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], root);
}
