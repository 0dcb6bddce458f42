// The region as a whole: its clients, its front doors, and that a seed decides everything.

import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeContainerInstancesCommand, ECSClient } from '@aws-sdk/client-ecs';
import { DescribeInstanceInformationCommand, SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import { fleetSchema } from '../../simulator/fleet-file/schema.ts';
import { createRegion } from '../../simulator/region.ts';

const EC2_INSTANCE_ID = 'i-0123456789abcdef0';
const CONTAINER_INSTANCE_ARN =
  'arn:aws:ecs:eu-west-1:111122223333:container-instance/blue/0123456789abcdef0123456789abcdef';

const fleet = fleetSchema.parse({
  clusters: [{ clusterName: 'blue' }],
  containerInstances: [
    { containerInstanceArn: CONTAINER_INSTANCE_ARN, ec2InstanceId: EC2_INSTANCE_ID },
  ],
  hosts: [
    {
      ec2InstanceId: EC2_INSTANCE_ID,
      availabilityZone: 'eu-west-1a',
      bottlerocket: { version: '1.64.0', variant: 'aws-ecs-2', arch: 'x86_64' },
    },
  ],
  updateRepository: {
    releases: [
      {
        version: '1.64.0',
        variant: 'aws-ecs-2',
        arch: 'x86_64',
        publishedAt: '2026-11-01T00:00:00Z',
      },
    ],
  },
});

describe('createRegion()', () => {
  test('is in the partition of its region', async () => {
    const region = createRegion({
      fleet: fleetSchema.parse({
        region: 'cn-north-1',
        clusters: [{ clusterName: 'blue' }],
        updateRepository: {},
      }),
    });
    const { clusters } = await region.call('ecs', 'DescribeClusters', { clusters: ['blue'] });
    const clusterArn = 'arn:aws-cn:ecs:cn-north-1:111122223333:cluster/blue';
    expect(clusters).toMatchObject([{ clusterArn }]);
  });

  test('retries an asynchronous invocation as often as the function says', async () => {
    const region = createRegion({ fleet });
    const ZipFile = Buffer.from('exports.handler = () => { throw new Error() }').toString('base64');
    for (const name of ['usual', 'once', 'young']) {
      const Role = 'arn:aws:iam::111122223333:role/function';
      const settings = { Handler: 'index.handler', Runtime: 'nodejs24.x', Role };
      await region.call('lambda', 'CreateFunction', {
        FunctionName: name,
        ...settings,
        Code: { ZipFile },
      });
    }
    const limit = { FunctionName: 'once', MaximumRetryAttempts: 0 };
    await region.call('lambda', 'PutFunctionEventInvokeConfig', limit);
    const age = { FunctionName: 'young', MaximumEventAgeInSeconds: 90 };
    await region.call('lambda', 'PutFunctionEventInvokeConfig', age);
    for (const FunctionName of ['usual', 'once', 'young'])
      await region.call('lambda', 'Invoke', { FunctionName, InvocationType: 'Event' });
    await region.advance(3600);
    const invocations = [...region.services.lambda.usage()].map(([name, usage]) => [
      name,
      usage.invocations,
    ]);
    expect(invocations).toEqual([
      ['usual', 3],
      ['once', 1],
      ['young', 2],
    ]);
  });

  test('shows one fleet to the clients of several services', async () => {
    const region = createRegion({ fleet });
    const config = region.sdkConfig();
    const { containerInstances } = await new ECSClient(config).send(
      new DescribeContainerInstancesCommand({
        cluster: 'blue',
        containerInstances: [CONTAINER_INSTANCE_ARN],
      }),
    );
    expect(containerInstances?.[0]).toMatchObject({
      ec2InstanceId: EC2_INSTANCE_ID,
      status: 'ACTIVE',
    });
    const { Reservations } = await new EC2Client(config).send(
      new DescribeInstancesCommand({ InstanceIds: [EC2_INSTANCE_ID] }),
    );
    expect(Reservations?.[0]?.Instances?.[0]?.State?.Name).toBe('running');
    const { InstanceInformationList } = await new SSMClient(config).send(
      new DescribeInstanceInformationCommand({}),
    );
    expect(InstanceInformationList?.[0]).toMatchObject({ InstanceId: EC2_INSTANCE_ID });
    expect(region.counts.byCaller.get('outside/AKIASIMULATEDPERSON')?.size).toBe(3);
  });

  test('answers the same over HTTP, and makes time pass only while it is asked', async () => {
    const region = createRegion({ fleet });
    const { url } = await region.listen();
    const { retryStrategy: _virtual, requestHandler: _inProcess, ...config } = region.sdkConfig();
    const client = new ECSClient({ ...config, endpoint: url });
    const command = new DescribeContainerInstancesCommand({
      cluster: 'blue',
      containerInstances: [CONTAINER_INSTANCE_ARN],
    });
    const first = await client.send(command);
    const after = region.kernel.clock.now();
    expect(first.containerInstances?.[0]?.ec2InstanceId).toBe(EC2_INSTANCE_ID);
    expect(after).toBeGreaterThan(Date.parse(fleet.startAt));
    client.destroy();
    await region.close();
    expect(region.kernel.clock.now()).toBe(after);
  });

  test('runs the same way twice from one seed, and otherwise from another', async () => {
    const hashes: string[] = [];
    for (const seed of [5, 5, 6]) {
      const region = createRegion({ fleet, seed });
      await region.advance(4 * 3600);
      hashes.push(`${region.kernel.log.length} ${region.kernel.log.sha256()}`);
    }
    expect(hashes[0]).toBe(hashes[1]);
    expect(hashes[0]).not.toBe(hashes[2]);
  });

  test('throws a bug of a service out of run()', async () => {
    const region = createRegion({ fleet });
    region.kernel.clock.after(1000, () => {
      throw new TypeError('a bug');
    });
    await expect(region.advance(10)).rejects.toThrow('a bug');
  });

  test('refuses to wait for what can never come', async () => {
    const region = createRegion();
    await expect(region.finish(new Promise(() => {}))).rejects.toThrow('nothing is due');
  });
});
