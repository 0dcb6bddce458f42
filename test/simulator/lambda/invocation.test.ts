// How invocations start, end, fail and are billed.

import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundleFunction } from '../../../simulator/lambda/bundle.ts';
import { makeFunctionBed } from '../../support/functions.ts';

let code = '';

beforeAll(async () => {
  code = await bundleFunction(
    resolve(import.meta.dirname, '../../support/handlers/runtime-probe.ts'),
  );
});

async function makeProbe(settings = {}) {
  const bed = makeFunctionBed(() => []);
  await bed.create('probe', code, settings);
  const invoke = (probe: string) => bed.kernel.invokeFunction('probe', { probe });
  const run = (probe: string) => bed.finish(invoke(probe));
  return { ...bed, invoke, run };
}

describe('an execution environment', () => {
  test('starts cold once and is kept warm, with its module state', async () => {
    const { run, kernel, lambda } = await makeProbe();
    const startedAt = kernel.clock.now();
    expect(await run('count')).toEqual({ ok: true, payload: { invocations: 1 } });
    const coldMs = kernel.clock.now() - startedAt;
    expect(await run('count')).toEqual({ ok: true, payload: { invocations: 2 } });
    const warmMs = kernel.clock.now() - startedAt - coldMs;
    expect(coldMs).toBeGreaterThan(250);
    expect(warmMs).toBeLessThan(100);
    const usage = { invocations: 2, coldStarts: 1, errors: 0 };
    expect(lambda.usage().get('probe')).toMatchObject(usage);
  });

  test('serves one invocation at a time: concurrent ones get environments of their own', async () => {
    const { invoke, finish, lambda } = await makeProbe();
    const both = await finish(Promise.all([invoke('count'), invoke('count')]));
    expect(both.map((result) => result.ok && result.payload)).toEqual([
      { invocations: 1 },
      { invocations: 1 },
    ]);
    expect(lambda.usage().get('probe')).toMatchObject({ coldStarts: 2, concurrentMax: 2 });
  });

  test('is new after the code or configuration changed', async () => {
    const { run, call, lambda } = await makeProbe();
    await run('count');
    await call(lambda, 'UpdateFunctionConfiguration', { FunctionName: 'probe', Timeout: 9 });
    expect(await run('count')).toEqual({ ok: true, payload: { invocations: 1 } });
  });

  test('is reclaimed after a long rest', async () => {
    const { run, advance } = await makeProbe();
    await run('count');
    await advance(3600);
    expect(await run('count')).toEqual({ ok: true, payload: { invocations: 1 } });
  });
});

describe('a failed invocation', () => {
  test('tells the error’s own name', async () => {
    expect(await (await makeProbe()).run('throwNamed')).toEqual({
      ok: false,
      errorType: 'DrainTimeoutError',
      errorMessage: 'drain took too long',
    });
  });

  test('ends with Sandbox.Timedout at the timeout, and the next one starts cold', async () => {
    const { run, kernel } = await makeProbe({ Timeout: 3 });
    await run('count');
    const startedAt = kernel.clock.now();
    const result = await run('hang');
    expect(result).toMatchObject({ ok: false, errorType: 'Sandbox.Timedout' });
    expect(result.ok || result.errorMessage).toMatch(
      /^RequestId: [0-9a-f-]{36} Error: Task timed out after 3\.00 seconds$/,
    );
    expect(kernel.clock.now() - startedAt).toBeGreaterThanOrEqual(3000);
    expect(await run('count')).toEqual({ ok: true, payload: { invocations: 1 } });
  });

  test('ends with Runtime.ExitError when the process exits', async () => {
    const result = await (await makeProbe()).run('exit');
    expect(result).toMatchObject({ ok: false, errorType: 'Runtime.ExitError' });
    expect(result.ok || result.errorMessage).toContain('Runtime exited with error: exit status 3');
  });

  test('ends with the error of an uncaught exception, and its environment with it', async () => {
    const { run } = await makeProbe();
    expect(await run('throwLater')).toMatchObject({ ok: false, errorType: 'TypeError' });
    expect(await run('count')).toEqual({ ok: true, payload: { invocations: 1 } });
  });

  test('names a module that cannot be found and a handler that is not there', async () => {
    const bed = makeFunctionBed(() => []);
    await bed.create('lost', 'require("left-pad")');
    await bed.create('empty', 'exports.other = 1');
    await bed.create('broken', 'exports.handler = (');
    const run = (name: string) => bed.finish(bed.kernel.invokeFunction(name, {}));
    expect(await run('lost')).toMatchObject({ errorType: 'Runtime.ImportModuleError' });
    expect(await run('empty')).toMatchObject({ errorType: 'Runtime.HandlerNotFound' });
    expect(await run('broken')).toMatchObject({ errorType: 'Runtime.UserCodeSyntaxError' });
  });
});

