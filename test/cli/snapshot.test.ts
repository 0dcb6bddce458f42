// `fleet snapshot`: a file that `fleet simulate` takes, and on which a rollout is planned as on the cluster itself.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SeenCluster } from '../../cli/aws/read-cluster.ts';
import { readFleetFile } from '../../cli/input-files.ts';
import type { RolloutResult } from '../../cli/result.ts';
import type { RolloutStatus } from '../../cli/rollout-status.ts';
import { snapshotFleet } from '../../cli/snapshot-fleet.ts';
import { snapshotNotes } from '../../cli/snapshot-notes.ts';
import { parseFleet } from '../../simulator/fleet-file/parse-fleet.ts';
import { Files, runFleet, runSimulate } from '../support/fleet-command.ts';
import { type ServedRegion, serveRegion, undocumented } from '../support/served-region.ts';

const files = new Files();
let served: ServedRegion;

beforeAll(async () => {
  served = await serveRegion(readFleetFile(undefined));
});

afterAll(async () => {
  files.remove();
  await served.close();
});

type Verdict = readonly [
  ec2InstanceId: string,
  wave: number | null,
  outcome: string,
  reason: string,
];

function sorted(verdicts: readonly Verdict[]): Verdict[] {
  return [...verdicts].sort(([a], [b]) => (a < b ? -1 : 1));
}

describe('of the demo region', () => {
  it('leads to the same plan as the region itself, and only reads', async () => {
    served.callsSince();
    const taken = await runFleet('snapshot', '--cluster', 'prod', '--to', '1.65.0');
    expect(taken.code).toBe(0);
    expect(taken.stderr).toContain('how long standalone tasks run (2 of them): for ever');
    // The sweep writes while it looks for open rollouts: nothing else may.
    const calls = Object.keys(served.callsSince()).filter(
      (name) => !/^(lambda|dynamodb):/.test(name),
    );
    expect(calls.filter((name) => !/:(Describe|Get|List)/.test(name))).toEqual([]);

    expect(undocumented(served.actionsTaken())).toEqual([]);

    served.fast();
    expect(await runFleet('plan', '--cluster', 'prod')).toMatchObject({ code: 0 });
    served.slow();
    const { stdout } = await runFleet('status', '--cluster', 'prod', '--json');
    const planned = (JSON.parse(stdout) as RolloutStatus).containerInstances;

    const fleet = files.write('fleet.json', taken.stdout);
    const policy = files.write('policy.json', { planOnly: true });
    const ran = await runSimulate(['--fleet', fleet, '--policy', policy, '--json']);
    expect(ran.stderr).toBe('');
    const rehearsed = (JSON.parse(ran.stdout) as RolloutResult).containerInstances;

    const ofTwin = rehearsed.map(
      (one): Verdict => [one.ec2InstanceId, one.wave, one.outcome, one.reason],
    );
    const original = planned.map(
      (one): Verdict => [one.ec2InstanceId, one.wave, one.outcome ?? '-', one.reason],
    );
    expect(original.filter(([, wave]) => wave !== null)).toHaveLength(22);
    expect(sorted(ofTwin)).toEqual(sorted(original));
  });
});

const ARN = 'arn:aws:ecs:eu-west-1:111122223333';
const TARGET_GROUP =
  'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/0123456789abcdef';
const TASK_DEFINITION = `${ARN}:task-definition/web:3`;

function instance(ec2InstanceId: string, agentVersion: string) {
  return {
    // The old form, without the cluster's name.
    containerInstanceArn: `${ARN}:container-instance/${ec2InstanceId.slice(2)}`,
    ec2InstanceId,
    status: 'ACTIVE',
    agentConnected: true,
    versionInfo: { agentVersion, agentHash: 'abc' },
    registeredResources: [
      { name: 'CPU', type: 'INTEGER', integerValue: 4096 },
      { name: 'MEMORY', type: 'INTEGER', integerValue: 15_000 },
      { name: 'PORTS', type: 'STRINGSET', integerValue: 0, stringSetValue: ['22'] },
    ],
    attributes: [
      { name: 'ecs.availability-zone', value: 'eu-west-1a' },
      { name: 'ecs.cpu-architecture', value: 'arm64' },
      { name: 'ecs.instance-type', value: 'x9zz.huge' },
      { name: 'bottlerocket.variant', value: 'aws-ecs-2' },
      { name: 'ecs.capability.task-eni' },
      { name: 'stack', value: 'blue' },
    ],
  };
}

const [FIRST, SECOND, ELSEWHERE] = ['1', '2', '3'].map((digit) => `i-${digit.repeat(17)}`) as [
  string,
  string,
  string,
];

const task = (id: string, members: object) => ({
  taskArn: `${ARN}:task/prod/${id}`,
  clusterArn: `${ARN}:cluster/prod`,
  taskDefinitionArn: TASK_DEFINITION,
  containerInstanceArn: `${ARN}:container-instance/${FIRST.slice(2)}`,
  lastStatus: 'RUNNING',
  desiredStatus: 'RUNNING',
  ...members,
});

