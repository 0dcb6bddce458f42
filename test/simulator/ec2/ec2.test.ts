// Ec2Service on real hosts: what it shows, how old its checks are, and how machines end.

import { describe, expect, it } from 'vitest';
import { Ec2Service } from '../../../simulator/ec2/ec2.ts';
import { buildFleet } from '../../../simulator/fleet-file/build-fleet.ts';
import { Hosts } from '../../../simulator/host/hosts.ts';
import { UpdateRepository } from '../../../simulator/host/update-repository.ts';
import type { JsonObject } from '../../../simulator/kernel/service.ts';
import { type KernelOptions, makeKernel } from '../../support/kernel.ts';

function region(options: KernelOptions = {}, containerInstances = 4) {
  const test = makeKernel(options);
  const fleet = buildFleet({ containerInstances });
  const hosts = new Hosts(test.kernel, new UpdateRepository(test.kernel, fleet.updateRepository));
  const ec2 = new Ec2Service(test.kernel, hosts);
  for (const host of fleet.hosts) hosts.add(host);
  const ids = fleet.hosts.map((host) => host.ec2InstanceId);
  const status = async (id: string) => {
    const answer = await test.call(ec2, 'DescribeInstanceStatus', { InstanceId: [id] });
    const [one] = answer.instanceStatusSet as { instanceStatus: { status: string } }[];
    return one?.instanceStatus.status;
  };
  return { ...test, fleet, hosts, ec2, ids, status, first: ids[0]! };
}

describe('DescribeInstances', () => {
  it('shows a machine with its state, place and tags', async () => {
    const { call, ec2, first, fleet } = region();
    const answer = await call(ec2, 'DescribeInstances', { InstanceId: [first] });
    expect(answer.reservationSet).toMatchObject([
      {
        ownerId: '111122223333',
        instancesSet: [
          {
            instanceId: first,
            instanceState: { code: 16, name: 'running' },
            instanceType: 'm6i.xlarge',
            architecture: 'x86_64',
            placement: { availabilityZone: fleet.hosts[0]!.availabilityZone },
          },
        ],
      },
    ]);
  });

  it('filters what is on a page, which may leave it empty and not the last', async () => {
    const { call, ec2, ids } = region({}, 6);
    const last = { Name: 'instance-id', Value: [ids[5]!] };
    const input = { Filter: [last], MaxResults: '5' };
    const { nextToken: NextToken, reservationSet } = await call(ec2, 'DescribeInstances', input);
    expect(reservationSet).toEqual([]);
    const rest = await call(ec2, 'DescribeInstances', { ...input, NextToken });
    expect(rest.reservationSet).toMatchObject([{ instancesSet: [{ instanceId: ids[5] }] }]);
    expect(rest.nextToken).toBeUndefined();
  });

  it('filters, and refuses what it does not know', async () => {
    const { call, ec2, first, refusal } = region();
    const zone = { Name: 'availability-zone', Value: ['eu-west-1a', 'eu-west-1b'] };
    const filtered = await call(ec2, 'DescribeInstances', { Filter: [zone] });
    expect(filtered.reservationSet).toHaveLength(3);
    const refuse = async (input: JsonObject) => {
      const { code, message } = await refusal(ec2, 'DescribeInstances', input);
      return `${code}: ${message}`;
    };
    expect(await refuse({ InstanceId: ['i-0123456789abcdef0'] })).toBe(
      "InvalidInstanceID.NotFound: The instance ID 'i-0123456789abcdef0' does not exist",
    );
    expect(await refuse({ InstanceId: ['web-1'] })).toBe(
      'InvalidInstanceID.Malformed: Invalid id: "web-1"',
    );
    expect(await refuse({ Filter: [{ Name: 'colour', Value: ['red'] }] })).toBe(
      "InvalidParameterValue: The filter 'colour' is invalid",
    );
    expect(await refuse({ MaxResults: '4' })).toBe(
      'InvalidParameterValue: Value ( 4 ) for parameter maxResults is invalid. Expecting a value greater than 5.',
    );
    expect(await refuse({ InstanceId: [first], MaxResults: '5' })).toContain(
      'InvalidParameterCombination',
    );
  });
});

