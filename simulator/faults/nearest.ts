// Finds the name that somebody probably meant: the nearest by edits.

/** Levenshtein distance: insertions, deletions and replacements of single characters. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, left] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, right] of [...b].entries()) {
      const replaced = row[j]! + (left === right ? 0 : 1);
      next.push(Math.min(replaced, row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** Longer texts are no slips of the pen, and comparing them takes its time. */
const CHARACTERS_MAX = 200;
/** From so many characters on, a part of one name alone means that name. */
const PART_CHARACTERS_MIN = 4;

/** The only one of `names` that contains it, else the nearest, if at most a third of it differs. */
export function nearest(given: string, names: readonly string[]): string | undefined {
  if (given.length > CHARACTERS_MAX) return undefined;
  const longer = names.filter(
    (name) => given.length >= PART_CHARACTERS_MIN && name.includes(given),
  );
  if (longer.length === 1) return longer[0];
  const ranked = names
    .map((name) => ({ name, edits: distance(given.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, edits }) => edits <= Math.max(name.length, given.length) / 3);
  return ranked.sort((a, b) => a.edits - b.edits)[0]?.name;
}
