// `fetch` for a function's code: the real Request and Response classes around the region's wire.

import type { Sandbox } from './sandbox.ts';

/** As undici does: the cause says what went wrong, the error itself only that it did. */
function fetchFailed(cause: unknown): TypeError {
  return new TypeError('fetch failed', { cause });
}

export function virtualFetch(sandbox: Sandbox): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { signal } = request;
    signal.throwIfAborted();
    const url = new URL(request.url);
    const body = Buffer.from(await request.arrayBuffer());
    const headers = { host: url.host, ...Object.fromEntries(request.headers) };
    const path = `${url.pathname}${url.search}`;
    const sent = sandbox.send({ method: request.method, path, headers, body });
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    const answer = await Promise.race([
      aborted,
      sent.catch((error: unknown) => {
        throw fetchFailed(error);
      }),
    ]);
    const hasBody = answer.status !== 204 && answer.status !== 304;
    return new Response(hasBody ? new Uint8Array(answer.body) : null, {
      status: answer.status,
      headers: { ...answer.headers },
    });
  };
}
