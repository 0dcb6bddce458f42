// What people reach of a fleet without a call of the simulated API: its tasks by machine, its tags.

import type { EcsService } from '../ecs/ecs.ts';
import type { Hosts } from '../host/hosts.ts';

interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface FleetHands {
  ec2InstanceIds(): string[];
  /** Tasks of REPLICA services on a machine. */
  tasksOn(ec2InstanceId: string): {
    readonly cluster: string | undefined;
    readonly tasks: string[];
  };
  /** On the machine and on its container instance; a tag of the same key is replaced. */
  tag(ec2InstanceId: string, tag: Tag): void;
}

export function fleetHands(ecs: EcsService, hosts: Hosts): FleetHands {
  const { world } = ecs;
  const registered = () =>
    world.clusterNames().flatMap((cluster) =>
      world
        .containerInstances(cluster)
        .filter(({ status }) => status !== 'INACTIVE')
        .map(({ ec2InstanceId }) => ({ cluster, ec2InstanceId })),
    );
  return {
    ec2InstanceIds: () => registered().map((one) => one.ec2InstanceId),
    tasksOn: (ec2InstanceId) => ({
      cluster: registered().find((one) => one.ec2InstanceId === ec2InstanceId)?.cluster,
      tasks: world
        .tasksOn(ec2InstanceId)
        .filter(({ schedulingStrategy }) => schedulingStrategy === 'REPLICA')
        .map(({ taskArn }) => taskArn),
    }),
    tag(ec2InstanceId, tag) {
      const host = hosts.get(ec2InstanceId);
      if (host) host.tags = [...host.tags.filter(({ key }) => key !== tag.key), tag];
      ecs.tag(ec2InstanceId, tag);
    },
  };
}
