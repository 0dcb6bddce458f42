// Reads the hosts and tasks that a plan is made from, and says what the plan writes into the record.

import type { Service, Task } from '../core/model.ts';
import type { Asked, PlannedInstance } from '../core/plan.ts';
import { now } from './clock.ts';
import type { DispatchState } from './dispatch-index.ts';
import { describeTasks, listTasks, taskProtections } from './ecs.ts';
import type { InstanceRecord } from './instance-record.ts';

/** What the host said when it was checked. */
export function toAsked(record: InstanceRecord): Asked {
  const [variant = '', arch = ''] = (record.image ?? '/').split('/');
  return {
    ec2InstanceId: record.ec2InstanceId,
    containerInstanceArn: record.containerInstanceArn,
    availabilityZone: record.availabilityZone,
    image: record.image ?? '',
    report: {
      os: { version: record.fromVersion ?? '', variant, arch },
      update: { available: record.available ?? [] },
      posture: record.posture,
    },
  };
}

/** Tasks of the cluster, with the protection of those that could be protected: only service tasks can. */
export async function readTasks(clusterArn: string, services: readonly Service[]): Promise<Task[]> {
  const tasks = await describeTasks(clusterArn, await listTasks(clusterArn));
  const replica = new Set(
    services.flatMap((one) => (one.schedulingStrategy === 'REPLICA' ? [one.serviceName] : [])),
  );
  const protectable = tasks.filter((task) => replica.has(task.serviceName ?? ''));
  const until = await taskProtections(
    clusterArn,
    protectable.map((task) => task.taskArn),
  );
  return tasks.map((task) => ({ ...task, protectedUntilAt: until.get(task.taskArn) }));
}

/** Whoever is in a wave waits for its turn from now on; it can start once it has downloaded the update. */
export function toTurn({ wave, place }: PlannedInstance): DispatchState | undefined {
  return wave === undefined || place === undefined ? undefined : { state: 'WAITING', wave, place };
}

/** What the plan makes of one container instance. */
export function toRecord(planned: PlannedInstance): Partial<InstanceRecord> {
  const { verdict, wave, place, toVersion, expectedSeconds, services, moving } = planned;
  return {
    code: verdict.code,
    reason: verdict.reason,
    services,
    ...(verdict.outcome === undefined
      ? { step: 'Planned', wave, place, toVersion, expectedSeconds, moving }
      : { outcome: verdict.outcome, step: 'Over', finishedAt: now() }),
  };
}
