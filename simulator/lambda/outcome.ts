// How an invocation ended, in the words of the Lambda runtime and of Lambda itself.

/** What the caller of a function is told. */
export type Outcome =
  | { readonly ok: true; readonly payload: string }
  | {
      readonly ok: false;
      readonly errorType: string;
      readonly errorMessage: string;
      readonly trace?: readonly string[];
    };

/**
 * What Node's runtime interface client reports for a thrown value (`src/Errors.js`,
 * toRapidResponse).
 */
export function thrown(error: unknown): Outcome {
  if (error instanceof Error) {
    return {
      ok: false,
      errorType: error.name,
      errorMessage: error.message,
      trace: (error.stack ?? '').split('\n'),
    };
  }
  return { ok: false, errorType: typeof error, errorMessage: String(error), trace: [] };
}

export function timedOut(requestId: string, timeoutSeconds: number): Outcome {
  const limit = timeoutSeconds.toFixed(2);
  return {
    ok: false,
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Task timed out after ${limit} seconds`,
  };
}

/** @param how `signal: killed` (out of memory, lost host) or `exit status 1`. */
export function exited(requestId: string, how: string): Outcome {
  return {
    ok: false,
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: ${how}`,
  };
}

/** An error while the module loads, before any handler ran. */
export function initialisationFailed(error: unknown): Outcome {
  const told = thrown(error);
  if (told.ok) return told;
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'MODULE_NOT_FOUND') {
    return {
      ...told,
      errorType: 'Runtime.ImportModuleError',
      errorMessage: `Error: ${told.errorMessage}`,
    };
  }
  if (error instanceof SyntaxError) {
    return {
      ...told,
      errorType: 'Runtime.UserCodeSyntaxError',
      errorMessage: `SyntaxError: ${told.errorMessage}`,
    };
  }
  return told;
}

export function handlerNotFound(handler: string): Outcome {
  return {
    ok: false,
    errorType: 'Runtime.HandlerNotFound',
    errorMessage: `${handler} is undefined or not exported`,
    trace: [],
  };
}

/** The body of a failed invocation's answer. */
export function errorPayload(outcome: Outcome & { ok: false }): string {
  const { errorType, errorMessage, trace } = outcome;
  return JSON.stringify({ errorType, errorMessage, ...(trace ? { trace } : {}) });
}
