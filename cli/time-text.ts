// Writes instants and durations for people.

/** `04:05`, from an hour on `1:02:05`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const pair = (value: number) => String(value).padStart(2, '0');
  const rest = `${pair(Math.floor(whole / 60) % 60)}:${pair(whole % 60)}`;
  return whole < 3600 ? rest : `${Math.floor(whole / 3600)}:${rest}`;
}

/** `2026-11-24T02:14:05Z`: epoch milliseconds to the second, rounded down. */
export function instantText(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** `02:14:05`. */
export function clockText(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}
