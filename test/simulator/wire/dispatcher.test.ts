// The front door: routing, latency, throttling, faults, counts, and what happens to bugs.

import { describe, expect, test } from 'vitest';
import type { FaultSpec } from '../../../simulator/faults/faults.ts';
import { AwsError, type AwsService, type Caller } from '../../../simulator/kernel/service.ts';
import { Dispatcher } from '../../../simulator/wire/dispatcher.ts';
import type { WireRequest } from '../../../simulator/wire/message.ts';
import { fakeService } from '../../support/functions.ts';
import { makeKernel } from '../../support/kernel.ts';

const caller: Caller = { kind: 'function', name: 'drain' };
const PREFIX = 'AmazonEC2ContainerServiceV20141113';

function ecs(rest: Partial<AwsService> = {}) {
  let writes = 0;
  const service = fakeService(
    'ecs',
    'awsJson1.1',
    {
      ListTasks: () => ({ taskArns: [] }),
      StopTask: () => ({ count: ++writes }),
      DescribeTasks: () => {
        throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
      },
      RunTask: () => {
        throw new TypeError('a bug of the simulator');
      },
    },
    { targetPrefix: PREFIX, ...rest },
  );
  return { service, writes: () => writes };
}

function jsonRequest(operation: string, body: object = {}, headers = {}): WireRequest {
  return {
    method: 'POST',
    path: '/',
    headers: { 'x-amz-target': `${PREFIX}.${operation}`, ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}

function makeDoor(faults: readonly FaultSpec[] = [], rest: Partial<AwsService> = {}) {
  const bed = makeKernel({ faults });
  const { service, writes } = ecs(rest);
  const dispatcher = new Dispatcher(bed.kernel, [service]);
  const get = async (request: WireRequest) => {
    const response = await bed.finish(dispatcher.handle(request, caller));
    return { ...response, text: response.body.toString() };
  };
  const send = async (request: WireRequest) => {
    const response = await get(request);
    return { ...response, json: JSON.parse(response.text) as Record<string, unknown> };
  };
  return { ...bed, dispatcher, writes, get, send };
}

describe('Dispatcher.handle()', () => {
  test('answers after a latency, with a request id and the virtual date', async () => {
    const door = makeDoor();
    const before = door.kernel.clock.now();
    const answer = await door.send(jsonRequest('ListTasks'));
    const took = door.kernel.clock.now() - before;
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ taskArns: [] });
    expect(took).toBeGreaterThan(1);
    expect(took).toBeLessThan(200);
    expect(answer.headers['content-type']).toBe('application/x-amz-json-1.1');
    expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers.date).toBe('Tue, 24 Nov 2026 02:00:00 GMT');
  });

  test('tells of the effect when half of the latency has passed', async () => {
    const door = makeDoor();
    const { clock } = door.kernel;
    const instants: number[] = [clock.now()];
    const request = jsonRequest('StopTask');
    const handled = door.dispatcher.handle(request, caller, () => instants.push(clock.now()));
    await door.finish(handled);
    instants.push(clock.now());
    const [start, effect, end] = instants as [number, number, number];
    expect(effect - start).toBeCloseTo(end - effect, 5);
  });

  test('encodes an AwsError in the form of the JSON protocols', async () => {
    const answer = await makeDoor().send(jsonRequest('DescribeTasks'));
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({
      __type: 'ClusterNotFoundException',
      message: 'Cluster not found.',
    });
  });

  test('refuses an operation it does not have, and remembers that it was asked for', async () => {
    const door = makeDoor();
    const answer = await door.send(jsonRequest('CreateCapacityProvider'));
    expect(answer.json).toMatchObject({ __type: 'UnknownOperationException' });
    expect(answer.json.message).toContain('Not simulated: ecs:CreateCapacityProvider');
    const stranger = await door.send(
      jsonRequest('X', {}, { 'x-amz-target': 'AWSGlue.StartJobRun' }),
    );
    expect(stranger.json.message).toBe('Not simulated: AWSGlue.StartJobRun.');
    expect([...door.dispatcher.counts.unknown]).toEqual([
      'ecs:CreateCapacityProvider',
      'Not simulated: AWSGlue.StartJobRun.',
    ]);
  });

  test('refuses a service it does not have in the form that its clients read', async () => {
    const door = makeDoor();
    const form = await door.get({
      method: 'POST',
      path: '/',
      headers: {
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        authorization: 'AWS4-HMAC-SHA256 Credential=a/20261124/eu-west-1/sts/aws4_request, x',
      },
      body: Buffer.from('Action=GetCallerIdentity&Version=2011-06-15'),
    });
    expect(form).toMatchObject({ status: 400, headers: { 'content-type': 'text/xml' } });
    expect(form.text).toContain(
      '<Code>InvalidAction</Code><Message>Not simulated: GetCallerIdentity of sts as a form.</Message>',
    );
    const s3 = await door.get({
      method: 'GET',
      path: '/',
      headers: {
        authorization: 'AWS4-HMAC-SHA256 Credential=a/20261124/eu-west-1/s3/aws4_request, x',
      },
      body: Buffer.alloc(0),
    });
    expect(s3.text).toContain('<Message>Not simulated: GET / of s3.</Message></Error>');
  });

  test('refuses rpc-v2-cbor and bodies that are not JSON objects clearly', async () => {
    const door = makeDoor();
    const cbor = await door.send(
      jsonRequest('ListTasks', {}, { 'smithy-protocol': 'rpc-v2-cbor' }),
    );
    expect(cbor.status).toBe(415);
    expect(cbor.json.__type).toBe('UnsupportedProtocolException');
    const broken = await door.send({ ...jsonRequest('ListTasks'), body: Buffer.from('[1') });
    expect(broken.json.__type).toBe('SerializationException');
  });

  test('throws a bug of a service out of the clock instead of answering 500', async () => {
    const door = makeDoor();
    const handled = door.dispatcher.handle(jsonRequest('RunTask'), caller);
    await expect(door.finish(handled)).rejects.toThrow('a bug of the simulator');
  });

  test('throttles by the bucket of the service and refills it in virtual time', async () => {
    const bucket = { name: 'stop', burst: 2, refillPerSecond: 1 };
    const door = makeDoor([], { throttle: (name) => (name === 'StopTask' ? bucket : undefined) });
    const codes: unknown[] = [];
    for (let call = 0; call < 4; call++)
      codes.push((await door.send(jsonRequest('StopTask'))).json.__type);
    expect(codes).toEqual([undefined, undefined, 'ThrottlingException', 'ThrottlingException']);
    await door.advance(1);
    expect((await door.send(jsonRequest('StopTask'))).status).toBe(200);
    expect(door.dispatcher.counts.byOperation.get('ecs:StopTask')).toEqual({
      calls: 5,
      refused: 2,
      throttled: 2,
    });
  });

  test('counts calls per operation and caller, and logs writes but not reads', async () => {
    const door = makeDoor();
    await door.send(jsonRequest('ListTasks'));
    await door.send(jsonRequest('StopTask'));
    await door.send(jsonRequest('StopTask'));
    expect(door.dispatcher.counts.of('ecs:StopTask')).toBe(2);
    expect(door.dispatcher.counts.total).toBe(3);
    expect(door.dispatcher.counts.byCaller.get('function/drain')).toEqual(
      new Map([
        ['ecs:ListTasks', 1],
        ['ecs:StopTask', 2],
      ]),
    );
    const calls = door.logged.filter(({ source, name }) => source === 'wire' && name === 'call');
    expect(calls.map(({ subject }) => subject)).toEqual(['ecs:StopTask', 'ecs:StopTask']);
    expect(calls[0]?.detail).toEqual({ caller: 'drain', outcome: 'ok' });
  });
});

