// A handler that looks around in its runtime, for tests of what the simulated runtime shows to
// code.

import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

interface Context {
  readonly awsRequestId: string;
  readonly functionName: string;
  readonly invokedFunctionArn: string;
  getRemainingTimeInMillis(): number;
}

let invocations = 0;

class NamedError extends Error {
  override readonly name = 'DrainTimeoutError';
}

function attempt(run: () => unknown): string {
  try {
    return String(run());
  } catch (error) {
    return (error as Error).message;
  }
}

const probes = {
  time: async () => {
    const start = Date.now();
    await sleep(60_000);
    await new Promise((resolve) => setTimeout(resolve, 30_000));
    await new Promise((resolve) => setImmediate(resolve));
    const ticks = await new Promise<number>((resolve) => {
      let count = 0;
      const timer = setInterval(() => {
        if (++count < 3) return;
        clearInterval(timer);
        resolve(count);
      }, 1000);
    });
    return {
      start,
      end: Date.parse(new Date().toISOString()),
      ticks,
      isDate: new Date() instanceof Date,
    };
  },
  chance: () => ({ random: [Math.random(), randomUUID(), crypto.randomUUID()] }),
  context: (context: Context) => ({
    requestId: context.awsRequestId,
    name: context.functionName,
    arn: context.invokedFunctionArn,
    remaining: context.getRemainingTimeInMillis(),
    region: process.env.AWS_REGION,
    level: process.env.LOG_LEVEL,
    home: homedir(),
    config: existsSync('/root/.aws/config') || existsSync('/etc/passwd'),
  }),
  print: () => {
    console.log('rolled %d of %s', 3, 'blue', { a: 1 });
    console.error(new Error('oops'));
    process.stdout.write('{"raw":true}\n');
    return null;
  },
  count: () => ({ invocations: ++invocations }),
  throwNamed: () => {
    throw new NamedError('drain took too long');
  },
  throwLater: () => {
    setTimeout(() => {
      throw new TypeError('in a timer');
    }, 10);
    return sleep(1000);
  },
  exit: () => process.exit(3),
  hang: () => new Promise(() => {}),
  socket: () => ({ refused: attempt(() => connect(443, 'example.com')) }),
  module: async () => {
    const zipped = await promisify(gzip)(Buffer.from('x'.repeat(100)));
    return { bytes: zipped.length, hash: createHash('sha256').update('x').digest('hex') };
  },
  fetch: async () => {
    const answer = await fetch('https://slack.com/api/chat.postMessage?a=1', {
      method: 'POST',
      headers: { authorization: 'Bearer t' },
      body: JSON.stringify({ text: 'hi' }),
      signal: AbortSignal.timeout(5000),
    });
    return { status: answer.status, body: (await answer.json()) as unknown };
  },
  fetchSlow: async () => {
    const sent = fetch('https://slow.example/', { signal: AbortSignal.timeout(2000) });
    return sent.then(
      () => ({}),
      (error: Error) => ({ name: error.name, at: Date.now() }),
    );
  },
  fetchUnknown: () =>
    fetch('https://nowhere.example/').catch((error: Error) => ({
      message: error.message,
      code: (error.cause as { code?: string }).code,
    })),
  https: () =>
    new Promise((resolve, reject) => {
      const sent = request('https://slack.com/api/auth.test', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode, text }));
      });
      sent.on('error', reject);
      sent.end();
    }),
};

export async function handler(event: { probe: keyof typeof probes }, context: Context) {
  return probes[event.probe](context);
}
