// The plan of small fleets against brute force: who is selected, in which wave, and what the budgets refer to.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Task } from '../../../functions/core/model.ts';
import { type Asked, type PlanInput, planRollout } from '../../../functions/core/plan.ts';
import { planWaves, type Selected } from '../../../functions/core/waves.ts';
import {
  containerInstanceArn,
  hostOf,
  NOW,
  PROPERTY,
  policyOf,
  serviceOf,
  taskOf,
} from './samples.ts';

const IMAGES = ['aws-ecs-2/x86_64', 'aws-ecs-2/aarch64'];
const OLD = '1.64.0';
const NEW = '1.65.0';

/** `stiff` can never give up a task; `agent` is a daemon; `null` is a standalone task. */
const SERVICES = [
  serviceOf({ serviceName: 'web' }),
  serviceOf({ serviceName: 'api', hasLoadBalancer: true }),
  serviceOf({ serviceName: 'stiff', minimumHealthyPercent: 100, maximumPercent: 100 }),
  serviceOf({ serviceName: 'agent', schedulingStrategy: 'DAEMON' }),
];

/** One container instance of a small fleet, with what decides about it. */
interface Small {
  readonly image: string;
  readonly zone: string;
  readonly version: string;
  readonly isOffered: boolean;
  readonly tasks: readonly (string | null)[];
}

const small: fc.Arbitrary<Small> = fc.record({
  image: fc.constantFrom(...IMAGES),
  zone: fc.constantFrom('a', 'b', 'c'),
  version: fc.constantFrom(OLD, OLD, OLD, NEW),
  isOffered: fc.constantFrom(true, true, true, false),
  tasks: fc.array(fc.constantFrom('web', 'web', 'api', 'api', 'agent', 'stiff', null), {
    maxLength: 3,
  }),
});

const settings = fc.record({
  waves: fc.record({
    canaryCount: fc.integer({ min: 0, max: 3 }),
    sizes: fc.array(fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom('20%', '50%')), {
      minLength: 1,
      maxLength: 2,
    }),
  }),
  budget: fc.record({
    outOfServiceMax: fc.integer({ min: 1, max: 3 }),
    oneAvailabilityZoneAtATime: fc.boolean(),
  }),
});

const fleets = fc.array(small, { maxLength: 8 });

function inputOf(fleet: readonly Small[], over: Partial<PlanInput>): PlanInput {
  const asked = fleet.map(
    ({ image, zone, version, isOffered }, index): Asked => ({
      ec2InstanceId: `i-${index}`,
      containerInstanceArn: containerInstanceArn(String(index)),
      availabilityZone: zone,
      image,
      report: hostOf(version, ...(isOffered ? [NEW] : [])),
    }),
  );
  const tasks = fleet.flatMap(({ tasks: names }, index): Task[] =>
    names.map((name, number) =>
      taskOf({
        taskArn: `task/${index}-${number}`,
        containerInstanceArn: containerInstanceArn(String(index)),
        serviceName: name ?? undefined,
      }),
    ),
  );
  return {
    ...{ now: NOW, policy: policyOf(), asked, tasks, services: SERVICES },
    ...{ zones: fleet.map(({ zone }) => zone), knownVersions: new Map(), ...over },
  };
}

/** Every way to take `count` of them. */
function choices<T>(all: readonly T[], count: number): T[][] {
  if (count === 0) return [[]];
  return all.flatMap((one, index) =>
    choices(all.slice(index + 1), count - 1).map((rest) => [one, ...rest]),
  );
}

/** The least that as many of them can take together, found by trying every choice. */
function leastSeconds(all: readonly Selected[], count: number): number {
  const sums = choices(all, count).map((some) =>
    some.reduce((sum, { expectedSeconds }) => sum + expectedSeconds, 0),
  );
  return Math.min(...sums);
}

