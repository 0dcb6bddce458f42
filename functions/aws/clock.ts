// The one place that reads the time.

/** Epoch milliseconds. */
export function now(): number {
  return Date.now();
}
