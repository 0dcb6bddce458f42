// Makes a fleet file of what was seen of a cluster, and says what it had to suppose.

import type { FleetDraft } from '../simulator/fleet-file/build-fleet.ts';
import type { SeenCluster } from './aws/read-cluster.ts';
import { draftEcs } from './snapshot-ecs.ts';

type Host = NonNullable<FleetDraft['hosts']>[number];
type Group = NonNullable<FleetDraft['autoScalingGroups']>[number];
type Arch = 'x86_64' | 'aarch64';

const DAY_MILLISECONDS = 86_400_000;
/** What runs was released some time ago, and the release to rehearse long enough for its repository waves. */
const RUNNING_SINCE_DAYS = 60;
const RELEASED_SINCE_DAYS = 14;
const VERSION = /^\d+\.\d+\.\d+$/;

/** What one container instance is, as far as ECS and Systems Manager tell. */
interface Seen {
  readonly ec2InstanceId: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly variant: string | undefined;
  readonly arch: Arch;
  /** Undefined: Systems Manager does not tell. */
  readonly version: string | undefined;
  readonly agentVersion: string | undefined;
  readonly autoScalingGroupName: string | undefined;
}

function seenInstances({ containerInstances, managed, autoScalingGroups }: SeenCluster): Seen[] {
  const groupOf = new Map(
    autoScalingGroups.flatMap(({ AutoScalingGroupName, Instances = [] }) =>
      Instances.map(({ InstanceId }) => [InstanceId, AutoScalingGroupName] as const),
    ),
  );
  return containerInstances.map(({ ec2InstanceId = '', attributes = [], versionInfo }) => {
    const byName = new Map(attributes.map(({ name = '', value = '' }) => [name, value] as const));
    const version = managed.get(ec2InstanceId)?.platformVersion ?? '';
    return {
      ec2InstanceId,
      attributes: byName,
      variant: byName.get('bottlerocket.variant'),
      arch: byName.get('ecs.cpu-architecture') === 'arm64' ? 'aarch64' : 'x86_64',
      version: VERSION.test(version) ? version : undefined,
      agentVersion: versionInfo?.agentVersion,
      autoScalingGroupName: groupOf.get(ec2InstanceId),
    };
  });
}

/** The one that occurs most often, the first of several. */
function most(values: readonly (string | undefined)[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) {
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].reduce<readonly [string | undefined, number]>(
    (best, one) => (one[1] > best[1] ? one : best),
    [undefined, 0],
  )[0];
}

/** What its host runs; what most of its image run where nobody tells, or the release itself. */
function versionOf(one: Seen, all: readonly Seen[], to: string): string {
  const alike = all.filter(({ variant, arch }) => variant === one.variant && arch === one.arch);
  return one.version ?? most(alike.map(({ version }) => version)) ?? to;
}

function draftHost(one: Seen, all: readonly Seen[], { managed }: SeenCluster, to: string): Host {
  const { ec2InstanceId, attributes, variant, arch, autoScalingGroupName } = one;
  const instanceType = attributes.get('ecs.instance-type');
  const node = managed.get(ec2InstanceId);
  return {
    ec2InstanceId,
    availabilityZone: attributes.get('ecs.availability-zone') ?? 'unknown',
    ...(instanceType === undefined ? {} : { instanceType }),
    ...(variant === undefined
      ? {}
      : { bottlerocket: { version: versionOf(one, all, to), variant, arch } }),
    ...(autoScalingGroupName === undefined ? {} : { autoScalingGroupName }),
    ...(node === undefined ? { ssmRegistered: false } : {}),
    ...(node === undefined || node.pingStatus === 'Online'
      ? {}
      : { ssmPingStatus: 'ConnectionLost' as const }),
  };
}

