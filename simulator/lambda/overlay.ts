// Lays replacements over a built-in object without touching it.

/**
 * An object that has `members`, and everything else as `base` has it: what is its own stays its own, because bundlers
 * and compilers copy a module by its own keys.
 */
export function overlay(base: object, members: Readonly<Record<string, unknown>>): object {
  const replaced = Object.entries(members).map(
    ([name, value]) =>
      [name, { value, writable: true, enumerable: true, configurable: true }] as const,
  );
  return Object.create(base, {
    ...Object.getOwnPropertyDescriptors(base),
    ...Object.fromEntries(replaced),
  }) as object;
}
