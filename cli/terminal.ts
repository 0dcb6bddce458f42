// Where `fleet` writes to, and how it ends when a person or a closed pipe ends it.

import { constants } from 'node:os';

/** Output and environment of the process; tests bring their own. */
export interface Surroundings {
  readonly stdout: Pick<NodeJS.WriteStream, 'write' | 'columns' | 'rows' | 'isTTY'>;
  readonly stderr: Pick<NodeJS.WriteStream, 'write'>;
  readonly environment: NodeJS.ProcessEnv;
}

/** Whoever reads our output may stop reading (`| head`): that is no error. */
export function endQuietlyOnClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ends the process on Ctrl-C and its kin, after `clean`, with the exit code that shells expect. */
export function endOnSignals(clean: () => void): () => void {
  const listeners = SIGNALS.map((signal) => {
    const listener = () => {
      clean();
      process.exit(128 + constants.signals[signal]);
    };
    process.on(signal, listener);
    return { signal, listener };
  });
  return () => {
    for (const { signal, listener } of listeners) process.off(signal, listener);
  };
}

/** Settles at the first Ctrl-C or its kin; later ones change nothing. */
export function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.on(signal, () => resolve());
  });
}