/** What a group would launch is taken from most of its members: its launch template is not read. */
function draftGroup(
  group: SeenCluster['autoScalingGroups'][number],
  all: readonly Seen[],
  { clusterName }: SeenCluster,
  to: string,
): Group {
  const members = (group.Instances ?? []).filter(({ InstanceId }) =>
    all.some(({ ec2InstanceId }) => ec2InstanceId === InstanceId),
  );
  const seen = all.filter((one) => one.autoScalingGroupName === group.AutoScalingGroupName);
  const model = seen.find(({ variant }) => variant !== undefined);
  // A group that is short of instances would launch some at once, which the cluster did not do when it was seen.
  const size = members.length;
  return {
    AutoScalingGroupName: group.AutoScalingGroupName ?? '',
    MinSize: Math.min(group.MinSize ?? 0, size),
    MaxSize: Math.max(group.MaxSize ?? 0, size),
    DesiredCapacity: size,
    HealthCheckType: group.HealthCheckType ?? 'EC2',
    HealthCheckGracePeriod: group.HealthCheckGracePeriod ?? 0,
    ...(group.AvailabilityZones ? { AvailabilityZones: group.AvailabilityZones } : {}),
    NewInstancesProtectedFromScaleIn: group.NewInstancesProtectedFromScaleIn ?? false,
    Instances: members.map(({ InstanceId = '', ProtectedFromScaleIn = false }) => {
      return { InstanceId, ProtectedFromScaleIn };
    }),
    ...(model?.variant === undefined
      ? {}
      : {
          launches: {
            clusterName,
            version: versionOf({ ...model, version: undefined }, all, to),
            variant: model.variant,
            arch: model.arch,
            instanceType: most(seen.map((one) => one.attributes.get('ecs.instance-type'))),
          },
        }),
  };
}

function draftTargetGroups({ targetGroups, deregistrationDelays }: SeenCluster) {
  return targetGroups.map((group) => ({
    TargetGroupArn: group.TargetGroupArn ?? '',
    TargetGroupName: group.TargetGroupName,
    Protocol: group.Protocol,
    Port: group.Port,
    TargetType: group.TargetType,
    HealthCheckIntervalSeconds: group.HealthCheckIntervalSeconds,
    HealthyThresholdCount: group.HealthyThresholdCount,
    UnhealthyThresholdCount: group.UnhealthyThresholdCount,
    deregistrationDelaySeconds: deregistrationDelays.get(group.TargetGroupArn ?? ''),
  }));
}

/** Every version that runs, and the one to rehearse, for every image of the cluster. */
function draftReleases(all: readonly Seen[], to: string, at: number) {
  const since = (days: number) => new Date(at - days * DAY_MILLISECONDS).toISOString();
  const images = new Map<string, Seen[]>();
  for (const one of all) {
    if (one.variant === undefined) continue;
    const image = `${one.variant}/${one.arch}`;
    images.set(image, [...(images.get(image) ?? []), one]);
  }
  return [...images.values()].flatMap((alike) => {
    const [{ variant = '', arch } = { arch: 'x86_64' as Arch }] = alike;
    const running = new Set(alike.map((one) => versionOf(one, all, to)));
    const versions = [...new Set([...running, to])];
    return versions.map((version) => {
      const ecsAgentVersion = most(
        alike.filter((one) => one.version === version).map((one) => one.agentVersion),
      );
      const publishedAt = since(running.has(version) ? RUNNING_SINCE_DAYS : RELEASED_SINCE_DAYS);
      const agent = ecsAgentVersion === undefined ? {} : { ecsAgentVersion };
      return { version, variant, arch, publishedAt, ...agent };
    });
  });
}

/**
 * @param to The release to rehearse.
 * @param at Epoch milliseconds at which it was seen.
 */
export function snapshotFleet(seen: SeenCluster, to: string, at: number): FleetDraft {
  const [, , , region = '', accountId = ''] = seen.clusterArn.split(':');
  const all = seenInstances(seen);
  return {
    region,
    accountId,
    startAt: new Date(at).toISOString(),
    clusters: [{ clusterName: seen.clusterName }],
    ...draftEcs(seen),
    hosts: all.map((one) => draftHost(one, all, seen, to)),
    autoScalingGroups: seen.autoScalingGroups.map((group) => draftGroup(group, all, seen, to)),
    targetGroups: draftTargetGroups(seen),
    updateRepository: { releases: draftReleases(all, to, at) },
  };
}