describe('Dispatcher.handle() with faults', () => {
  const once = (name: string, parameters = {}): FaultSpec[] => [
    { name, subject: 'ecs:StopTask', timesMax: 1, parameters },
  ];

  test('api-throttled refuses without an effect', async () => {
    const door = makeDoor(once('api-throttled'));
    expect((await door.send(jsonRequest('StopTask'))).json.__type).toBe('ThrottlingException');
    expect(door.writes()).toBe(0);
  });

  test('api-access-denied names the caller and the operation', async () => {
    const door = makeDoor(once('api-access-denied'));
    const answer = await door.send(jsonRequest('StopTask'));
    expect(answer.json.__type).toBe('AccessDeniedException');
    expect(answer.json.message).toContain('assumed-role/drain/drain');
    expect(answer.json.message).toContain('ecs:StopTask');
  });

  test('api-access-denied refuses the whole call that names its resource, and no other', async () => {
    const door = makeDoor(once('api-access-denied', { naming: 'i-2' }));
    const stop = async (...ids: string[]) =>
      (await door.send(jsonRequest('StopTask', { tasks: [{ ids }] }))).json.__type;
    expect(await stop('i-1', 'i-20')).toBeUndefined();
    expect(await stop('i-1', 'i-2')).toBe('AccessDeniedException');
    // Only what it struck counts.
    expect(await stop('i-2')).toBeUndefined();
    expect(door.writes()).toBe(2);
  });

  test('api-error-before-effect answers 500 and nothing happened', async () => {
    const door = makeDoor(once('api-error-before-effect'));
    expect((await door.send(jsonRequest('StopTask'))).status).toBe(500);
    expect(door.writes()).toBe(0);
  });

  test('api-error-after-effect answers 500 although it happened', async () => {
    const door = makeDoor(once('api-error-after-effect'));
    expect((await door.send(jsonRequest('StopTask'))).status).toBe(500);
    expect(door.writes()).toBe(1);
  });

  test('api-error-after-effect can break the connection or answer nothing', async () => {
    const reset = makeDoor(once('api-error-after-effect', { answer: 'reset' }));
    await expect(reset.send(jsonRequest('StopTask'))).rejects.toThrow('socket hang up');
    expect(reset.writes()).toBe(1);
    const silent = makeDoor(once('api-error-after-effect', { answer: 'none' }));
    await expect(silent.send(jsonRequest('StopTask'))).rejects.toThrow('the work still waits');
    expect(silent.writes()).toBe(1);
  });

  test('api-slow adds its seconds to the latency', async () => {
    const door = makeDoor(once('api-slow', { seconds: 40 }));
    const before = door.kernel.clock.now();
    await door.send(jsonRequest('StopTask'));
    expect(door.kernel.clock.now() - before).toBeGreaterThan(40_000);
  });
});
