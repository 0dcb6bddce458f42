// Serves a region over HTTP on this machine: any AWS client with an endpoint URL can use it.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Drive } from './drive.ts';
import type { Transport, WireRequest } from './message.ts';
import { credentialOf } from './routing.ts';

export interface Listener {
  /** `http://127.0.0.1:<port>`, for `AWS_ENDPOINT_URL`. */
  readonly url: string;
  close(): Promise<void>;
}

interface Parts {
  readonly transport: Transport;
  readonly drive: Drive;
  /** Told of a bug of the simulator; its request is cut off. */
  readonly onBug: (error: unknown) => void;
}

/**
 * Requests beyond this size are cut off (EventBridge and Step Functions take 1 MB, Lambda 6 MB).
 */
const BODY_BYTES_MAX = 8 * 1024 * 1024;

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    length += (chunk as Buffer).length;
    if (length > BODY_BYTES_MAX) throw new Error('The request body is too large');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function headersOf(incoming: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

async function answer(
  { transport, drive }: Parts,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const headers = headersOf(incoming);
  const request: WireRequest = {
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers,
    body: await readBody(incoming),
  };
  const name = credentialOf(headers)?.accessKeyId ?? 'anonymous';
  const response = await drive.finish(transport(request, { kind: 'outside', name }));
  outgoing.writeHead(response.status, response.headers);
  outgoing.end(response.body);
}

/** True for what a fault did to a connection, as against a bug. */
function isConnectionError(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ECONNRESET';
}

/** @param port 0 for any free port. */
export async function listen(parts: Parts, port: number): Promise<Listener> {
  const server: Server = createServer((incoming, outgoing) => {
    answer(parts, incoming, outgoing).catch((error: unknown) => {
      outgoing.destroy();
      if (!isConnectionError(error)) parts.onBug(error);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // Only this machine: the region believes every signature.
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
