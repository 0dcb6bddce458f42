// What a command in real bash and the simulator say to each other: fields that end in NUL, both
// ways.

import type { CommandResult } from './apiclient-output.ts';

export interface ShimRequest {
  readonly token: string;
  readonly name: string;
  /** Process that waits for the answer. */
  readonly pid: number;
  readonly args: readonly string[];
}

/**
 * Stands for `apiclient`, `sleep`, `date` and `timeout`, first on PATH; plain bash, because it
 * starts in milliseconds.
 *
 * `date` asks for the virtual second and leaves the rest to the real one, unless it was given a
 * date.
 */
export const SHIM = `#!/bin/bash
name=\${0##*/}
ask=("$name" "$$" "$#" "$@")
if [ "$name" = date ]; then
  for word in "$@"; do case $word in -d|--date*|-r) exec /bin/date "$@";; esac; done
  ask=(now "$$" 0)
fi
exec 9<>"/dev/tcp/127.0.0.1/$SIMULATOR_PORT" || exit 255
printf '%s\\0' "$SIMULATOR_TOKEN" "\${ask[@]}" >&9
IFS= read -r -d '' code <&9
IFS= read -r -d '' out <&9
IFS= read -r -d '' err <&9
exec 9>&-
[ "$name" = date ] && exec /bin/date -d "@$out" "$@"
printf '%s' "$out"
printf '%s' "$err" >&2
exit "\${code:-255}"
`;

/** Undefined until the request is complete. */
export function decodeRequest(text: string): ShimRequest | undefined {
  const fields = text.split('\0');
  const [token, name, pid, count] = fields;
  if (token === undefined || name === undefined || fields.length < 5) return undefined;
  if (fields.length - 1 < 4 + Number(count)) return undefined;
  return { token, name, pid: Number(pid), args: fields.slice(4, 4 + Number(count)) };
}

export function encodeResult({ exitCode, stdout, stderr }: CommandResult): string {
  return `${exitCode}\0${stdout}\0${stderr}\0`;
}