describe('planRollout() of small fleets', () => {
  it('planRollout() selects exactly those that run the old version, are offered the new and can be drained', () => {
    fc.assert(
      fc.property(fleets, settings, (fleet, over) => {
        const { instances } = planRollout(inputOf(fleet, { policy: policyOf(over) }));
        const expected = fleet.flatMap(({ version, isOffered, tasks }, index) =>
          version === OLD && isOffered && !tasks.includes(null) && !tasks.includes('stiff')
            ? [`i-${index}`]
            : [],
        );
        expect(instances.map((one) => one.ec2InstanceId)).toEqual(fleet.map((_, n) => `i-${n}`));
        const selected = instances.filter((one) => one.verdict.outcome === undefined);
        expect(selected.map((one) => one.ec2InstanceId)).toEqual(expected);
        for (const one of instances) {
          expect(one.wave !== undefined).toBe(selected.includes(one));
          expect(one.toVersion).toBe(selected.includes(one) ? NEW : undefined);
          expect(one.verdict.reason).not.toBe('');
        }
      }),
      PROPERTY,
    );
  });

  it('planRollout() gives each selected one place of one wave, and nobody else', () => {
    fc.assert(
      fc.property(fleets, settings, (fleet, over) => {
        const { instances, waves } = planRollout(inputOf(fleet, { policy: policyOf(over) }));
        const placed = waves.flatMap(({ wave, ec2InstanceIds }) =>
          ec2InstanceIds.map((id, place) => `${id} ${wave} ${place}`),
        );
        const said = instances.flatMap(({ ec2InstanceId, verdict, wave, place }) =>
          verdict.outcome === undefined ? [`${ec2InstanceId} ${wave} ${place}`] : [],
        );
        expect(placed.toSorted()).toEqual(said.toSorted());
      }),
      PROPERTY,
    );
  });

  it('planRollout() counts the cluster, each zone and what hosts each service one by one', () => {
    fc.assert(
      fc.property(fleets, fc.array(fc.constantFrom('a', 'd')), (fleet, unasked) => {
        const zones = [...fleet.map(({ zone }) => zone), ...unasked];
        const { size } = planRollout(inputOf(fleet, { zones }));
        expect(size.containerInstances).toBe(zones.length);
        for (const zone of ['a', 'b', 'c', 'd']) {
          const count = zones.filter((one) => one === zone).length;
          expect(size.perAvailabilityZone[zone] ?? 0).toBe(count);
        }
        for (const name of ['web', 'api', 'stiff', 'agent']) {
          const hosting = fleet.filter(({ tasks }) => tasks.includes(name)).length;
          expect(size.perService[name] ?? 0).toBe(name === 'agent' ? 0 : hosting);
        }
      }),
      PROPERTY,
    );
  });

  it('planRollout() does not depend on the order in which the fleet is seen', () => {
    fc.assert(
      fc.property(fleets, settings, (fleet, over) => {
        const input = inputOf(fleet, { policy: policyOf(over) });
        const shuffled = {
          ...input,
          asked: input.asked.toReversed(),
          tasks: input.tasks.toReversed(),
          zones: input.zones.toReversed(),
          services: input.services.toReversed(),
        };
        const [plan, other] = [planRollout(input), planRollout(shuffled)];
        expect(other.waves).toEqual(plan.waves);
        expect(other.size).toEqual(plan.size);
        expect(other.expectedSeconds).toBe(plan.expectedSeconds);
        // A reason names tasks as they were listed.
        const said = ({ instances }: typeof plan) =>
          instances.map(({ verdict, ...one }) => ({ ...one, code: verdict.code }));
        expect(said(other).toReversed()).toEqual(said(plan));
      }),
      PROPERTY,
    );
  });
});

describe('planWaves() against every choice there is', () => {
  const fleet = fc
    .array(
      fc.record({
        image: fc.constantFrom('a/x', 'a/y'),
        expectedSeconds: fc.integer({ min: 0, max: 20 }),
        moves: fc.integer({ min: 0, max: 3 }),
      }),
      { minLength: 1, maxLength: 8 },
    )
    .map((all) => all.map((one, index): Selected => ({ ...one, ec2InstanceId: `i-${index}` })));

  it('planWaves() has in each wave those of all that are left that take least', () => {
    fc.assert(
      fc.property(fleet, settings, (selected, { waves: asked }) => {
        const byId = new Map(selected.map((one) => [one.ec2InstanceId, one]));
        let left = [...selected];
        for (const wave of planWaves(selected, policyOf({ waves: asked }))) {
          const members = wave.ec2InstanceIds.map((id) => byId.get(id)!);
          const pools =
            wave.kind === 'wave'
              ? [{ from: left, taken: members }]
              : ['a/x', 'a/y'].map((image) => ({
                  from: left.filter((one) => one.image === image),
                  taken: members.filter((one) => one.image === image),
                }));
          for (const { from, taken } of pools) {
            const seconds = taken.reduce((sum, one) => sum + one.expectedSeconds, 0);
            expect(seconds).toBe(leastSeconds(from, taken.length));
          }
          left = left.filter((one) => !members.includes(one));
        }
        expect(left).toEqual([]);
      }),
      PROPERTY,
    );
  });
});
