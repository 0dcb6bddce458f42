// Amazon EC2: running instances, their status and tags, reboots and terminations.

import {
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DescribeTagsCommand,
  EC2Client,
  RebootInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect } from 'vitest';
import { allPages, openStage, refused } from './support/stage.ts';

const stage = await openStage('ec2');
const ec2 = stage.client(EC2Client);

const INSTANCE = { needs: ['REMOTE_EC2_INSTANCE'] } as const;
const REBOOTS = { ...INSTANCE, isDestructive: true } as const;
const SPARE = { needs: ['REMOTE_SPARE_EC2_INSTANCE'], isDestructive: true } as const;
const NO_INSTANCE = `i-${'0'.repeat(16)}9`;

async function stateOf(id: string) {
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return Reservations?.[0]?.Instances?.[0]?.State?.Name;
}

describe('serialization', () => {
  stage.test('DescribeInstances', INSTANCE, async (the) => {
    const { Reservations } = await ec2.send(
      new DescribeInstancesCommand({ InstanceIds: [the.REMOTE_EC2_INSTANCE] }),
    );
    expect(Reservations?.[0]).toMatchObject({
      ReservationId: expect.stringMatching(/^r-[0-9a-f]+$/),
      OwnerId: expect.stringMatching(/^\d{12}$/),
    });
    expect(Reservations?.[0]?.Instances?.[0]).toMatchObject({
      InstanceId: the.REMOTE_EC2_INSTANCE,
      InstanceType: expect.stringMatching(/^[a-z0-9-]+\.[a-z0-9-]+$/),
      LaunchTime: expect.any(Date),
      State: { Code: 16, Name: 'running' },
      Placement: { AvailabilityZone: expect.stringMatching(/^[a-z]+-[a-z]+-\d[a-z]$/) },
      PrivateIpAddress: expect.stringMatching(/^[\d.]+$/),
      Tags: expect.any(Array),
    });
    const filtered = await ec2.send(
      new DescribeInstancesCommand({
        Filters: [{ Name: 'instance-state-name', Values: ['running'] }],
        MaxResults: 1000,
      }),
    );
    expect(filtered.Reservations?.length).toBeGreaterThan(0);
  });

  stage.test('DescribeInstanceStatus', INSTANCE, async (the) => {
    const InstanceIds = [the.REMOTE_EC2_INSTANCE];
    const { InstanceStatuses } = await ec2.send(
      new DescribeInstanceStatusCommand({ InstanceIds, IncludeAllInstances: true }),
    );
    expect(InstanceStatuses?.[0]).toMatchObject({
      InstanceId: the.REMOTE_EC2_INSTANCE,
      AvailabilityZone: expect.any(String),
      InstanceState: { Code: 16, Name: 'running' },
      InstanceStatus: {
        Status: expect.any(String),
        Details: expect.arrayContaining([
          expect.objectContaining({ Name: 'reachability', Status: expect.any(String) }),
        ]),
      },
      SystemStatus: { Status: expect.any(String) },
    });
    await ec2.send(new DescribeInstanceStatusCommand({}));
  });

  stage.test('DescribeTags', INSTANCE, async (the) => {
    const { Tags } = await ec2.send(
      new DescribeTagsCommand({
        Filters: [{ Name: 'resource-id', Values: [the.REMOTE_EC2_INSTANCE] }],
        MaxResults: 1000,
      }),
    );
    for (const tag of Tags!)
      expect(tag).toEqual({
        Key: expect.any(String),
        Value: expect.any(String),
        ResourceId: the.REMOTE_EC2_INSTANCE,
        ResourceType: 'instance',
      });
  });

  stage.test('RebootInstances', REBOOTS, async (the) => {
    const answer = await ec2.send(
      new RebootInstancesCommand({ InstanceIds: [the.REMOTE_EC2_INSTANCE] }),
    );
    expect(answer.$metadata.httpStatusCode).toBe(200);
  });

  stage.test('TerminateInstances, after which it is seen to be gone', SPARE, async (the) => {
    const id = the.REMOTE_SPARE_EC2_INSTANCE;
    const { TerminatingInstances } = await ec2.send(
      new TerminateInstancesCommand({ InstanceIds: [id] }),
    );
    expect(TerminatingInstances?.[0]).toMatchObject({
      InstanceId: id,
      PreviousState: { Code: 16, Name: 'running' },
      CurrentState: { Code: 32, Name: 'shutting-down' },
    });
    await stage.eventually(
      () => stateOf(id),
      (state) => state === 'terminated',
      { withinSeconds: 600 },
    );
    // Once more is no error.
    const again = await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    expect(again.TerminatingInstances?.[0]?.CurrentState?.Name).toBe('terminated');
  });
});

