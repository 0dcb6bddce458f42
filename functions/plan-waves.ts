// Plans the rollout: pins a target per image, gives every container instance a verdict, and forms waves.

import { now } from './aws/clock.ts';
import { DESCRIBE_CONTAINER_INSTANCES_MAX, describeServices } from './aws/ecs.ts';
import { imageOf, readKnownVersions } from './aws/fleet-versions.ts';
import { rolloutInput } from './aws/inputs.ts';
import { readInstances, updateInstance } from './aws/instance-store.ts';
import { announce } from './aws/journal.ts';
import { lambda } from './aws/lambda.ts';
import { requireLease } from './aws/lease.ts';
import { readTargetHealth, withDeregistrationDelays } from './aws/load-balancers.ts';
import { inParallel } from './aws/parallel.ts';
import { writePlan } from './aws/plan-record.ts';
import { readTasks, toAsked, toRecord, toTurn } from './aws/plan-world.ts';
import { findScaleIn } from './aws/protection.ts';
import { readRollout, updateRollout } from './aws/rollout-record.ts';
import { writeFleet } from './aws/room-look.ts';
import { withTaskNeeds } from './aws/task-needs.ts';
import { noteVersions } from './aws/version-record.ts';
import { judgeDrift, type Running, withoutIds } from './core/drift.ts';
import { planRollout } from './core/plan.ts';

/** Parallel writes to the record. */
const WRITES_MAX = 25;

export const handler = lambda(rolloutInput, async (held) => {
  const { rolloutId, clusterArn, fence } = held;
  const { policy, startedBy } = await readRollout(rolloutId);
  const records = await readInstances(rolloutId);
  const asked = records.filter((one) => one.outcome === undefined && one.image).map(toAsked);
  const images = [...new Set(asked.map((one) => one.image))];
  for (const image of images) {
    const offered = asked.filter((one) => one.image === image);
    await noteVersions(image, [...new Set(offered.flatMap((one) => one.report.update.available))]);
  }
  const running = records.flatMap((one): Running[] => {
    const image = imageOf(one);
    const { ec2InstanceId, fromVersion } = one;
    return image === undefined ? [] : [{ ec2InstanceId, image, version: fromVersion }];
  });
  const known = await readKnownVersions([...new Set(running.map((one) => one.image))]);
  const services = await withDeregistrationDelays(
    await withTaskNeeds(await describeServices(clusterArn)),
  );
  const plan = planRollout({
    now: now(),
    policy,
    asked,
    zones: records.map((one) => one.availabilityZone),
    tasks: await readTasks(clusterArn, services),
    services,
    knownVersions: known,
  });
  await requireLease(held);
  const chosenIds = plan.waves.flatMap((wave) => wave.ec2InstanceIds);
  const scaleIn = await findScaleIn(policy.autoScaling.protectFromScaleIn ? chosenIds : []);
  await inParallel(plan.instances, WRITES_MAX, (one) =>
    updateInstance(
      held,
      one.ec2InstanceId,
      { ...toRecord(one), scaleIn: scaleIn.get(one.ec2InstanceId) },
      toTurn(one),
    ),
  );
  const arns = records.map((one) => one.containerInstanceArn);
  const few = arns.length <= DESCRIBE_CONTAINER_INSTANCES_MAX;
  const drift = judgeDrift(running, known, now());
  await writePlan(rolloutId, {
    size: plan.size,
    services,
    drift,
    targetHealth: policy.gates.targetHealth
      ? await readTargetHealth([...new Set(services.flatMap((one) => one.targetGroupArns ?? []))])
      : [],
    ...(few ? { containerInstanceArns: arns } : { fleetParts: await writeFleet(rolloutId, arns) }),
  });
  const targets = Object.fromEntries(
    [...plan.targets].flatMap(([image, target]) =>
      target.kind === 'pinned' ? [[image, target.version]] : [],
    ),
  );
  const waves = plan.waves.map(({ wave, kind, ec2InstanceIds }) => {
    return { wave, kind, size: ec2InstanceIds.length };
  });
  const { expectedSeconds } = plan;
  const planned = { targets, waves, plannedAt: now(), expectedSeconds };
  await updateRollout({ rolloutId, fence }, planned);
  const chosen = waves.reduce((sum, wave) => sum + wave.size, 0);
  const reason =
    chosen > 0
      ? `${chosen} of ${records.length} container instances in ${waves.length === 1 ? 'one wave' : `${waves.length} waves`}, about ${Math.ceil(plan.expectedSeconds / 60)} minutes`
      : 'no container instance needs or allows an update';
  await announce(
    rolloutId,
    { what: 'planned', who: 'planner', why: reason },
    {
      event: 'Rollout Planned',
      clusterArn,
      startedBy,
      targets,
      waves,
      containerInstances: records.length,
      expectedSeconds,
      drift: withoutIds(drift),
      reason,
    },
  );
  return { verdict: chosen > 0 ? 'roll-out' : 'nothing', waves: waves.length, chosen, reason };
});
