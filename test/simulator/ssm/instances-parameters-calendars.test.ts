// Tests of what Systems Manager tells of instances, parameters and calendars.

import { describe, expect, test } from 'vitest';
import { fleetSchema } from '../../../simulator/fleet-file/schema.ts';
import type { JsonObject } from '../../../simulator/kernel/service.ts';
import { idOf, ssmFleet } from './fleet-of.ts';

describe('DescribeInstanceInformation', () => {
  const list = async (fleet: ReturnType<typeof ssmFleet>, input: JsonObject = {}) =>
    (await fleet.call('DescribeInstanceInformation', input))
      .InstanceInformationList as JsonObject[];

  test('knows platform and version as of the last ping, at most five minutes ago', async () => {
    const fleet = ssmFleet();
    const [one] = await list(fleet);
    expect(one).toMatchObject({
      InstanceId: idOf(0),
      PingStatus: 'Online',
      PlatformType: 'Linux',
      PlatformName: 'Bottlerocket',
      PlatformVersion: '1.64.0',
    });
    const age = fleet.kernel.clock.now() / 1000 - Number(one?.LastPingDateTime);
    expect(age).toBeGreaterThanOrEqual(0);
    expect(age).toBeLessThanOrEqual(300);
  });

  test('does not know a new machine, nor send it anything, before its agent has pinged', async () => {
    const fleet = ssmFleet();
    const tags = [{ key: 'role', value: 'new' }];
    const { availabilityZone } = fleet.hosts.get(idOf(0))!;
    const bottlerocket = { version: '1.64.0', variant: 'aws-ecs-2', arch: 'x86_64' };
    const record = { ec2InstanceId: idOf(9), availabilityZone, bottlerocket, tags };
    const clusters = [{ clusterName: 'prod' }];
    const { hosts } = fleetSchema.parse({ clusters, hosts: [record], updateRepository: {} });
    fleet.hosts.add(hosts[0]!);
    const launched = { ec2InstanceId: idOf(9), autoScalingGroupName: 'prod' };
    fleet.kernel.signals.emit('instance-launched', launched);
    const asked = { InstanceIds: [idOf(0), idOf(9)], Parameters: { commands: ['echo'] } };
    const input = { DocumentName: 'AWS-RunShellScript', ...asked };
    const isUp = () => fleet.logged.some(({ name }) => name === 'ssm-agent-up');
    for (const wait of [() => fleet.advance(5), () => fleet.runUntil(isUp, 1200)]) {
      await wait();
      expect((await fleet.refusal('SendCommand', input)).message).toBe(
        `Instances [[${idOf(9)}]] not in a valid state for account 111122223333`,
      );
      expect(await list(fleet)).toHaveLength(1);
    }
    const Targets = [{ Key: 'tag:role', Values: ['new'] }];
    const nobody = await fleet.send(['echo'], { InstanceIds: undefined, Targets });
    await fleet.advance(60);
    expect(await list(fleet)).toHaveLength(2);
    const { Commands } = await fleet.call('ListCommands', { CommandId: nobody });
    expect(Commands).toMatchObject([{ TargetCount: 0 }]);
    await fleet.call('SendCommand', input);
  });

  test('lags behind a reboot: Online and the old version first, then the new', async () => {
    const fleet = ssmFleet();
    await fleet.send(['apiclient update apply --check --reboot']);
    await fleet.runUntil(() => fleet.logged.some(({ name }) => name === 'host-down'), 1200);
    expect(await list(fleet)).toMatchObject([{ PingStatus: 'Online', PlatformVersion: '1.64.0' }]);
    await fleet.runUntil(() => fleet.logged.some(({ name }) => name === 'ssm-agent-up'), 1200);
    expect(await list(fleet)).toMatchObject([{ PlatformVersion: '1.64.0' }]);
    await fleet.advance(60);
    expect(await list(fleet)).toMatchObject([{ PingStatus: 'Online', PlatformVersion: '1.65.0' }]);
  });

  test('loses the connection of an agent that stays away, and forgets terminated instances', async () => {
    const fleet = ssmFleet({ faults: [{ name: 'host-never-returns' }] });
    fleet.hosts.get(idOf(0))?.reboot('ec2');
    await fleet.advance(700);
    expect(await list(fleet)).toMatchObject([{ PingStatus: 'ConnectionLost' }]);
    fleet.hosts.get(idOf(0))?.terminate('request');
    expect(await list(fleet)).toEqual([]);
  });

  test('takes both forms of filters, pages of 5 to 50, and leaves out unregistered machines', async () => {
    const fleet = ssmFleet({
      count: 7,
      hosts: { 1: { ssmPingStatus: 'ConnectionLost' }, 2: { ssmRegistered: false } },
    });
    const ids = (found: JsonObject[]) => found.map(({ InstanceId }) => InstanceId);
    const online = [{ Key: 'PingStatus', Values: ['Online'] }];
    expect(await list(fleet, { Filters: online })).toHaveLength(5);
    const legacy = [{ key: 'InstanceIds', valueSet: [idOf(0), idOf(1)] }];
    expect(ids(await list(fleet, { InstanceInformationFilterList: legacy }))).toEqual([
      idOf(0),
      idOf(1),
    ]);
    const page = await fleet.call('DescribeInstanceInformation', { MaxResults: 5 });
    expect(page.InstanceInformationList).toHaveLength(5);
    const NextToken = page.NextToken;
    expect(await list(fleet, { MaxResults: 5, NextToken })).toHaveLength(1);
    const lost = [{ Key: 'PingStatus', Values: ['ConnectionLost'] }];
    const short = await fleet.call('DescribeInstanceInformation', { MaxResults: 5, Filters: lost });
    expect(short).toMatchObject({ InstanceInformationList: { length: 1 }, NextToken });
    const code = async (input: JsonObject) =>
      (await fleet.refusal('DescribeInstanceInformation', input)).code;
    expect(await code({ MaxResults: 51 })).toBe('ValidationException');
    expect(await code({ Filters: [{ Key: 'InstanceIds', Values: [idOf(77)] }] })).toBe(
      'InvalidInstanceId',
    );
    expect(await code({ Filters: online, InstanceInformationFilterList: legacy })).toBe(
      'InvalidInstanceInformationFilterValue',
    );
    expect(await code({ Filters: [{ Key: 'Colour', Values: ['red'] }] })).toBe('InvalidFilterKey');
  });
});

