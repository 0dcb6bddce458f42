// What code sees inside a simulated function: virtual time, seeded chance, captured output, no way
// out.

import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundleFunction } from '../../../simulator/lambda/bundle.ts';
import { makeFunctionBed } from '../../support/functions.ts';
import type { KernelOptions } from '../../support/kernel.ts';

let code = '';

beforeAll(async () => {
  code = await bundleFunction(
    resolve(import.meta.dirname, '../../support/handlers/runtime-probe.ts'),
  );
});

async function makeProbe(options: KernelOptions = {}, settings = {}) {
  const bed = makeFunctionBed(() => [], options);
  await bed.create('probe', code, { Timeout: 300, ...settings });
  const run = async (probe: string) => {
    const result = await bed.finish(bed.kernel.invokeFunction('probe', { probe }));
    return result.ok ? (result.payload as Record<string, unknown>) : result;
  };
  return { ...bed, run };
}

describe('a function’s clock', () => {
  test('is virtual in Date, timers and timers/promises', async () => {
    const { run } = await makeProbe();
    const { start, end, ticks, isDate } = (await run('time')) as Record<string, number>;
    expect(end! - start!).toBe(93_000);
    expect(new Date(start!).toISOString()).toMatch(/^2026-11-24T02:00:00/);
    expect(ticks).toBe(3);
    expect(isDate).toBe(true);
  });

  test('is off by what lambda-clock-skewed says', async () => {
    const faults = [{ name: 'lambda-clock-skewed', parameters: { seconds: 300 } }];
    const { run } = await makeProbe({ faults });
    const { start } = (await run('time')) as { start: number };
    expect(new Date(start).toISOString()).toMatch(/^2026-11-24T02:05:00/);
  });
});

describe('a function’s surroundings', () => {
  test('chance comes from the seed', async () => {
    const first = await (await makeProbe({ seed: 7 })).run('chance');
    expect(await (await makeProbe({ seed: 7 })).run('chance')).toEqual(first);
    expect(await (await makeProbe({ seed: 8 })).run('chance')).not.toEqual(first);
  });

  test('context and environment are Lambda’s, the disk is empty', async () => {
    const { run } = await makeProbe({}, { Environment: { Variables: { LOG_LEVEL: 'debug' } } });
    expect(await run('context')).toEqual({
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'probe',
      arn: 'arn:aws:lambda:eu-west-1:111122223333:function:probe',
      remaining: 300_000,
      region: 'eu-west-1',
      level: 'debug',
      home: '/home/sbx_user1051',
      config: false,
    });
  });

  test('output is captured with time, request id and level', async () => {
    const { run, lambda } = await makeProbe();
    await run('print');
    const lines = lambda.logs.of('probe').map(({ text }) => text);
    expect(lines[0]).toMatch(/^START RequestId: \S+ Version: \$LATEST$/);
    expect(lines[1]).toMatch(
      /^2026-11-24T02:00:00\.\d{3}Z\t\S+\tINFO\trolled 3 of blue \{ a: 1 \}$/,
    );
    expect(lines[2]).toMatch(/\tERROR\tError: oops\n/);
    expect(lines[3]).toBe('{"raw":true}');
    expect(lines.at(-1)).toMatch(/^REPORT RequestId: .*Billed Duration: \d+ ms.*Init Duration/);
  });

  test('built-in modules work, sockets do not', async () => {
    const { run } = await makeProbe();
    expect(await run('module')).toMatchObject({ hash: expect.stringMatching(/^2d711642/) });
    expect(await run('socket')).toEqual({
      refused: 'Cannot use net.connect() inside a simulated function',
    });
  });
});

describe('requests beyond AWS', () => {
  test('reach the host that is registered, by fetch and by https', async () => {
    const { run, outside } = await makeProbe();
    const seen: string[] = [];
    outside.register('slack.com', ({ method, path, headers, body }) => {
      seen.push(`${method} ${path} ${headers.authorization} ${body}`);
      return { body: '{"ok":true}' };
    });
    expect(await run('fetch')).toEqual({ status: 200, body: { ok: true } });
    expect(await run('https')).toEqual({ status: 200, text: '{"ok":true}' });
    expect(seen).toEqual([
      'POST /api/chat.postMessage?a=1 Bearer t {"text":"hi"}',
      'GET /api/auth.test undefined ',
    ]);
  });

  test('fail as a name that does not resolve when nobody is registered', async () => {
    const { run } = await makeProbe();
    expect(await run('fetchUnknown')).toEqual({ message: 'fetch failed', code: 'ENOTFOUND' });
  });

  test('time out in virtual time', async () => {
    const { run, outside, kernel } = await makeProbe();
    outside.register('slow.example', async () => {
      await kernel.clock.sleep(60_000);
      return {};
    });
    expect(await run('fetchSlow')).toMatchObject({ name: 'TimeoutError' });
    expect(kernel.clock.now()).toBeLessThan(Date.parse('2026-11-24T02:00:05Z'));
  });
});
