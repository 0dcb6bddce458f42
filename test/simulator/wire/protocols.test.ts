// Every wire protocol, proven by the real SDK clients in process.

import { AutoScalingClient, EnterStandbyCommand } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeInstancesCommand, EC2Client, RebootInstancesCommand } from '@aws-sdk/client-ec2';
import { ECSClient, ListClustersCommand } from '@aws-sdk/client-ecs';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { GetCommandInvocationCommand, SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import { AwsError, type AwsService, type JsonObject } from '../../../simulator/kernel/service.ts';
import { Dispatcher } from '../../../simulator/wire/dispatcher.ts';
import { Drive } from '../../../simulator/wire/drive.ts';
import {
  sdkRequestHandler,
  virtualRetryStrategy,
} from '../../../simulator/wire/sdk-request-handler.ts';
import { fakeService } from '../../support/functions.ts';
import { makeKernel } from '../../support/kernel.ts';

function clientConfig(service: AwsService) {
  const { kernel } = makeKernel();
  const dispatcher = new Dispatcher(kernel, [service]);
  const drive = new Drive(kernel.clock);
  return {
    region: kernel.region,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'x' },
    requestHandler: sdkRequestHandler(
      (request, caller) => dispatcher.handle(request, caller),
      drive,
    ),
    retryStrategy: virtualRetryStrategy(async (milliseconds) => {
      await drive.run(() => false, kernel.clock.now() + milliseconds);
    }),
    kernel,
  };
}

/** A service that answers `output` to one operation and keeps what it was given. */
function recording(
  id: string,
  protocol: AwsService['protocol'],
  operation: string,
  output: JsonObject | AwsError,
  rest: Partial<AwsService> = {},
) {
  const inputs: JsonObject[] = [];
  const answer = (input: JsonObject) => {
    inputs.push(input);
    if (output instanceof AwsError) throw output;
    return output;
  };
  return { inputs, service: fakeService(id, protocol, { [operation]: answer }, rest) };
}

describe('awsJson1.1', () => {
  const targetPrefix = 'AmazonEC2ContainerServiceV20141113';

  test('carries input and output of ECS', async () => {
    const { service, inputs } = recording(
      'ecs',
      'awsJson1.1',
      'ListClusters',
      { clusterArns: ['a'], nextToken: 'n' },
      { targetPrefix },
    );
    const output = await new ECSClient(clientConfig(service)).send(
      new ListClustersCommand({ maxResults: 1 }),
    );
    expect(inputs).toEqual([{ maxResults: 1 }]);
    expect(output).toMatchObject({ clusterArns: ['a'], nextToken: 'n' });
  });

  test('makes typed errors of names without a message (SSM)', async () => {
    const { service } = recording(
      'ssm',
      'awsJson1.1',
      'GetCommandInvocation',
      new AwsError('InvocationDoesNotExist', ''),
      { targetPrefix: 'AmazonSSM' },
    );
    const client = new SSMClient(clientConfig(service));
    const sent = client.send(new GetCommandInvocationCommand({ CommandId: 'c', InstanceId: 'i' }));
    await expect(sent).rejects.toMatchObject({ name: 'InvocationDoesNotExist' });
  });

  test('a server error is retried in virtual time', async () => {
    const { service, inputs } = recording(
      'ecs',
      'awsJson1.1',
      'ListClusters',
      new AwsError('ServerException', 'Service Unavailable.', 500),
      { targetPrefix },
    );
    const config = clientConfig(service);
    const before = config.kernel.clock.now();
    const sent = new ECSClient(config).send(new ListClustersCommand({}));
    await expect(sent).rejects.toMatchObject({ name: 'ServerException' });
    expect(inputs).toHaveLength(3);
    expect(config.kernel.clock.now() - before).toBeGreaterThan(600);
  });
});

describe('awsJson1.0 with the query mode of CloudWatch', () => {
  test('repeats the error code in x-amzn-query-error', async () => {
    const { service } = recording(
      'monitoring',
      'awsJson1.0',
      'SetAlarmState',
      new AwsError('ResourceNotFound', 'Unknown'),
      { targetPrefix: 'GraniteServiceVersion20100801' },
    );
    const command = { AlarmName: 'a', StateValue: 'OK', StateReason: 'r' } as const;
    const sent = new CloudWatchClient(clientConfig(service)).send(
      new SetAlarmStateCommand(command),
    );
    await expect(sent).rejects.toMatchObject({ Code: 'ResourceNotFound' });
  });
});

