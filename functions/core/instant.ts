// Writes instants for people; the only place in the core that turns a number into a date.

/** Epoch milliseconds as ISO 8601 UTC, to the second. */
export function isoInstant(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
