// Orders release versions such as 1.64.0.

/** Negative when `a` is older than `b`, 0 when equal. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let index = 0; index < 3; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The version without the `v` that people write in front; undefined when it is no version. */
export function parseVersion(text: string): string | undefined {
  return /^v?(\d+\.\d+\.\d+)$/.exec(text)?.[1];
}
