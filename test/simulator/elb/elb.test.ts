// ElbService: how long a target takes to serve, to fail, and to go.

import { describe, expect, it } from 'vitest';
import { ElbService } from '../../../simulator/elb/elb.ts';
import type { FleetTargetGroup } from '../../../simulator/fleet-file/schema.ts';
import type { TargetState } from '../../../simulator/kernel/target-groups.ts';
import { makeKernel } from '../../support/kernel.ts';

const ARN = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/0123456789abcdef';
const TARGET = { id: 'i-0aaaaaaaaaaaaaaaa', port: 32768 };
const GROUP: FleetTargetGroup = {
  TargetGroupArn: ARN,
  Protocol: 'HTTP',
  Port: 80,
  TargetType: 'instance',
  HealthCheckIntervalSeconds: 30,
  HealthyThresholdCount: 3,
  UnhealthyThresholdCount: 2,
  deregistrationDelaySeconds: 120,
};

function setUp(change: Partial<FleetTargetGroup> = {}) {
  const test = makeKernel();
  const elb = new ElbService(test.kernel);
  elb.load([{ ...GROUP, ...change }]);
  const seen: [number, TargetState][] = [];
  const startAt = test.kernel.clock.now();
  elb.onChange((_arn, _target, state) =>
    seen.push([(test.kernel.clock.now() - startAt) / 1000, state]),
  );
  const { signals } = test.kernel;
  const down = () => signals.emit('host-down', { ec2InstanceId: TARGET.id, why: 'reboot' });
  const up = () =>
    signals.emit('host-up', { ec2InstanceId: TARGET.id, bootId: 'b', version: '1.64.0' });
  return { ...test, elb, seen, down, up };
}

describe('ElbService targets', () => {
  it('an application target is healthy after one check', async () => {
    const { advance, elb, seen } = setUp();
    elb.register(ARN, TARGET);
    expect(elb.state(ARN, TARGET)).toBe('initial');
    await advance(31);
    expect(seen.map(([, state]) => state)).toEqual(['initial', 'healthy']);
  });

  it('a network target is healthy after HealthyThresholdCount checks', async () => {
    const { advance, elb, seen } = setUp({ Protocol: 'TCP' });
    elb.register(ARN, TARGET);
    await advance(200);
    const [at] = seen[1]!;
    expect(at).toBeGreaterThanOrEqual(60);
    expect(at).toBeLessThanOrEqual(90);
  });

  it('drains for the deregistration delay and is unused then', async () => {
    const { advance, elb, seen } = setUp();
    elb.adopt(ARN, TARGET);
    expect(elb.state(ARN, TARGET)).toBe('healthy');
    elb.deregister(ARN, TARGET);
    await advance(300);
    expect(seen).toEqual([
      [0, 'draining'],
      [120, 'unused'],
    ]);
    expect(elb.state(ARN, TARGET)).toBe('unused');
    expect(elb.deregistrationDelaySeconds(ARN)).toBe(120);
  });

  it('is unhealthy after UnhealthyThresholdCount failed checks and needs all passes to come back', async () => {
    const { advance, down, elb, seen, up } = setUp();
    elb.adopt(ARN, TARGET);
    down();
    await advance(100);
    const [failedAt, state] = seen[0]!;
    expect(state).toBe('unhealthy');
    expect(failedAt).toBeGreaterThanOrEqual(30);
    expect(failedAt).toBeLessThanOrEqual(60);
    up();
    await advance(100);
    const [healedAt] = seen[1]!;
    expect(healedAt - 100).toBeGreaterThanOrEqual(60);
  });

  it('does not notice a machine that is back before the checks add up', async () => {
    const { advance, down, elb, seen, up } = setUp();
    elb.adopt(ARN, TARGET);
    down();
    await advance(20);
    up();
    await advance(300);
    expect(seen).toEqual([]);
  });

  it('a target registered again while it drains starts anew', async () => {
    const { advance, elb } = setUp();
    elb.adopt(ARN, TARGET);
    elb.deregister(ARN, TARGET);
    await advance(60);
    elb.register(ARN, TARGET);
    await advance(300);
    expect(elb.state(ARN, TARGET)).toBe('healthy');
  });
});

describe('ElbService API', () => {
  const TargetGroupArn = ARN;

  it('DescribeTargetHealth gives reasons, and unused for what is not registered', async () => {
    const { call, elb } = setUp();
    elb.register(ARN, TARGET);
    expect(await call(elb, 'DescribeTargetHealth', { TargetGroupArn })).toEqual({
      TargetHealthDescriptions: [
        {
          Target: { Id: TARGET.id, Port: TARGET.port },
          HealthCheckPort: '32768',
          TargetHealth: {
            State: 'initial',
            Reason: 'Elb.RegistrationInProgress',
            Description: 'Target registration is in progress',
          },
        },
      ],
    });
    const Targets = [{ Id: 'i-0bbbbbbbbbbbbbbbb' }];
    expect(await call(elb, 'DescribeTargetHealth', { TargetGroupArn, Targets })).toMatchObject({
      TargetHealthDescriptions: [{ Target: { Port: 80 }, TargetHealth: { State: 'unused' } }],
    });
  });

  it('describes groups by name, their delay, and refuses unknown ones', async () => {
    const { call, elb, refusal } = setUp();
    expect(await call(elb, 'DescribeTargetGroups', { Names: ['web'] })).toMatchObject({
      TargetGroups: [{ TargetGroupArn: ARN, TargetGroupName: 'web', HealthyThresholdCount: 3 }],
    });
    const Key = 'deregistration_delay.timeout_seconds';
    const set = { TargetGroupArn, Attributes: [{ Key, Value: '30' }] };
    await call(elb, 'ModifyTargetGroupAttributes', set);
    const { Attributes } = await call(elb, 'DescribeTargetGroupAttributes', { TargetGroupArn });
    expect(Attributes).toContainEqual({ Key, Value: '30' });
    for (const [operation, input] of [
      ['DescribeTargetGroups', { Names: ['x'] }],
      ['DescribeTargetHealth', { TargetGroupArn: 'x' }],
    ] as const)
      expect((await refusal(elb, operation, input)).code).toBe('TargetGroupNotFound');
  });

  it('registers and deregisters by call', async () => {
    const { advance, call, elb } = setUp();
    const Targets = [{ Id: TARGET.id, Port: '32768' }];
    await call(elb, 'RegisterTargets', { TargetGroupArn, Targets });
    await advance(31);
    expect(elb.state(ARN, TARGET)).toBe('healthy');
    await call(elb, 'DeregisterTargets', { TargetGroupArn, Targets });
    expect(elb.state(ARN, TARGET)).toBe('draining');
  });
});