describe('DescribeInstanceStatus', () => {
  it('still says ok just after the machine went down: checks run once a minute', async () => {
    const { advance, ec2, call, first, hosts, runUntil, status } = region();
    await call(ec2, 'RebootInstances', { InstanceId: [first] });
    await runUntil(() => hosts.get(first)?.state === 'booting');
    expect(await status(first)).toBe('ok');
    await advance(300);
    expect(hosts.get(first)?.state).toBe('running');
    expect(await status(first)).toBe('ok');
  });

  it('says impaired when a check fell into the time the machine was away', async () => {
    const { advance, first, hosts, runUntil, status } = region({
      faults: [{ name: 'host-never-returns' }],
    });
    hosts.get(first)?.reboot('api');
    await runUntil(() => hosts.get(first)?.state === 'booting');
    await advance(61);
    expect(await status(first)).toBe('impaired');
  });

  it('shows other states than running only when asked', async () => {
    const { call, ec2, first, hosts } = region();
    hosts.get(first)?.terminate('request');
    const running = await call(ec2, 'DescribeInstanceStatus');
    expect(running.instanceStatusSet).toHaveLength(3);
    const all = await call(ec2, 'DescribeInstanceStatus', { IncludeAllInstances: 'true' });
    expect(all.instanceStatusSet).toHaveLength(4);
  });
});

describe('TerminateInstances', () => {
  it('goes through shutting-down to terminated, each with its event', async () => {
    const { advance, call, ec2, emitted, first, hosts, refusal } = region();
    const answer = await call(ec2, 'TerminateInstances', { InstanceId: [first] });
    expect(answer.instancesSet).toEqual([
      {
        instanceId: first,
        currentState: { code: 32, name: 'shutting-down' },
        previousState: { code: 16, name: 'running' },
      },
    ]);
    expect(hosts.get(first)?.state).toBe('terminated');
    await advance(120);
    expect(emitted.map(({ detail }) => detail.state)).toEqual(['shutting-down', 'terminated']);
    expect(emitted[0]).toMatchObject({
      source: 'aws.ec2',
      detailType: 'EC2 Instance State-change Notification',
      resources: [`arn:aws:ec2:eu-west-1:111122223333:instance/${first}`],
    });
    await advance(3600);
    expect((await refusal(ec2, 'DescribeInstances', { InstanceId: [first] })).code).toBe(
      'InvalidInstanceID.NotFound',
    );
  });

  it('RebootInstances refuses a machine that does not run', async () => {
    const { call, ec2, first, refusal } = region();
    await call(ec2, 'TerminateInstances', { InstanceId: [first] });
    expect((await refusal(ec2, 'RebootInstances', { InstanceId: [first] })).code).toBe(
      'IncorrectState',
    );
  });
});

describe('faults', () => {
  it('spot-interruption warns two minutes before the end', async () => {
    const { advance, emitted, first, fleet, hosts } = region({
      faults: [
        { name: 'spot-interruption', subject: fleetIds()[0]!, timesMax: 1, fromSeconds: 60 },
      ],
    });
    await advance(70);
    expect(emitted).toMatchObject([
      {
        detailType: 'EC2 Spot Instance Interruption Warning',
        resources: [`arn:aws:ec2:${fleet.hosts[0]!.availabilityZone}:instance/${first}`],
        detail: { 'instance-id': first, 'instance-action': 'terminate' },
      },
    ]);
    expect(hosts.get(first)?.state).toBe('running');
    await advance(120);
    expect(hosts.get(first)?.state).toBe('terminated');
  });

  it('instance-terminated takes machines away, and stops looking when it may strike no more', async () => {
    const { advance, hosts, kernel } = region({
      faults: [{ name: 'instance-terminated', timesMax: 2 }],
    });
    await advance(600);
    expect(hosts.all().filter((host) => host.state === 'terminated')).toHaveLength(2);
    expect(kernel.clock.nextAt()).toBeUndefined();
  });
});

function fleetIds(): string[] {
  return buildFleet({ containerInstances: 4 }).hosts.map((host) => host.ec2InstanceId);
}