describe('LambdaService', () => {
  test('refuses what it does not know and what exceeds reserved concurrency', async () => {
    const { kernel, call, lambda, invoke, finish } = await makeProbe();
    await expect(finish(kernel.invokeFunction('nobody', {}))).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
      status: 404,
    });
    await call(lambda, 'PutFunctionConcurrency', {
      FunctionName: 'probe',
      ReservedConcurrentExecutions: 1,
    });
    const outcomes = await finish(Promise.allSettled([invoke('count'), invoke('count')]));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(lambda.usage().get('probe')).toMatchObject({ throttles: 1 });
  });

  test('keeps what is reserved from all other functions, and a hundred from reservations', async () => {
    const { call, refusal, create, lambda, invoke, finish } = await makeProbe();
    const reserve = (FunctionName: string, ReservedConcurrentExecutions: number) =>
      ({ FunctionName, ReservedConcurrentExecutions }) as const;
    await create('greedy', code);
    const refused = await refusal(lambda, 'PutFunctionConcurrency', reserve('greedy', 901));
    expect(`${refused.code}: ${refused.message}`).toBe(
      'InvalidParameterValueException: Specified ReservedConcurrentExecutions for function ' +
        "decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
    );
    await call(lambda, 'PutFunctionConcurrency', reserve('greedy', 900));
    await call(lambda, 'PutFunctionConcurrency', reserve('greedy', 900));
    expect(await refusal(lambda, 'PutFunctionConcurrency', reserve('probe', 1))).toBeDefined();
    const invocations = Array.from({ length: 101 }, () => invoke('count'));
    const outcomes = await finish(Promise.allSettled(invocations));
    const rejected = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(rejected).toMatchObject([
      { code: 'TooManyRequestsException', extra: { Reason: 'ConcurrentInvocationLimitExceeded' } },
    ]);
  });

  test('Invoke answers the payload, or the error with FunctionError', async () => {
    const { lambda, call } = await makeProbe();
    const invoke = (probe: string) =>
      call(lambda, 'Invoke', { FunctionName: 'probe', Payload: JSON.stringify({ probe }) });
    expect(await invoke('count')).toEqual({
      StatusCode: 200,
      ExecutedVersion: '$LATEST',
      Payload: '{"invocations":1}',
    });
    const failed = await invoke('throwNamed');
    expect(failed.FunctionError).toBe('Unhandled');
    expect(JSON.parse(String(failed.Payload))).toMatchObject({
      errorType: 'DrainTimeoutError',
      errorMessage: 'drain took too long',
      trace: expect.arrayContaining([expect.stringContaining('DrainTimeoutError')]),
    });
  });

  test('Invoke as Event answers at once and retries after one and two minutes', async () => {
    const { lambda, call, advance } = await makeProbe();
    const Payload = JSON.stringify({ probe: 'throwNamed' });
    const input = { FunctionName: 'probe', InvocationType: 'Event', Payload };
    expect(await call(lambda, 'Invoke', input)).toEqual({ StatusCode: 202 });
    const invocations = () => lambda.usage().get('probe')?.invocations;
    await advance(50);
    expect(invocations()).toBe(1);
    await advance(15);
    expect(invocations()).toBe(2);
    await advance(120);
    expect(invocations()).toBe(3);
    await advance(3600);
    expect(invocations()).toBe(3);
  });
});