const SEEN: SeenCluster = {
  clusterArn: `${ARN}:cluster/prod`,
  clusterName: 'prod',
  containerInstances: [instance(FIRST, '1.97.0'), instance(SECOND, '1.96.0')],
  services: [
    {
      serviceName: 'web',
      clusterArn: `${ARN}:cluster/prod`,
      taskDefinition: TASK_DEFINITION,
      desiredCount: 1,
      launchType: 'EC2',
      loadBalancers: [{ targetGroupArn: TARGET_GROUP, containerName: 'web', containerPort: 80 }],
    },
    { serviceName: 'far', taskDefinition: `${ARN}:task-definition/far:1`, launchType: 'FARGATE' },
  ],
  tasks: [
    task('a', { group: 'service:web', startedBy: 'ecs-svc/1' }),
    task('b', { group: 'service:far', startedBy: 'ecs-svc/2', containerInstanceArn: undefined }),
    task('c', { group: 'service:deleted', startedBy: 'ecs-svc/3' }),
    task('d', { group: 'family:web', startedBy: 'ann' }),
  ],
  taskDefinitions: [
    {
      taskDefinitionArn: TASK_DEFINITION,
      runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' },
      containerDefinitions: [
        {
          name: 'web',
          cpu: 256,
          memory: 512,
          portMappings: [{ containerPort: 80, hostPort: 0 }],
          resourceRequirements: [{ type: 'GPU', value: '1' }],
          environment: [{ name: 'TOKEN', value: 'hush' }],
          secrets: [{ name: 'KEY', valueFrom: 'arn:hush' }],
          command: ['--password=hush'],
        },
      ],
    },
    { taskDefinitionArn: `${ARN}:task-definition/far:1`, containerDefinitions: [{ name: 'far' }] },
  ],
  protectedUntil: new Map([[`${ARN}:task/prod/a`, Date.parse('2026-11-24T03:00:00.000Z')]]),
  managed: new Map([
    [
      FIRST,
      { pingStatus: 'ConnectionLost', platformName: 'Bottlerocket', platformVersion: '1.64.0' },
    ],
  ]),
  autoScalingGroups: [
    {
      AutoScalingGroupName: 'prod',
      MinSize: 3,
      MaxSize: 9,
      DesiredCapacity: 3,
      Instances: [
        { InstanceId: FIRST, ProtectedFromScaleIn: true },
        { InstanceId: ELSEWHERE, ProtectedFromScaleIn: false },
      ],
    } as SeenCluster['autoScalingGroups'][number],
  ],
  targetGroups: [{ TargetGroupArn: TARGET_GROUP, TargetGroupName: 'web', Port: 80 }],
  deregistrationDelays: new Map([[TARGET_GROUP, 15]]),
};

describe('of a cluster that has everything', () => {
  const AT = Date.parse('2026-11-24T02:00:00.000Z');
  const text = JSON.stringify(snapshotFleet(SEEN, '1.65.0', AT));
  const fleet = parseFleet(text, 'snapshot');

  it('keeps to itself what containers are told', () => {
    expect(text).not.toContain('hush');
  });

  it('says what each host is, as far as it is known', () => {
    expect(fleet.hosts).toMatchObject([
      {
        ec2InstanceId: FIRST,
        instanceType: 'x9zz.huge',
        bottlerocket: { version: '1.64.0', variant: 'aws-ecs-2', arch: 'aarch64' },
        autoScalingGroupName: 'prod',
        ssmRegistered: true,
        ssmPingStatus: 'ConnectionLost',
      },
      { ec2InstanceId: SECOND, bottlerocket: { version: '1.64.0' }, ssmRegistered: false },
    ]);
    const [first] = fleet.containerInstances;
    expect(first?.containerInstanceArn).toBe(`${ARN}:container-instance/prod/${FIRST.slice(2)}`);
    expect(first?.attributes?.map(({ name }) => name)).toContain('stack');
    expect(first?.attributes?.map(({ name }) => name)).not.toContain('ecs.capability.task-eni');
  });

  it('has what runs on container instances, and nothing else', () => {
    expect(fleet.services.map(({ serviceName }) => serviceName)).toEqual(['web']);
    expect(fleet.taskDefinitions).toMatchObject([
      {
        runtimePlatform: { cpuArchitecture: 'ARM64' },
        containerDefinitions: [{ resourceRequirements: [{ type: 'GPU', value: '1' }] }],
      },
    ]);
    expect(fleet.taskDefinitions).toHaveLength(1);
    expect(
      fleet.tasks.map(({ taskArn, protectedUntil }) => [taskArn.at(-1), protectedUntil]),
    ).toEqual([
      ['a', '2026-11-24T03:00:00.000Z'],
      ['d', undefined],
    ]);
    expect(fleet.targetGroups).toMatchObject([{ deregistrationDelaySeconds: 15 }]);
  });

  it('lets no group launch anything at the start', () => {
    expect(fleet.autoScalingGroups).toMatchObject([
      {
        MinSize: 1,
        MaxSize: 9,
        DesiredCapacity: 1,
        Instances: [{ InstanceId: FIRST, ProtectedFromScaleIn: true }],
        launches: { clusterName: 'prod', version: '1.64.0', arch: 'aarch64' },
      },
    ]);
  });

  it('offers the release to rehearse beside what runs', () => {
    expect(fleet.updateRepository.releases).toMatchObject([
      { version: '1.64.0', variant: 'aws-ecs-2', arch: 'aarch64', ecsAgentVersion: '1.97.0' },
      { version: '1.65.0', variant: 'aws-ecs-2', arch: 'aarch64', waves: 'none' },
    ]);
  });

  it('says what it supposed', () => {
    const notes = snapshotNotes(SEEN, '1.65.0').join('\n');
    expect(notes).toContain(`versions that Systems Manager does not tell (${SECOND}): as most`);
    expect(notes).toContain('standalone tasks run (1 of them)');
    expect(notes).toContain('services that are not ACTIVE (1 of them): left out');
    expect(notes).toContain('the desired capacity of prod');
  });
});
