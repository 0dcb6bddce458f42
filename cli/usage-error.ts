// The one error for a command line or a file that cannot be accepted; nothing has been started then.

export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