describe('ec2Query', () => {
  const rest = {
    apiVersion: '2016-11-15',
    xmlNamespace: 'http://ec2.amazonaws.com/doc/2016-11-15/',
  };

  test('carries lists both ways', async () => {
    const { service, inputs } = recording(
      'ec2',
      'ec2Query',
      'DescribeInstances',
      {
        reservationSet: [
          { instancesSet: [{ instanceId: 'i-1', tagSet: [{ key: 'a&b', value: '<c>' }] }] },
        ],
      },
      rest,
    );
    const output = await new EC2Client(clientConfig(service)).send(
      new DescribeInstancesCommand({
        InstanceIds: ['i-1'],
        Filters: [{ Name: 'n', Values: ['v'] }],
      }),
    );
    expect(inputs).toEqual([{ InstanceId: ['i-1'], Filter: [{ Name: 'n', Value: ['v'] }] }]);
    expect(output.Reservations?.[0]?.Instances?.[0]).toMatchObject({
      InstanceId: 'i-1',
      Tags: [{ Key: 'a&b', Value: '<c>' }],
    });
  });

  test('makes errors of EC2’s own form', async () => {
    const message = "The instance ID 'i-9' does not exist";
    const { service } = recording(
      'ec2',
      'ec2Query',
      'RebootInstances',
      new AwsError('InvalidInstanceID.NotFound', message),
      rest,
    );
    const client = new EC2Client(clientConfig(service));
    const sent = client.send(new RebootInstancesCommand({ InstanceIds: ['i-9'] }));
    await expect(sent).rejects.toMatchObject({ name: 'InvalidInstanceID.NotFound', message });
  });
});

describe('awsQuery', () => {
  const rest = {
    apiVersion: '2011-01-01',
    xmlNamespace: 'http://autoscaling.amazonaws.com/doc/2011-01-01/',
  };
  const standby = new EnterStandbyCommand({
    AutoScalingGroupName: 'g',
    InstanceIds: ['i-1'],
    ShouldDecrementDesiredCapacity: true,
  });

  test('carries lists both ways', async () => {
    const { service, inputs } = recording(
      'autoscaling',
      'awsQuery',
      'EnterStandby',
      { Activities: [{ ActivityId: 'a', StartTime: '2026-11-24T02:00:00Z', Progress: 50 }] },
      rest,
    );
    const output = await new AutoScalingClient(clientConfig(service)).send(standby);
    expect(inputs[0]).toMatchObject({
      InstanceIds: ['i-1'],
      ShouldDecrementDesiredCapacity: 'true',
    });
    expect(output.Activities?.[0]).toMatchObject({
      ActivityId: 'a',
      StartTime: new Date('2026-11-24T02:00:00Z'),
      Progress: 50,
    });
  });

  test('makes typed errors of the wire code', async () => {
    const error = new AwsError('ResourceContention', 'busy', 500);
    const { service } = recording('autoscaling', 'awsQuery', 'EnterStandby', error, rest);
    const sent = new AutoScalingClient(clientConfig(service)).send(standby);
    await expect(sent).rejects.toMatchObject({ name: 'ResourceContentionFault' });
  });
});

describe('restJson1', () => {
  const routes = [
    { method: 'GET', path: '/schedules/{Name}', operation: 'GetSchedule' },
    { method: 'GET', path: '/schedules', operation: 'ListSchedules' },
  ] as const;

  test('takes members from path and query string', async () => {
    const { service, inputs } = recording(
      'scheduler',
      'restJson1',
      'GetSchedule',
      { Name: 'a b' },
      { routes },
    );
    const client = new SchedulerClient(clientConfig(service));
    const output = await client.send(new GetScheduleCommand({ Name: 'a b', GroupName: 'g' }));
    expect(inputs).toEqual([{ Name: 'a b', groupName: 'g' }]);
    expect(output.Name).toBe('a b');
  });

  test('carries the error name in x-amzn-errortype', async () => {
    const error = new AwsError('ValidationException', 'bad token');
    const { service } = recording('scheduler', 'restJson1', 'ListSchedules', error, { routes });
    const sent = new SchedulerClient(clientConfig(service)).send(new ListSchedulesCommand({}));
    await expect(sent).rejects.toMatchObject({ name: 'ValidationException', message: 'bad token' });
  });

  test('carries raw bodies and header members (Lambda Invoke)', async () => {
    const { service, inputs } = recording(
      'lambda',
      'restJson1',
      'Invoke',
      { StatusCode: 200, FunctionError: 'Unhandled', Payload: '{"errorType":"E"}' },
      {
        routes: [
          {
            method: 'POST',
            path: '/2015-03-31/functions/{FunctionName}/invocations',
            operation: 'Invoke',
            inputHeaders: { 'x-amz-invocation-type': 'InvocationType' },
            outputHeaders: { FunctionError: 'x-amz-function-error' },
            payload: 'Payload',
            statusMember: 'StatusCode',
          },
        ],
      },
    );
    const output = await new LambdaClient(clientConfig(service)).send(
      new InvokeCommand({
        FunctionName: 'f',
        InvocationType: 'RequestResponse',
        Payload: '{"a":1}',
      }),
    );
    expect(inputs).toEqual([
      { FunctionName: 'f', InvocationType: 'RequestResponse', Payload: '{"a":1}' },
    ]);
    expect(output.FunctionError).toBe('Unhandled');
    expect(Buffer.from(output.Payload ?? []).toString()).toBe('{"errorType":"E"}');
  });
});
