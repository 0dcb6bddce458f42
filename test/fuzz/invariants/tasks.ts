// Tasks: nothing that runs is killed by us, and no service falls below its minimum by our doing.

import type { TaskView } from '../../../simulator/ecs/world.ts';
import type { Truth } from '../world-watch.ts';
import type { Invariant } from './invariant.ts';

/** What runs on it, daemons aside: they may die with the host. */
function onBoard(truth: Truth, ec2InstanceId: string): TaskView[] {
  return truth.region.services.ecs.world
    .tasksOn(ec2InstanceId)
    .filter(({ alive, schedulingStrategy }) => alive && schedulingStrategy !== 'DAEMON');
}

/** Somebody else has set it to another status since then: a command on its way cannot be called back. */
function othersCameBetween(truth: Truth, ec2InstanceId: string, sinceAt: number): boolean {
  const changes = truth.statusChanges.get(ec2InstanceId) ?? [];
  return changes.some(({ byUs, at }) => !byUs && at >= sinceAt);
}

/** A service that would run less than its minimum without these tasks, and does not yet. */
function shortened(truth: Truth, killed: readonly TaskView[]): string | undefined {
  for (const service of truth.region.services.ecs.world.services(truth.clusterName)) {
    const lost = killed.filter(({ serviceName }) => serviceName === service.serviceName).length;
    const { aliveCount, desiredCount, minimumHealthyPercent } = service;
    // Rounded up (ECS API Reference, DeploymentConfiguration).
    const minimum = Math.ceil((minimumHealthyPercent * desiredCount) / 100);
    if (lost > 0 && aliveCount >= minimum && aliveCount - lost < minimum) {
      return `service ${service.serviceName} falls to ${aliveCount - lost} tasks, its minimum is ${minimum}`;
    }
  }
  return undefined;
}

export function taskInvariants(): Invariant[] {
  return [
    {
      id: 'reboot-empty',
      holds:
        'no host is told to reboot, nor rebooted by us, while replica or standalone tasks run on it',
      broken(event, truth) {
        if (event.kind === 'command-sent' && event.command.verb === 'ActivateAndReboot') {
          const busy = event.command.ec2InstanceIds.find((id) => onBoard(truth, id).length > 0);
          if (!busy || othersCameBetween(truth, busy, truth.now - 1000)) return undefined;
          return `${busy} is told to reboot with ${onBoard(truth, busy).length} tasks on it`;
        }
        if (event.kind !== 'reboot-requested' || event.why === 'host') return undefined;
        const tasks = onBoard(truth, event.ec2InstanceId);
        const sentAt = [...truth.commands.values()]
          .filter(({ ec2InstanceIds }) => ec2InstanceIds.includes(event.ec2InstanceId))
          .at(-1)?.at;
        if (tasks.length === 0) return undefined;
        if (othersCameBetween(truth, event.ec2InstanceId, sentAt ?? truth.now)) return undefined;
        return `${event.ec2InstanceId} reboots with ${tasks.length} tasks on it`;
      },
    },
    {
      id: 'service-minimum',
      holds: 'no service falls below its minimum healthy tasks by a reboot or a stop of ours',
      broken(event, truth) {
        if (event.kind === 'task-stopped-by-us') return shortened(truth, [event.task]);
        if (event.kind !== 'reboot-requested' || event.why === 'host') return undefined;
        const hold = truth.holds.get(event.ec2InstanceId);
        return hold && shortened(truth, onBoard(truth, event.ec2InstanceId));
      },
    },
    {
      id: 'stops-only-standalone',
      holds: 'only standalone tasks are stopped, and only where the policy says so',
      broken(event, _truth, { policy }) {
        if (event.kind !== 'task-stopped-by-us') return undefined;
        const { serviceName, taskArn } = event.task;
        if (serviceName !== undefined)
          return `task ${taskArn} of service ${serviceName} is stopped`;
        return policy.drain.standaloneTasks === 'stop'
          ? undefined
          : `standalone task ${taskArn} is stopped, the policy says ${policy.drain.standaloneTasks}`;
      },
    },
  ];
}