describe('Parameter Store', () => {
  test('keeps versions and refuses to overwrite by accident', async () => {
    const fleet = ssmFleet();
    const put = { Name: '/fleet/slack', Value: 'a', Type: 'String' };
    expect(await fleet.call('PutParameter', put)).toEqual({ Version: 1, Tier: 'Standard' });
    expect((await fleet.refusal('PutParameter', put)).code).toBe('ParameterAlreadyExists');
    await fleet.call('PutParameter', { ...put, Value: 'b', Overwrite: true });
    const { Parameter } = await fleet.call('GetParameter', { Name: '/fleet/slack' });
    expect(Parameter).toMatchObject({
      Value: 'b',
      Version: 2,
      ARN: 'arn:aws:ssm:eu-west-1:111122223333:parameter/fleet/slack',
    });
    const first = await fleet.call('GetParameter', { Name: '/fleet/slack:1' });
    expect(first.Parameter).toMatchObject({ Value: 'a', Version: 1 });
    expect((await fleet.refusal('GetParameter', { Name: 'nope' })).code).toBe('ParameterNotFound');
  });

  test('shows a SecureString only to those who ask for its decryption', async () => {
    const fleet = ssmFleet();
    const secret = { Name: '/fleet/token', Value: 'xoxb-1', Type: 'SecureString' };
    await fleet.call('PutParameter', secret);
    const value = async (WithDecryption: boolean) => {
      const input = { Names: ['/fleet/token', 'nope'], WithDecryption };
      const answer = await fleet.call('GetParameters', input);
      expect(answer.InvalidParameters).toEqual(['nope']);
      return (answer.Parameters as JsonObject[])[0]?.Value;
    };
    expect(await value(true)).toBe('xoxb-1');
    expect(await value(false)).toMatch(/^AQICAHh/);
  });
});

describe('GetCalendarState', () => {
  const calendars = [
    {
      name: 'freeze',
      closed: [
        { from: '2026-11-24T03:00:00.000Z', until: '2026-11-24T04:00:00.000Z' },
        { from: '2026-11-24T04:00:00.000Z', until: '2026-11-24T05:00:00.000Z' },
      ],
    },
    {
      name: 'sales',
      closed: [{ from: '2026-11-24T04:30:00.000Z', until: '2026-11-24T06:00:00.000Z' }],
    },
  ];
  const rows: [string[], string, string, string | undefined][] = [
    [['freeze'], '2026-11-24T02:00:00Z', 'OPEN', '2026-11-24T03:00:00Z'],
    [['freeze'], '2026-11-24T03:00:00Z', 'CLOSED', '2026-11-24T05:00:00Z'],
    [['freeze'], '2026-11-24T05:00:00Z', 'OPEN', undefined],
    [['freeze', 'sales'], '2026-11-24T04:45:00Z', 'CLOSED', '2026-11-24T06:00:00Z'],
    [
      ['arn:aws:ssm:eu-west-1:111122223333:document/sales'],
      '2026-11-24T02:00:00Z',
      'OPEN',
      '2026-11-24T04:30:00Z',
    ],
  ];
  test.each(rows)('%s at %s is %s until %s', async (CalendarNames, AtTime, State, next) => {
    const fleet = ssmFleet({ calendars });
    expect(await fleet.call('GetCalendarState', { CalendarNames, AtTime })).toEqual({
      State,
      AtTime,
      ...(next ? { NextTransitionTime: next } : {}),
    });
  });

  test('is now unless said, and unknown calendars are refused', async () => {
    const fleet = ssmFleet({ calendars });
    await fleet.advance(2 * 3600);
    expect(await fleet.call('GetCalendarState', { CalendarNames: ['freeze'] })).toMatchObject({
      State: 'CLOSED',
      AtTime: '2026-11-24T04:00:00Z',
    });
    const unknown = { CalendarNames: ['nope'] };
    expect((await fleet.refusal('GetCalendarState', unknown)).code).toBe('InvalidDocument');
  });

  test('every transition is announced, a little late', async () => {
    const fleet = ssmFleet({ calendars: calendars.slice(0, 1) });
    await fleet.advance(4 * 3600);
    const resources = ['arn:aws:ssm:eu-west-1:111122223333:document/freeze'];
    const event = { source: 'aws.ssm', detailType: 'Calendar State Change', resources };
    expect(fleet.emitted).toEqual([
      {
        ...event,
        detail: {
          state: 'CLOSED',
          atTime: '2026-11-24T03:00:00Z',
          nextTransitionTime: '2026-11-24T05:00:00Z',
        },
      },
      { ...event, detail: { state: 'OPEN', atTime: '2026-11-24T05:00:00Z' } },
    ]);
  });
});
