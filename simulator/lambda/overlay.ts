// Lays replacements over a built-in object without touching it.

/** An object that has `members` itself and inherits everything else from `base`. */
export function overlay(base: object, members: Readonly<Record<string, unknown>>): object {
  const descriptors = Object.entries(members).map(
    ([name, value]) =>
      [name, { value, writable: true, enumerable: true, configurable: true }] as const,
  );
  return Object.create(base, Object.fromEntries(descriptors)) as object;
}
