// Elastic Load Balancing: target groups, their attributes, their targets and the health of those.

import {
  DeregisterTargetsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
  RegisterTargetsCommand,
  TargetGroupNotFoundException,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { describe, expect } from 'vitest';
import { allPages, openStage, refused } from './support/stage.ts';

const stage = await openStage('elasticloadbalancing');
const elb = stage.client(ElasticLoadBalancingV2Client);

const GROUP = { needs: ['REMOTE_TARGET_GROUP'] } as const;
const TARGET = { needs: ['REMOTE_TARGET_GROUP', 'REMOTE_EC2_INSTANCE'] } as const;
/** A target that fails its checks in somebody's target group, and a delay that is not theirs. */
const CHANGES = { ...TARGET, isDestructive: true } as const;
const DELAY = 'deregistration_delay.timeout_seconds';
/** A port that nothing else of the group listens on. */
const PORT = 61_234;

async function delayOf(TargetGroupArn: string) {
  const { Attributes } = await elb.send(
    new DescribeTargetGroupAttributesCommand({ TargetGroupArn }),
  );
  return Attributes?.find(({ Key }) => Key === DELAY)?.Value;
}

function setDelay(TargetGroupArn: string, Value: string) {
  const Attributes = [{ Key: DELAY, Value }];
  return elb.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes }));
}

async function register(TargetGroupArn: string, Id: string, Port: number) {
  const Targets = [{ Id, Port }];
  stage.afterwards(() => elb.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets })));
  return elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets }));
}

async function healthOf(TargetGroupArn: string, Id: string, Port: number) {
  const { TargetHealthDescriptions } = await elb.send(
    new DescribeTargetHealthCommand({ TargetGroupArn, Targets: [{ Id, Port }] }),
  );
  return TargetHealthDescriptions?.[0];
}

describe('serialization', () => {
  stage.test('DescribeTargetGroups', GROUP, async (the) => {
    const { TargetGroups } = await elb.send(
      new DescribeTargetGroupsCommand({ TargetGroupArns: [the.REMOTE_TARGET_GROUP] }),
    );
    expect(TargetGroups).toHaveLength(1);
    expect(TargetGroups?.[0]).toMatchObject({
      TargetGroupArn: the.REMOTE_TARGET_GROUP,
      TargetGroupName: expect.any(String),
      Protocol: expect.any(String),
      Port: expect.any(Number),
      TargetType: 'instance',
      HealthCheckIntervalSeconds: expect.any(Number),
      HealthyThresholdCount: expect.any(Number),
      UnhealthyThresholdCount: expect.any(Number),
    });
    const Names = [TargetGroups![0]!.TargetGroupName!];
    const named = await elb.send(new DescribeTargetGroupsCommand({ Names }));
    expect(named.TargetGroups).toEqual(TargetGroups);
  });

  stage.test('attributes', GROUP, async (the) => {
    const before = await delayOf(the.REMOTE_TARGET_GROUP);
    expect(before).toMatch(/^\d+$/);
    const { Attributes } = await setDelay(the.REMOTE_TARGET_GROUP, before!);
    expect(Attributes).toContainEqual({ Key: DELAY, Value: before });
  });

  stage.test('targets and their health', CHANGES, async (the) => {
    const TargetGroupArn = the.REMOTE_TARGET_GROUP;
    const Id = the.REMOTE_EC2_INSTANCE;
    const answer = await register(TargetGroupArn, Id, PORT);
    expect(answer.$metadata.httpStatusCode).toBe(200);
    expect(await healthOf(TargetGroupArn, Id, PORT)).toMatchObject({
      Target: { Id, Port: PORT },
      TargetHealth: { State: expect.stringMatching(/^(initial|healthy|unhealthy)$/) },
    });
    const all = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
    expect(all.TargetHealthDescriptions?.map(({ Target }) => Target)).toContainEqual(
      expect.objectContaining({ Id, Port: PORT }),
    );
    const Targets = [{ Id, Port: PORT }];
    const gone = await elb.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets }));
    expect(gone.$metadata.httpStatusCode).toBe(200);
  });
});

describe('validation', () => {
  stage.test('a target group that does not exist', GROUP, async (the) => {
    const TargetGroupArn = the.REMOTE_TARGET_GROUP.replace(/[0-9a-f]{16}$/, '0'.repeat(16));
    const Targets = [{ Id: `i-${'0'.repeat(16)}9` }];
    const Attributes = [{ Key: DELAY, Value: '1' }];
    await refused(
      elb,
      TargetGroupNotFoundException,
      new DescribeTargetGroupsCommand({ TargetGroupArns: [TargetGroupArn] }),
      new DescribeTargetGroupsCommand({ Names: [`${stage.prefix}-absent`] }),
      new DescribeTargetGroupAttributesCommand({ TargetGroupArn }),
      new DescribeTargetHealthCommand({ TargetGroupArn }),
      new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes }),
      new RegisterTargetsCommand({ TargetGroupArn, Targets }),
      new DeregisterTargetsCommand({ TargetGroupArn, Targets }),
    );
  });

  stage.test('page sizes, ports and attributes', TARGET, async (the) => {
    const TargetGroupArn = the.REMOTE_TARGET_GROUP;
    const Id = the.REMOTE_EC2_INSTANCE;
    const attribute = (Key: string, Value: string) =>
      new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes: [{ Key, Value }] });
    await refused(
      elb,
      'ValidationError',
      new DescribeTargetGroupsCommand({ PageSize: 0 }),
      new DescribeTargetGroupsCommand({ PageSize: 401 }),
      new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id, Port: 0 }] }),
      new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id, Port: 65_536 }] }),
      attribute(DELAY, '3601'),
      attribute(DELAY, '-1'),
      attribute('no.such.attribute', 'a'),
    );
    await elb.send(new DescribeTargetGroupsCommand({ PageSize: 400 }));
  });
});

describe('behaviour', () => {
  stage.test('pages hold every target group once', GROUP, async (the) => {
    const { items } = await allPages(
      (Marker) => elb.send(new DescribeTargetGroupsCommand({ PageSize: 1, Marker })),
      ({ TargetGroups }) => TargetGroups?.map((one) => one.TargetGroupArn),
      ({ NextMarker }) => NextMarker,
    );
    expect(items).toContain(the.REMOTE_TARGET_GROUP);
    expect(new Set(items).size).toBe(items.length);
  });

  stage.test(
    'a delay is kept; a target drains for that long, then is unused',
    CHANGES,
    async (the) => {
      const TargetGroupArn = the.REMOTE_TARGET_GROUP;
      const Id = the.REMOTE_EC2_INSTANCE;
      const before = await delayOf(TargetGroupArn);
      stage.afterwards(() => setDelay(TargetGroupArn, before!));
      await setDelay(TargetGroupArn, '30');
      expect(await delayOf(TargetGroupArn)).toBe('30');
      const port = PORT + 1;
      await register(TargetGroupArn, Id, port);
      await stage.eventually(
        () => healthOf(TargetGroupArn, Id, port),
        (health) => health?.TargetHealth?.State !== 'initial',
        { withinSeconds: 300 },
      );
      const Targets = [{ Id, Port: port }];
      await elb.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets }));
      const draining = await healthOf(TargetGroupArn, Id, port);
      expect(draining?.TargetHealth?.State).toMatch(/^(draining|unused)$/);
      const unused = await stage.eventually(
        () => healthOf(TargetGroupArn, Id, port),
        (health) => health?.TargetHealth?.State === 'unused',
      );
      expect(unused?.TargetHealth?.Reason).toBe('Target.NotRegistered');
    },
  );
});

stage.proveComplete();
