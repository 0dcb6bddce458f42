// Takes machines away as EC2 or a person does: Spot interruptions, termination by hand.

import type { FaultSpec } from '../faults/faults.ts';
import { watchFault } from '../faults/watch.ts';
import { type Kernel, partitionOf } from '../kernel/kernel.ts';
import type { Machines } from './machines.ts';

/** "A Spot Instance interruption notice is a warning that is issued two minutes before". */
const NOTICE_SECONDS = 120;

function runningIds(machines: Machines): string[] {
  const running = machines.all().filter((machine) => machine.state === 'running');
  return running.map((machine) => machine.host.ec2InstanceId);
}

/**
 * Faults (F51), each with the EC2 instance id as subject: `spot-interruption`;
 * `instance-terminated` (`why` `request`, unless said, or `scale-in`).
 */
export function watchInterruptions(kernel: Kernel, machines: Machines): void {
  const subjects = () => runningIds(machines);
  watchFault(kernel, {
    name: 'spot-interruption',
    subjects,
    strike: (ec2InstanceId) => interrupt(kernel, machines, ec2InstanceId),
  });
  watchFault(kernel, {
    name: 'instance-terminated',
    subjects,
    strike: (ec2InstanceId, spec) => machines.get(ec2InstanceId)?.host.terminate(whyOf(spec)),
  });
}

function whyOf(spec: FaultSpec): 'scale-in' | 'request' {
  return spec.parameters?.why === 'scale-in' ? 'scale-in' : 'request';
}

function interrupt(kernel: Kernel, machines: Machines, ec2InstanceId: string): void {
  const machine = machines.get(ec2InstanceId);
  if (!machine) return;
  kernel.log.append('ec2', 'spot-interruption-warned', ec2InstanceId);
  kernel.emit({
    source: 'aws.ec2',
    detailType: 'EC2 Spot Instance Interruption Warning',
    // This one event has the Availability Zone where every other ARN has the Region (EC2 user
    // guide).
    resources: [
      `arn:${partitionOf(kernel.region)}:ec2:${machine.host.availabilityZone}:instance/${ec2InstanceId}`,
    ],
    detail: { 'instance-id': ec2InstanceId, 'instance-action': 'terminate' },
  });
  kernel.clock.after(NOTICE_SECONDS * 1000, () => {
    if (machine.state === 'running') machine.host.terminate('spot');
  });
}
