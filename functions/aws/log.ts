// Writes one JSON line per thing worth knowing; ids first, so that a log can be filtered by rollout and instance.

import { now } from './clock.ts';

type Fields = Readonly<Record<string, unknown>>;

function write(level: 'INFO' | 'WARN' | 'ERROR', message: string, fields: Fields): void {
  process.stdout.write(
    `${JSON.stringify({ level, at: new Date(now()).toISOString(), message, ...fields })}\n`,
  );
}

export const log = {
  info: (message: string, fields: Fields = {}): void => write('INFO', message, fields),
  warn: (message: string, fields: Fields = {}): void => write('WARN', message, fields),
  error: (message: string, fields: Fields = {}): void => write('ERROR', message, fields),
};
