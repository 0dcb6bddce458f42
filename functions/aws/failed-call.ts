// Tells from which call to AWS an error came: AWS itself says "Rate exceeded", and not of what.

/** What the SDK says of a call: `SSMClient`, `SendCommandCommand`. */
export interface CallContext {
  readonly clientName?: string;
  readonly commandName?: string;
}

const calls = new WeakMap<Error, CallContext>();

/** To be called with whatever a call to AWS ended with. */
export function rememberCall(error: Error, context: CallContext): never {
  calls.set(error, context);
  throw error;
}

/** Puts the call before the message of an error that leaves the function; whoever reads its reason has nothing else. */
export function nameFailedCall(error: Error): void {
  const { clientName, commandName } = calls.get(error) ?? {};
  if (!commandName) return;
  error.message = `${clientName} ${commandName}: ${error.message}`.replace(
    /Client (.+?)Command:/,
    ' $1:',
  );
}
