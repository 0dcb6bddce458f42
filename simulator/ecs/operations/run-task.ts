// RunTask and StartTask: tasks without a service.

import { AwsError, type JsonObject } from '../../kernel/service.ts';
import type { PlacementStrategy, TaskDefinition } from '../definitions.ts';
import { clientError, type Failure, invalidParameter, notSimulated } from '../errors.ts';
import type { Cluster, ContainerInstance } from '../model.ts';
import type { EcsRegion, Operation } from '../region.ts';
import { obstacle, place } from '../scheduler/placement.ts';
import { epochSeconds } from '../shapes/members.ts';
import { taskShape } from '../shapes/task.ts';
import { placementConstraints } from '../task-definitions.ts';
import { missingArn } from './container-instances.ts';
import { ids, integer, oneOf, structure, structures, tags, text } from './input.ts';

const COUNT_MAX = 10;
const STARTED_BY_MAX = 128;
const NOT_SIMULATED = ['capacityProviderStrategy', 'volumeConfigurations', 'platformVersion'];

interface Standalone {
  readonly cluster: Cluster;
  readonly taskDefinition: TaskDefinition;
  readonly group: string;
  readonly startedBy: string | undefined;
  readonly overrides: JsonObject | undefined;
  readonly tags: ReturnType<typeof tags>;
}

function standalone({ ledger }: EcsRegion, input: JsonObject): Standalone {
  for (const member of NOT_SIMULATED)
    if (input[member] !== undefined) throw notSimulated(`RunTask with ${member}`);
  const cluster = ledger.activeCluster(text(input, 'cluster'));
  const name = text(input, 'taskDefinition');
  const startedBy = text(input, 'startedBy');
  if (!name) throw invalidParameter('TaskDefinition can not be blank.');
  if (startedBy !== undefined && startedBy.length > STARTED_BY_MAX)
    throw invalidParameter(`startedBy can have at most ${STARTED_BY_MAX} characters.`);
  const taskDefinition = ledger.taskDefinitions.find(name);
  if (!taskDefinition) throw clientError('TaskDefinition not found.');
  return {
    cluster,
    taskDefinition,
    group: text(input, 'group') ?? `family:${taskDefinition.family}`,
    startedBy,
    overrides: structure(input, 'overrides'),
    tags: tags(input),
  };
}

function strategyOf(input: JsonObject): PlacementStrategy[] {
  return (structures(input, 'placementStrategy') ?? []).map((each) => {
    const type = oneOf(each, 'type', ['random', 'spread', 'binpack']) ?? 'random';
    const field = text(each, 'field');
    return field === undefined ? { type } : { type, field };
  });
}

function constraintsOf(input: JsonObject) {
  const given = structures(input, 'placementConstraints') ?? [];
  return placementConstraints(
    given.map((each) => ({
      type: oneOf(each, 'type', ['distinctInstance', 'memberOf']) ?? 'memberOf',
      expression: text(each, 'expression'),
    })),
  );
}

/**
 * `clientToken` makes a repeated call answer the tasks of the first (ECS API Reference, "Ensuring
 * idempotency").
 */
function once(cluster: Cluster, input: JsonObject, run: () => JsonObject): JsonObject {
  const token = text(input, 'clientToken');
  if (token === undefined) return run();
  const known = cluster.runTaskAnswers;
  const asked = JSON.stringify(input);
  const before = known.get(token);
  if (before?.asked === asked) return before.answer;
  if (before)
    throw new AwsError('ConflictException', 'Idempotent parameter does not match.', 400, {
      resourceIds: [],
    });
  const answer = run();
  known.set(token, { asked, answer });
  return answer;
}

export const runTask: Operation = (region, input) => {
  const { kernel, lifecycle } = region;
  const count = integer(input, 'count') ?? 1;
  const launchType = oneOf(input, 'launchType', ['EC2', 'FARGATE', 'EXTERNAL']);
  const task = standalone(region, input);
  if (launchType && launchType !== 'EC2') throw notSimulated(`RunTask with ${launchType}`);
  if (count < 1 || count > COUNT_MAX)
    throw invalidParameter(`count should be between 1 and ${COUNT_MAX}.`);
  const { cluster, taskDefinition, group } = task;
  const constraints = constraintsOf(input);
  // Without a strategy RunTask places at random (ECS Developer Guide, "task placement strategies").
  const given = strategyOf(input);
  const strategy = given.length > 0 ? given : [{ type: 'random' } as const];
  const places = [...cluster.instances.values()].some(({ status }) => status === 'ACTIVE');
  if (!places) throw invalidParameter('No Container Instances were found in your cluster.');
  return once(cluster, input, () => {
    const tasks = [];
    const failures: Failure[] = [];
    for (let index = 0; index < count; index++) {
      const perInstance = countsOf(cluster, group);
      const request = { cluster, taskDefinition, constraints, strategy, group };
      const random = kernel.random.stream('ecs.placement');
      const placement = place({ ...request, perZone: new Map(), perInstance }, random);
      if (placement.ok)
        tasks.push(
          taskShape(lifecycle.start({ ...task, instance: placement.instance }), epochSeconds),
        );
      else failures.push({ arn: placement.closest?.arn ?? '', reason: placement.reason });
    }
    return { tasks, failures };
  });
};

/**
 * Where the tasks of a group are; standalone groups are small and rare, so they are counted when
 * asked.
 */
function countsOf(cluster: Cluster, group: string): Map<ContainerInstance, number> {
  const counts = new Map<ContainerInstance, number>();
  for (const task of cluster.tasks.values())
    if (task.group === group && task.lastStatus !== 'STOPPED')
      counts.set(task.instance, (counts.get(task.instance) ?? 0) + 1);
  return counts;
}

export const startTask: Operation = (region, input) => {
  const { ledger, lifecycle } = region;
  const task = standalone(region, input);
  const { cluster, taskDefinition, group } = task;
  const rules = {
    calledByAws: 'instanceIds',
    max: COUNT_MAX,
    empty: 'Container instances cannot be empty.',
  };
  const tasks = [];
  const failures: Failure[] = [];
  for (const identifier of ids(input, 'containerInstances', rules)) {
    const instance = ledger.instance(cluster, identifier);
    const reason = instance
      ? obstacle(instance, { taskDefinition, constraints: [], group })
      : 'MISSING';
    // A DRAINING instance is as good as none; which word AWS has for it is not documented.
    const told = reason === 'NO ACTIVE INSTANCES' ? 'INACTIVE' : reason;
    if (instance && !told)
      tasks.push(taskShape(lifecycle.start({ ...task, instance }), epochSeconds));
    else
      failures.push({
        arn: instance?.arn ?? missingArn(cluster.arn, identifier),
        reason: told ?? 'MISSING',
      });
  }
  return { tasks, failures };
};
