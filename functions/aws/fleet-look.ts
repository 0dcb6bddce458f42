// Reads what the dispatcher judges: who else is out of service, and the fresh state of the next candidates.

import type { OutOfService } from '../core/budget.ts';
import type { Candidate } from '../core/dispatch.ts';
import { drainRuledOut, isStandalone } from '../core/drain.ts';
import type { InstanceVerdict, Service, Task } from '../core/model.ts';
import { movableServices } from '../core/plan.ts';
import type { Policy } from '../core/policy.ts';
import { now } from './clock.ts';
import {
  describeContainerInstances,
  listContainerInstances,
  type SeenContainerInstance,
  tasksOn,
} from './ecs.ts';
import type { InstanceRecord } from './record.ts';

/** What others took out of service: they drain it, or its agent is disconnected. */
export async function outByOthers(
  clusterArn: string,
  ours: ReadonlySet<string>,
): Promise<OutOfService[]> {
  const [draining, disconnected] = await Promise.all([
    listContainerInstances(clusterArn, { status: 'DRAINING' }),
    listContainerInstances(clusterArn, { filter: 'agentConnected == false', status: 'ACTIVE' }),
  ]);
  const foreign = [...new Set([...draining, ...disconnected])].filter((arn) => !ours.has(arn));
  const seen = foreign.length === 0 ? [] : await describeContainerInstances(clusterArn, foreign);
  return seen.map(({ ec2InstanceId, availabilityZone }) => ({
    ec2InstanceId,
    availabilityZone,
    services: [],
  }));
}

/** A candidate as it is now, and what the record should remember of it when it starts. */
export interface FreshCandidate {
  readonly candidate: Candidate;
  readonly remember: Pick<
    InstanceRecord,
    'services' | 'daemons' | 'taskArns' | 'standaloneTaskArns'
  >;
}

/** What became of a candidate since it was planned, if that rules it out. */
function changedSincePlan(
  record: InstanceRecord,
  seen: SeenContainerInstance | undefined,
): InstanceVerdict | undefined {
  if (!seen || seen.status === 'INACTIVE') {
    return { outcome: 'Gone', code: 'Gone', reason: 'it was terminated before its turn' };
  }
  if (seen.status !== 'ACTIVE') {
    return {
      outcome: 'Skipped',
      code: 'AlreadyDraining',
      reason: `somebody else set it to ${seen.status} before its turn`,
    };
  }
  if (!seen.agentConnected) {
    return {
      outcome: 'Skipped',
      code: 'AgentDisconnected',
      reason: `its ECS agent disconnected before its turn (${record.ec2InstanceId})`,
    };
  }
  return undefined;
}

/** Looks at candidates again right before they are chosen: hours may have passed since the plan. */
export async function freshCandidates(
  clusterArn: string,
  records: readonly InstanceRecord[],
  services: readonly Service[],
  policy: Policy,
): Promise<FreshCandidate[]> {
  if (records.length === 0) return [];
  const arns = records.map((record) => record.containerInstanceArn);
  const [seen, tasks] = await Promise.all([
    describeContainerInstances(clusterArn, arns),
    tasksOn(clusterArn, arns),
  ]);
  const byName = new Map(services.map((service) => [service.serviceName, service]));
  return records.map((record) => {
    const own = tasks.filter((task) => task.containerInstanceArn === record.containerInstanceArn);
    const current = seen.find((one) => one.containerInstanceArn === record.containerInstanceArn);
    return {
      candidate: {
        ec2InstanceId: record.ec2InstanceId,
        availabilityZone: record.availabilityZone,
        services: movableServices(own, byName),
        ruledOut: changedSincePlan(record, current) ?? drainRuledOut(own, byName, policy, now()),
      },
      remember: remembered(own, byName),
    };
  });
}

function remembered(
  tasks: readonly Task[],
  services: ReadonlyMap<string, Service>,
): FreshCandidate['remember'] {
  const daemons = tasks.flatMap((task) => {
    const service = isStandalone(task, services) ? undefined : services.get(task.serviceName ?? '');
    return service?.schedulingStrategy === 'DAEMON' ? [service.serviceName] : [];
  });
  return {
    services: movableServices(tasks, services),
    daemons: [...new Set(daemons)].sort(),
    taskArns: tasks.map((task) => task.taskArn),
    standaloneTaskArns: tasks
      .filter((task) => isStandalone(task, services))
      .map((task) => task.taskArn),
  };
}
