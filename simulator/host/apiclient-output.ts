// How apiclient writes: data to stdout, coloured log lines to stderr, and one line for the error it
// ends with.

import type { VirtualClock } from '../kernel/clock.ts';

/** What a process leaves. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** An error that ends apiclient with exit code 1; its message is what `main` prints. */
export class ApiclientError extends Error {
  override readonly name = 'ApiclientError';
}

/** A wrong command line: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Colours of simplelog's TermLogger; they reach SSM's output too (bottlerocket-ecs-updater#38). */
const COLOURS = { INFO: '\u001b[34m', WARN: '\u001b[33m' } as const;

const RESET = '\u001b[0m';

export class ApiclientOutput {
  readonly #clock: VirtualClock;
  stdout = '';
  stderr = '';

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  print(text: string): void {
    this.stdout += `${text}\n`;
  }

  info(message: string): void {
    this.#log('INFO', message);
  }

  warn(message: string): void {
    this.#log('WARN', message);
  }

  fail(message: string): void {
    this.stderr += `${message}\n`;
  }

  #log(level: keyof typeof COLOURS, message: string): void {
    const time = new Date(this.#clock.now()).toISOString().slice(11, 19);
    this.stderr += `${time} ${RESET}${COLOURS[level]}[${level}] ${RESET}${message}\n`;
  }
}
