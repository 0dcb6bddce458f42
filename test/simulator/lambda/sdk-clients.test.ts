// The real SDK clients inside a bundled handler, through the request shim; and what faults do to
// them.

import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { DynamoDbService } from '../../../simulator/dynamodb/dynamodb.ts';
import type { FaultSpec } from '../../../simulator/faults/faults.ts';
import { AwsError } from '../../../simulator/kernel/service.ts';
import { bundleFunction } from '../../../simulator/lambda/bundle.ts';
import { fakeService, makeFunctionBed } from '../../support/functions.ts';

let code = '';

beforeAll(async () => {
  code = await bundleFunction(resolve(import.meta.dirname, '../../support/handlers/call-aws.ts'));
});

async function makeCaller(faults: readonly FaultSpec[] = [], Timeout = 60) {
  const sent: string[] = [];
  const failures: AwsError[] = [];
  const filters: unknown[] = [];
  let dynamodb: DynamoDbService | undefined;
  const bed = makeFunctionBed(
    ({ kernel }) => {
      dynamodb = new DynamoDbService(kernel);
      const ecs = fakeService(
        'ecs',
        'awsJson1.1',
        { DescribeClusters: () => ({ clusters: [{ clusterName: 'blue' }], failures: [] }) },
        { targetPrefix: 'AmazonEC2ContainerServiceV20141113' },
      );
      const ssm = fakeService(
        'ssm',
        'awsJson1.1',
        {
          SendCommand(input, caller) {
            const failure = failures.shift();
            if (failure) throw failure;
            sent.push(`${caller.name} ${String(input.DocumentName)} ${String(input.InstanceIds)}`);
            return { Command: { CommandId: 'c-1', RequestedDateTime: kernel.clock.now() / 1000 } };
          },
        },
        { targetPrefix: 'AmazonSSM' },
      );
      const ec2 = fakeService(
        'ec2',
        'ec2Query',
        {
          DescribeInstances: ({ InstanceId, Filter }) => {
            filters.push(Filter);
            const [instanceId] = InstanceId as string[];
            return { reservationSet: [{ instancesSet: [{ instanceId }] }] };
          },
        },
        { xmlNamespace: 'http://ec2.amazonaws.com/doc/2016-11-15/' },
      );
      return [ecs, ssm, ec2, dynamodb];
    },
    { faults },
  );
  await bed.call(dynamodb!, 'CreateTable', {
    TableName: 'record',
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    BillingMode: 'PAY_PER_REQUEST',
  });
  await bed.create('caller', code, { Timeout });
  const run = (call: string, more = {}) =>
    bed.finish(bed.kernel.invokeFunction('caller', { call, ...more }));
  return { ...bed, run, sent, failures, filters };
}

