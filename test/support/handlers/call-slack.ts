// A handler that calls Slack with its own client as it comes, or a webhook, for tests of the simulated Slack.

import { WebClient } from '@slack/web-api';

interface Event {
  readonly token?: string;
  readonly method: string;
  readonly arguments: Record<string, unknown>;
  /** Calls one after the other. */
  readonly times?: number;
}

async function call(event: Event): Promise<unknown> {
  if (event.method === 'webhook') {
    const response = await fetch('https://hooks.slack.com/services/T0/B0/x', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event.arguments),
    });
    return { status: response.status, text: await response.text() };
  }
  const client = new WebClient(event.token ?? 'xoxb-simulated', {
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 5000,
  });
  return client.apiCall(event.method, event.arguments);
}

/** Answers what the last call answered, or the error as code, message and what Slack said. */
export async function handler(event: Event): Promise<unknown> {
  let answer: unknown;
  for (let round = 0; round < (event.times ?? 1); round++) {
    try {
      answer = await call(event);
    } catch (error) {
      const { code, message, data, retryAfter } = error as Error & {
        code?: string;
        data?: { error?: string; response_metadata?: unknown };
        retryAfter?: number;
      };
      return { code, message, error: data?.error, meta: data?.response_metadata, retryAfter };
    }
  }
  return answer;
}
