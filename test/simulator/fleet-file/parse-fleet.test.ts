// parseFleet() and parseFaults(): one clear sentence for whatever is wrong with a file.

import { describe, expect, it } from 'vitest';
import { draftFleet } from '../../../simulator/fleet-file/build-fleet.ts';
import { parseFaults } from '../../../simulator/fleet-file/fault-file.ts';
import { FleetFileError } from '../../../simulator/fleet-file/fleet-file-error.ts';
import { parseFleet } from '../../../simulator/fleet-file/parse-fleet.ts';

type Draft = ReturnType<typeof draftFleet>;

function complaint(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof FleetFileError) return error.message;
    throw error;
  }
  return 'accepted';
}

/** What is said of a fleet of three after `spoil` changed it. */
function complaintAfter(spoil: (draft: Draft) => void): string {
  const draft = structuredClone(draftFleet({ containerInstances: 3 }));
  spoil(draft);
  return complaint(() => parseFleet(JSON.stringify(draft), 'fleet.json'));
}

describe('parseFleet()', () => {
  it('fills in the defaults of a good file', () => {
    const fleet = parseFleet(JSON.stringify(draftFleet({ containerInstances: 3 })), 'fleet.json');
    expect(fleet.containerInstances[0]).toMatchObject({ status: 'ACTIVE', agentConnected: true });
    expect(fleet.hosts[0]?.bottlerocket?.settings.versionLock).toBe('latest');
  });

  it.each([
    ['{\n  "clusters": [\n    {"clusterName": "prod",}\n  ]\n}', 'line 3, column 28'],
    ['{"clusters": [', 'line 1, column 15'],
    ['{"a": tru}', 'line 1, column 7'],
    ['', 'line 1, column 1'],
    ['{"a": 1} x', 'line 1, column 10'],
    ['{"a": "b\n"}', 'line 1, column 7'],
  ])('names line and column of a syntax error in %j', (text, place) => {
    expect(complaint(() => parseFleet(text, 'fleet.json'))).toMatch(
      new RegExp(`^fleet\\.json: ${place}: not JSON: `),
    );
  });

  it.each([
    [
      (draft: Draft) => {
        draft.hosts![1]!.bottlerocket!.version = '1.64';
      },
      'fleet.json: hosts[1].bottlerocket.version: found "1.64"; expected a version such as 1.64.0',
    ],
    [
      (draft: Draft) => {
        draft.hosts![0]!.bottlerocket!.arch = 'arm64' as 'aarch64';
      },
      'fleet.json: hosts[0].bottlerocket.arch: found "arm64"; expected "x86_64" or "aarch64"',
    ],
    [
      (draft: Draft) => {
        Object.assign(draft.hosts![2]!, { zone: 'a' });
      },
      'fleet.json: hosts[2]: there is no key "zone" here; expected one of: ec2InstanceId, availabilityZone, instanceType, bottlerocket, autoScalingGroupName, ssmRegistered, ssmPingStatus, timings, tags',
    ],
    [
      (draft: Draft) => {
        Object.assign(draft.updateRepository, { release: [] });
      },
      'fleet.json: updateRepository: there is no key "release" here; expected one of: releases, maxVersion, reachable; did you mean "releases"?',
    ],
    [
      (draft: Draft) => {
        draft.startAt = 'tonight';
      },
      'fleet.json: startAt: found "tonight"; expected an instant in UTC such as 2026-11-24T02:00:00Z',
    ],
    [
      (draft: Draft) => {
        draft.clusters[0]!.clusterName = 'a b';
      },
      'fleet.json: clusters[0].clusterName: found "a b"; expected text like /^[A-Za-z0-9_-]{1,255}$/',
    ],
    [
      (draft: Draft) => {
        draft.clusters = [];
      },
      'fleet.json: clusters: found []; expected at least 1 entry',
    ],
    [
      (draft: Draft) => {
        Object.assign(draft.services![0]!, { desiredCount: '3' });
      },
      'fleet.json: services[0].desiredCount: found "3"; expected a number',
    ],
    [
      (draft: Draft) => {
        draft.services![0]!.desiredCount = 1e300;
      },
      'fleet.json: services[0].desiredCount: found 1e+300; expected a whole number',
    ],
    [
      (draft: Draft) => {
        draft.services![0]!.serviceName = '';
      },
      'fleet.json: services[0].serviceName: found ""; expected at least 1 character',
    ],
    [
      (draft: Draft) => {
        draft.hosts![0]!.timings = { reboot: { medianSeconds: 0, p99Seconds: 5 } };
      },
      'fleet.json: hosts[0].timings.reboot.medianSeconds: found 0; expected a number above 0',
    ],
    [
      (draft: Draft) => {
        draft.hosts![1]!.timings = { reboot: { medianSeconds: 60, p99Seconds: 10 } };
      },
      'fleet.json: hosts[1].timings.reboot.p99Seconds: found 10; expected at least medianSeconds, 60',
    ],
  ])('names key, value and what is accepted (%#)', (spoil, message) => {
    expect(complaintAfter(spoil)).toBe(message);
  });

  it.each([
    [
      'a container instance without a host',
      (draft: Draft) => void draft.hosts!.pop(),
      /^fleet\.json: containerInstances\[2\]\.ec2InstanceId: found "i-[0-9a-f]{17}"; expected an id of hosts: /,
    ],
    [
      'a host without a container instance',
      (draft: Draft) => void draft.containerInstances!.pop(),
      /hosts\[2\]\.ec2InstanceId: found .*, which no container instance has/,
    ],
    [
      'an instance listed twice',
      (draft: Draft) => void draft.containerInstances!.push(draft.containerInstances![0]!),
      /containerInstances\[3\]\.containerInstanceArn: found .*, which containerInstances\[0\] has already/,
    ],
    [
      'a cluster that is not there',
      (draft: Draft) => {
        draft.clusters[0]!.clusterName = 'staging';
      },
      /found cluster "prod"; expected one of clusters: "staging"/,
    ],
    [
      'an unknown task definition',
      (draft: Draft) => {
        draft.services![0]!.taskDefinition = 'nothing:7';
      },
      /services\[0\]\.taskDefinition: found "nothing:7"; expected one of taskDefinitions: "web:1", /,
    ],
    [
      'a task on an unknown container instance',
      (draft: Draft) => {
        draft.tasks![0]!.containerInstanceArn = 'arn:x';
      },
      /tasks\[0\]\.containerInstanceArn: found "arn:x"/,
    ],
    [
      'a cluster of another region',
      (draft: Draft) => {
        draft.region = 'us-east-1';
      },
      /containerInstances\[0\]\.containerInstanceArn: found "arn:aws:ecs:eu-west-1:[^"]+"; expected one that begins with arn:aws:ecs:us-east-1:111122223333:, because region is "us-east-1"/,
    ],
    [
      'a partition that is not that of the region',
      (draft: Draft) => {
        draft.region = 'cn-north-1';
      },
      /expected one that begins with arn:aws-cn:ecs:cn-north-1:/,
    ],
    [
      'a service listed twice',
      (draft: Draft) => void draft.services!.push(draft.services![0]!),
      /services\[\d+\]\.serviceName: found "prod\/web", which services\[0\] has already/,
    ],
    [
      'a task definition listed twice',
      (draft: Draft) => void draft.taskDefinitions!.push(draft.taskDefinitions![0]!),
      /taskDefinitionArn: found .*, which taskDefinitions\[0\] has already/,
    ],
    [
      'a size that is none',
      (draft: Draft) => {
        draft.taskDefinitions![0]!.cpu = 'much';
      },
      /taskDefinitions\[0\]\.cpu: found "much"; expected CPU units such as "1024", or "1 vCPU"$/,
    ],
    [
      'a service without a task definition',
      (draft: Draft) => void delete draft.services![0]!.taskDefinition,
      /services\[0\]\.taskDefinition: found "nothing"; expected one of taskDefinitions/,
    ],
    [
      'an unknown target group',
      (draft: Draft) => {
        draft.targetGroups = [];
      },
      /services\[0\]\.loadBalancers\[0\]\.targetGroupArn: found .*; expected an ARN of targetGroups: none/,
    ],
    [
      'a host in a group that does not list it',
      (draft: Draft) => {
        draft.hosts![0]!.autoScalingGroupName = 'other';
      },
      /hosts\[0\]\.autoScalingGroupName: found "other"; that group of autoScalingGroups does not list/,
    ],
    [
      'a group outside of its bounds',
      (draft: Draft) => {
        draft.autoScalingGroups![0]!.DesiredCapacity = 99;
      },
      /autoScalingGroups\[0\]\.DesiredCapacity: found 99; expected MinSize 2 to MaxSize 4/,
    ],
  ])('finds %s', (_what, spoil, message) => {
    expect(complaintAfter(spoil)).toMatch(message);
  });
});

describe('parseFaults()', () => {
  it('reads what the catalogue knows', () => {
    const specs = [{ name: 'spot-interruption', subject: 'i-*', fromSeconds: 60, timesMax: 1 }];
    expect(parseFaults(JSON.stringify(specs), 'faults.json')).toEqual(specs);
  });

  it('refuses an unknown name and a wrong number', () => {
    expect(complaint(() => parseFaults('[{"name":"api-throtled"}]', 'faults.json'))).toMatch(
      /^faults\.json: \[0\]\.name: found "api-throtled"; there is no such fault; did you mean "api-throttled"\? /,
    );
    expect(
      complaint(() => parseFaults('[{"name":"api-slow","probability":2}]', 'faults.json')),
    ).toBe('faults.json: [0].probability: found 2; expected a number of at most 1');
  });
});
