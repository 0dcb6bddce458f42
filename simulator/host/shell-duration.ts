// Durations as coreutils' sleep and timeout read them.

/** `timeout` answers this when it had to kill. */
export const TIMED_OUT_EXIT_CODE = 124;

const UNIT_SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of `2`, `0.5s` or `1m`; undefined for anything else. */
export function parseDuration(text: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(text ?? '');
  return match ? Number(match[1]) * (UNIT_SECONDS[match[2] ?? ''] ?? 1) : undefined;
}