describe('SDK clients in a function', () => {
  test('ECS, SSM, EC2 and DynamoDB answer through the shim', async () => {
    const { run, sent, filters } = await makeCaller();
    expect(await run('ecs')).toMatchObject({
      payload: { clusters: [{ clusterName: 'blue' }], $metadata: { attempts: 1 } },
    });
    expect(await run('ssm')).toMatchObject({
      payload: {
        Command: {
          CommandId: 'c-1',
          RequestedDateTime: expect.stringMatching(/^2026-11-24T02:00:0/),
        },
      },
    });
    expect(sent).toEqual(['caller d i-1']);
    expect(await run('ec2')).toMatchObject({
      payload: { Reservations: [{ Instances: [{ InstanceId: 'i-1' }] }] },
    });
    expect(filters).toEqual([[{ Name: 'tag:Fleet', Value: ['a', 'b'] }]]);
    expect(await run('put')).toMatchObject({ payload: { $metadata: { httpStatusCode: 200 } } });
    expect(await run('get')).toMatchObject({ payload: { Item: { pk: { S: 'x & "y"' } } } });
  });

  test('get the region’s errors as typed errors', async () => {
    const { run, failures } = await makeCaller();
    failures.push(new AwsError('InvalidInstanceId', ''));
    expect(await run('ssm')).toMatchObject({
      payload: { error: { name: 'InvalidInstanceId', attempts: 1 } },
    });
  });

  test('retry throttling and server errors by themselves, on the virtual clock', async () => {
    const faults = [
      { name: 'api-throttled', subject: 'ssm:SendCommand', timesMax: 1 },
      { name: 'api-error-before-effect', subject: 'ssm:SendCommand', timesMax: 1 },
    ];
    const { run, sent, kernel } = await makeCaller(faults);
    const startedAt = kernel.clock.now();
    expect(await run('ssm')).toMatchObject({ payload: { $metadata: { attempts: 3 } } });
    expect(sent).toHaveLength(1);
    expect(kernel.clock.now() - startedAt).toBeGreaterThan(400);
  });

  test('retry a connection that broke after the effect: the effect happens twice', async () => {
    const faults = [
      { name: 'api-error-after-effect', timesMax: 1, parameters: { answer: 'reset' } },
    ];
    const { run, sent } = await makeCaller(faults);
    expect(await run('ssm')).toMatchObject({ payload: { $metadata: { attempts: 2 } } });
    expect(sent).toHaveLength(2);
  });

  test('run the same way twice from one seed', async () => {
    const hashes: string[] = [];
    for (let round = 0; round < 2; round++) {
      const { run, kernel } = await makeCaller([{ name: 'api-throttled', probability: 0.2 }]);
      await run('put', { times: 30 });
      await run('ssm', { times: 30 });
      hashes.push(`${kernel.log.sha256()} ${kernel.clock.now()} ${kernel.log.length}`);
    }
    expect(hashes[0]).toBe(hashes[1]);
  });
});

describe('faults of the runtime', () => {
  test('lambda-killed afterCalls ends it when the call took effect and starts no other', async () => {
    const faults = [{ name: 'lambda-killed', timesMax: 1, parameters: { afterCalls: 3 } }];
    const { run, sent, advance } = await makeCaller(faults);
    expect(await run('ssm', { times: 10 })).toMatchObject({
      ok: false,
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/Runtime exited with error: signal: killed$/),
    });
    await advance(600);
    expect(sent).toHaveLength(3);
    expect(await run('ssm')).toMatchObject({ ok: true });
  });

  test('lambda-killed beforeCalls ends it before the call is sent', async () => {
    const faults = [{ name: 'lambda-killed', timesMax: 1, parameters: { beforeCalls: 3 } }];
    const { run, sent } = await makeCaller(faults);
    expect(await run('ssm', { times: 10 })).toMatchObject({ errorType: 'Runtime.ExitError' });
    expect(sent).toHaveLength(2);
  });

  test.each([
    ['lambda-killed', 'Runtime.ExitError'],
    ['lambda-frozen', 'Sandbox.Timedout'],
    ['lambda-times-out', 'Sandbox.Timedout'],
  ])('%s without parameters strikes after the first call', async (name, errorType) => {
    const { run, sent } = await makeCaller([{ name, timesMax: 1 }], 10);
    expect(await run('ssm', { times: 3 })).toMatchObject({ ok: false, errorType });
    expect(sent).toHaveLength(1);
  });

  test('a timeout ends it: an answer under way reaches nobody', async () => {
    const faults = [{ name: 'api-slow', subject: 'ssm:SendCommand', parameters: { seconds: 8 } }];
    const { run, sent, advance } = await makeCaller(faults, 3);
    expect(await run('ssm', { times: 5 })).toMatchObject({ errorType: 'Sandbox.Timedout' });
    await advance(120);
    expect(sent).toHaveLength(1);
  });

  test('lambda-frozen makes a zombie: timed out for the caller, it acts again later', async () => {
    const faults = [
      { name: 'lambda-frozen', timesMax: 1, parameters: { afterCalls: 2, seconds: 300 } },
    ];
    const { run, sent, advance, lambda } = await makeCaller(faults, 10);
    expect(await run('ssm', { times: 4 })).toMatchObject({ errorType: 'Sandbox.Timedout' });
    expect(sent).toHaveLength(2);
    await advance(310);
    expect(sent).toHaveLength(4);
    await run('ssm');
    expect(lambda.usage().get('caller')).toMatchObject({ coldStarts: 2 });
  });
});
