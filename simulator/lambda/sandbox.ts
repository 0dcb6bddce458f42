// What one execution environment gives to the code inside it, in place of the machine it would run
// on.

import type { VirtualClock } from '../kernel/clock.ts';
import type { RandomStream } from '../kernel/random.ts';
import type { WireRequest, WireResponse } from '../wire/message.ts';
import type { Life } from './life.ts';

export interface Sandbox {
  readonly clock: VirtualClock;
  /** Epoch milliseconds as this environment sees them: its clock may be skewed. */
  now(): number;
  readonly random: RandomStream;
  readonly life: Life;
  readonly environment: Record<string, string>;
  /** Sends a request out of the environment; settles through `life` only. */
  send(request: WireRequest): Promise<WireResponse>;
  /** Takes one line (or several) of standard output. */
  write(text: string): void;
  /** Log prefix: the request id of the invocation that runs now. */
  requestId(): string;
  /** `process.exit`. */
  exit(code: number): void;
}
