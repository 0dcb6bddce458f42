// A region of four hosts in one Auto Scaling group, for the tests of this folder.

import { AutoScalingService } from '../../../simulator/autoscaling/autoscaling.ts';
import { buildFleet } from '../../../simulator/fleet-file/build-fleet.ts';
import type { FleetGroup } from '../../../simulator/fleet-file/schema.ts';
import { Hosts } from '../../../simulator/host/hosts.ts';
import { UpdateRepository } from '../../../simulator/host/update-repository.ts';
import type { JsonObject } from '../../../simulator/kernel/service.ts';
import { type KernelOptions, makeKernel } from '../../support/kernel.ts';

const X86 = [
  { variant: 'aws-ecs-2', arch: 'x86_64', instanceType: 'm6i.xlarge', weight: 1 },
] as const;
export const GROUP = 'prod-x86_64';

export function region(options: KernelOptions = {}, change: Partial<FleetGroup> = {}) {
  const test = makeKernel(options);
  const fleet = buildFleet({ containerInstances: 4, variants: X86 });
  const hosts = new Hosts(test.kernel, new UpdateRepository(test.kernel, fleet.updateRepository));
  const registered: [string, string][] = [];
  const service = new AutoScalingService(test.kernel, hosts, {
    registerContainerInstance: (clusterName, id) => registered.push([clusterName, id]),
  });
  for (const host of fleet.hosts) hosts.add(host);
  service.load(fleet.autoScalingGroups.map((group) => ({ ...group, ...change })));
  const ids = fleet.hosts.map((host) => host.ec2InstanceId);
  const group = async () => {
    const answer = await test.call(service, 'DescribeAutoScalingGroups', {
      AutoScalingGroupNames: [GROUP],
    });
    return (answer.AutoScalingGroups as JsonObject[])[0] as {
      DesiredCapacity: number;
      Instances: { InstanceId: string; LifecycleState: string; ProtectedFromScaleIn: boolean }[];
    };
  };
  const refuse = async (operation: string, input: JsonObject) => {
    const { code, message } = await test.refusal(service, operation, {
      AutoScalingGroupName: GROUP,
      ...input,
    });
    return `${code}: ${message}`;
  };
  return { ...test, fleet, hosts, service, registered, ids, first: ids[0]!, group, refuse };
}