describe('validation', () => {
  stage.test('ids that are none, and that nobody has', {}, async () => {
    const none = { InstanceIds: ['i-none'] };
    await refused(
      ec2,
      'InvalidInstanceID.Malformed',
      new DescribeInstancesCommand(none),
      new DescribeInstanceStatusCommand(none),
      new RebootInstancesCommand(none),
      new TerminateInstancesCommand(none),
    );
    const absent = { InstanceIds: [NO_INSTANCE] };
    await refused(
      ec2,
      'InvalidInstanceID.NotFound',
      new DescribeInstancesCommand(absent),
      new DescribeInstanceStatusCommand(absent),
      new RebootInstancesCommand(absent),
      new TerminateInstancesCommand(absent),
    );
  });

  stage.test('filters, pages and what is missing', INSTANCE, async (the) => {
    const InstanceIds = [the.REMOTE_EC2_INSTANCE];
    await refused(
      ec2,
      'InvalidParameterValue',
      new DescribeInstancesCommand({ Filters: [{ Name: 'no-such-filter', Values: ['a'] }] }),
      new DescribeInstancesCommand({ MaxResults: 4 }),
      new DescribeInstancesCommand({ NextToken: 'none' }),
      new DescribeTagsCommand({ Filters: [{ Name: 'no-such-filter', Values: ['a'] }] }),
      new DescribeTagsCommand({ MaxResults: 4 }),
    );
    const both = new DescribeInstancesCommand({ InstanceIds, MaxResults: 5 });
    await refused(ec2, 'InvalidParameterCombination', both);
    const nobody = new RebootInstancesCommand({ InstanceIds: [] });
    await refused(ec2, 'MissingParameter', nobody);
    await ec2.send(new DescribeInstancesCommand({ MaxResults: 5 }));
  });

  stage.test('a dry run does nothing', INSTANCE, async (the) => {
    const InstanceIds = [the.REMOTE_EC2_INSTANCE];
    await refused(
      ec2,
      'DryRunOperation',
      new DescribeInstancesCommand({ InstanceIds, DryRun: true }),
      new RebootInstancesCommand({ InstanceIds, DryRun: true }),
      new TerminateInstancesCommand({ InstanceIds, DryRun: true }),
    );
    expect(await stateOf(the.REMOTE_EC2_INSTANCE)).toBe('running');
  });
});

describe('behaviour', () => {
  stage.test('pages hold every instance and every tag once', INSTANCE, async (the) => {
    const instances = await allPages(
      (NextToken) => ec2.send(new DescribeInstancesCommand({ MaxResults: 5, NextToken })),
      ({ Reservations }) =>
        Reservations?.flatMap(({ Instances = [] }) => Instances.map((one) => one.InstanceId)),
      ({ NextToken }) => NextToken,
    );
    expect(instances.items).toContain(the.REMOTE_EC2_INSTANCE);
    expect(instances.pages).toBeGreaterThanOrEqual(Math.ceil(instances.items.length / 5));
    expect(new Set(instances.items).size).toBe(instances.items.length);
    const Filters = [{ Name: 'resource-type', Values: ['instance'] }];
    const tags = await allPages(
      (NextToken) => ec2.send(new DescribeTagsCommand({ Filters, MaxResults: 5, NextToken })),
      ({ Tags }) => Tags?.map((tag) => `${tag.ResourceId} ${tag.Key}`),
      ({ NextToken }) => NextToken,
    );
    expect(new Set(tags.items).size).toBe(tags.items.length);
  });

  stage.test('an instance is found by its filters', INSTANCE, async (the) => {
    const found = await ec2.send(
      new DescribeInstancesCommand({
        Filters: [
          { Name: 'instance-id', Values: [the.REMOTE_EC2_INSTANCE] },
          { Name: 'instance-state-name', Values: ['run*'] },
        ],
      }),
    );
    expect(found.Reservations).toHaveLength(1);
    const instance = found.Reservations?.[0]?.Instances?.[0];
    const { Tags = [] } = await ec2.send(
      new DescribeTagsCommand({
        Filters: [{ Name: 'resource-id', Values: [the.REMOTE_EC2_INSTANCE] }],
      }),
    );
    const plain = Tags.map(({ Key, Value }) => ({ Key, Value }));
    expect(plain).toEqual(expect.arrayContaining(instance?.Tags ?? []));
  });

  stage.test(
    'a rebooted instance stays, runs, and passes its checks again',
    REBOOTS,
    async (the) => {
      const InstanceIds = [the.REMOTE_EC2_INSTANCE];
      const launched = async () => {
        const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds }));
        return Reservations?.[0]?.Instances?.[0]?.LaunchTime;
      };
      const before = await launched();
      await ec2.send(new RebootInstancesCommand({ InstanceIds }));
      const status = async () => {
        const command = new DescribeInstanceStatusCommand({ InstanceIds });
        return (await ec2.send(command)).InstanceStatuses?.[0];
      };
      await stage.eventually(
        status,
        (one) => one?.InstanceStatus?.Status === 'ok' && one.SystemStatus?.Status === 'ok',
        { withinSeconds: 900, everySeconds: 15 },
      );
      expect(await stateOf(the.REMOTE_EC2_INSTANCE)).toBe('running');
      expect(await launched()).toEqual(before);
    },
  );
});

stage.proveComplete();
