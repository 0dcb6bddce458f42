// Managed scaling: empty instances lose their protection, and scale-in takes only those.

import { describe, expect, it } from 'vitest';
import { GROUP, region } from './group-region.ts';

const named = { AutoScalingGroupName: GROUP };

describe('managed scaling', () => {
  it('protects an instance with tasks and lets go of an empty one', async () => {
    const { advance, first, group, kernel } = region();
    kernel.signals.emit('tasks-changed', { ec2InstanceId: first, nonDaemonTasks: 0 });
    await advance(30);
    expect((await group()).Instances[0]?.ProtectedFromScaleIn).toBe(false);
    kernel.signals.emit('tasks-changed', { ec2InstanceId: first, nonDaemonTasks: 2 });
    await advance(30);
    expect((await group()).Instances[0]?.ProtectedFromScaleIn).toBe(true);
  });

  it('fault scale-in takes an empty, unprotected instance and no other', async () => {
    const { advance, first, group, hosts, kernel } = region({
      faults: [{ name: 'scale-in', subject: GROUP, fromSeconds: 60, untilSeconds: 120 }],
    });
    kernel.signals.emit('tasks-changed', { ec2InstanceId: first, nonDaemonTasks: 0 });
    await advance(300);
    expect(hosts.get(first)?.state).toBe('terminated');
    expect(await group()).toMatchObject({ DesiredCapacity: 3, Instances: { length: 3 } });
  });

  it('SetInstanceProtection keeps a drained instance from scale-in', async () => {
    const { advance, call, first, hosts, kernel, service } = region({
      faults: [{ name: 'scale-in', fromSeconds: 60, untilSeconds: 120 }],
    });
    kernel.signals.emit('tasks-changed', { ec2InstanceId: first, nonDaemonTasks: 0 });
    await advance(30);
    await call(service, 'SetInstanceProtection', {
      ...named,
      InstanceIds: [first],
      ProtectedFromScaleIn: 'true',
    });
    await advance(300);
    expect(hosts.get(first)?.state).toBe('running');
  });
});
