// The dispatcher: which start, which wait and which are dropped, and that no budget is ever exceeded.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetRefusal, type OutOfService } from '../../../functions/core/budget.ts';
import { type Candidate, decideDispatch } from '../../../functions/core/dispatch.ts';
import { PROPERTY, policyOf } from './samples.ts';
import { one, worldOf } from './samples-dispatch.ts';

describe('decideDispatch() when some may start', () => {
  it('decideDispatch() starts in order as many as the budget allows and says why the others wait', () => {
    const reason = '2 of at most 2 container instances are out of service';
    expect(decideDispatch(worldOf())).toEqual({
      start: ['i-1', 'i-2'],
      drop: [],
      wait: [{ ec2InstanceId: 'i-3', reason }],
      verdict: 'continue',
      reason: '2 started, 1 waiting, 0 open',
      lookAgainSeconds: 600,
    });
  });

  it.each([
    ['its own instances hold up', { open: [one('8'), one('9')] }, 600],
    ['others hold up', { open: [one('8')], otherOut: [one('9')] }, 60],
    [
      'others hold up, though ours alone would',
      { open: [one('7'), one('8')], otherOut: [one('9')] },
      600,
    ],
    [
      'a disconnected agent holds up',
      { open: [one('9')], candidates: [one('1', { waitFor: 'its agent' })] },
      60,
    ],
    ['nothing of ours will end', { otherOut: [one('8'), one('9')] }, 60],
    ['one is open and one starts', { open: [one('9')] }, 600],
  ])('decideDispatch() looks again in time when %s', (_, over, seconds) => {
    expect(decideDispatch(worldOf(over)).lookAgainSeconds).toBe(seconds);
  });

  it.each([
    ['what is open', { open: [one('9')] }, '2 of at most 2'],
    ['what others took', { otherOut: [one('9')] }, '2 of at most 2'],
  ])('decideDispatch() counts %s', (_, over, reason) => {
    const { start, wait } = decideDispatch(worldOf(over));
    expect(start).toEqual(['i-1']);
    expect(wait.map((entry) => entry.reason.slice(0, reason.length))).toEqual([reason, reason]);
  });

  it('decideDispatch() counts what others took too, above the budget', () => {
    const otherOut = [one('7'), one('8'), one('9')];
    const { start, wait, verdict } = decideDispatch(worldOf({ otherOut }));
    expect(start).toEqual([]);
    expect(wait[0]?.reason).toBe(
      '3 of at most 2 container instances are out of service; not by this rollout: i-7, i-8, i-9 (drained by others, or without ECS agent)',
    );
    expect(verdict).toBe('continue');
  });

  it('decideDispatch() passes over a candidate whose own budget is used up', () => {
    const candidates = [
      one('1', { services: ['web'] }),
      one('2', { services: ['web'] }),
      one('3', { availabilityZone: 'eu-west-1b' }),
      one('4', { availabilityZone: 'eu-west-1b' }),
    ];
    const policy = policyOf({
      budget: { outOfServiceMax: 9, perServiceMaxPercent: 12, perAvailabilityZoneMax: 1 },
    });
    expect(decideDispatch(worldOf({ policy, candidates }))).toMatchObject({
      start: ['i-1', 'i-3'],
      wait: [
        {
          ec2InstanceId: 'i-2',
          reason: '1 of at most 1 container instances of zone eu-west-1a are out of service',
        },
        {
          ec2InstanceId: 'i-4',
          reason: '1 of at most 1 container instances of zone eu-west-1b are out of service',
        },
      ],
    });
    const perService = policyOf({ budget: { outOfServiceMax: 9, perServiceMaxPercent: 12 } });
    expect(decideDispatch(worldOf({ policy: perService, candidates }))).toMatchObject({
      start: ['i-1', 'i-3', 'i-4'],
      wait: [
        {
          ec2InstanceId: 'i-2',
          reason: '1 of at most 1 container instances of service web are out of service',
        },
      ],
    });
  });

  it('decideDispatch() stays in the zone of the first when one zone is worked on at a time', () => {
    const policy = policyOf({ budget: { outOfServiceMax: 9, oneAvailabilityZoneAtATime: true } });
    const candidates = [one('1'), one('2', { availabilityZone: 'eu-west-1b' }), one('3')];
    const { start, wait } = decideDispatch(worldOf({ policy, candidates }));
    expect(start).toEqual(['i-1', 'i-3']);
    expect(wait[0]?.reason).toContain('zone eu-west-1a is being worked on');
  });

  it('decideDispatch() makes a candidate wait for what it waits for, and takes no budget for it', () => {
    const waitFor = 'service web is being deployed';
    const candidates = [one('1', { waitFor }), one('2'), one('3')];
    expect(decideDispatch(worldOf({ candidates }))).toMatchObject({
      start: ['i-2', 'i-3'],
      wait: [{ ec2InstanceId: 'i-1', reason: waitFor }],
    });
  });

  it('decideDispatch() says the budget first when a candidate waits for both', () => {
    const candidates = [one('1', { waitFor: 'a deployment' })];
    const { wait } = decideDispatch(worldOf({ candidates, open: [one('8'), one('9')] }));
    expect(wait[0]?.reason).toContain('2 of at most 2');
  });

  it('decideDispatch() drops for good what is ruled out, and takes no budget for it', () => {
    const ruledOut = { outcome: 'Gone', code: 'Gone', reason: 'terminated' } as const;
    const candidates = [one('1', { ruledOut, waitFor: 'x' }), one('2'), one('3')];
    expect(decideDispatch(worldOf({ candidates }))).toMatchObject({
      start: ['i-2', 'i-3'],
      drop: [{ ec2InstanceId: 'i-1', verdict: ruledOut }],
      wait: [],
      verdict: 'continue',
      reason: '2 started, 0 waiting, 0 open',
    });
  });

  it('decideDispatch() is done when all that waited is dropped, unless more could be read', () => {
    const ruledOut = { outcome: 'Skipped', code: 'X', reason: 'x' } as const;
    const candidates = [one('1', { ruledOut })];
    expect(decideDispatch(worldOf({ candidates })).verdict).toBe('done');
    expect(decideDispatch(worldOf({ candidates, candidatesComplete: false })).verdict).toBe(
      'continue',
    );
    expect(decideDispatch(worldOf({ candidates, open: [one('9')] })).verdict).toBe('continue');
  });
});

describe('decideDispatch() when the canaries had no turn', () => {
  const [x86, arm] = ['aws-ecs-2/x86_64', 'aws-ecs-2/aarch64'];
  const candidates = [one('1', { image: x86 }), one('2', { image: x86 }), one('3', { image: arm })];
  const unproven = new Set([x86]);

  it('decideDispatch() starts as many of an image as canaries, the others as ever', () => {
    const { start, wait, lookAgainSeconds } = decideDispatch(worldOf({ candidates, unproven }));
    expect({ start, wait, lookAgainSeconds }).toEqual({
      start: ['i-1', 'i-3'],
      wait: [
        {
          ec2InstanceId: 'i-2',
          reason: 'nobody has been updated on aws-ecs-2/x86_64 yet, so at most 1 at a time',
        },
      ],
      lookAgainSeconds: 600,
    });
  });

  it('decideDispatch() counts those that are open', () => {
    const open = [one('9', { image: x86 })];
    expect(decideDispatch(worldOf({ candidates, unproven, open })).start).toEqual(['i-3']);
    const policy = policyOf({ waves: { canaryCount: 2 }, budget: { outOfServiceMax: 9 } });
    const world = worldOf({ candidates, unproven, open, policy });
    expect(decideDispatch(world).start).toEqual(['i-1', 'i-3']);
  });

  it('decideDispatch() counts those of the same image only', () => {
    const open = [one('8', { image: arm }), one('9')];
    const policy = policyOf({ budget: { outOfServiceMax: 9 } });
    const both = new Set([x86, arm]);
    const world = worldOf({ candidates, unproven: both, open, policy });
    expect(decideDispatch(world).start).toEqual(['i-1']);
  });

  it('decideDispatch() knows no canaries where every image has had its turn, or there is none', () => {
    expect(decideDispatch(worldOf({ candidates })).start).toEqual(['i-1', 'i-2']);
    expect(decideDispatch(worldOf({ unproven })).start).toEqual(['i-1', 'i-2']);
  });
});

describe('decideDispatch() whatever the candidates', () => {
  const services = fc.uniqueArray(fc.constantFrom('web', 'api'), { maxLength: 2 });
  const out = fc
    .tuple(fc.constantFrom('a', 'b', 'c'), services)
    .map(([zone, names]): OutOfService => {
      return { ec2InstanceId: 'i', availabilityZone: `eu-west-1${zone}`, services: names };
    });
  const candidate = fc
    .tuple(out, fc.constantFrom('free', 'free', 'free', 'ruled out', 'waits'))
    .map(([entry, kind]): Candidate => {
      if (kind === 'ruled out') return { ...entry, ruledOut: { code: 'X', reason: 'x' } };
      return kind === 'waits' ? { ...entry, waitFor: 'a deployment' } : entry;
    });
  const limit = fc.oneof(
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 1, max: 100 }).map((percent) => `${percent}%`),
  );
  const budget = fc.record(
    {
      outOfServiceMax: limit,
      perAvailabilityZoneMax: limit,
      oneAvailabilityZoneAtATime: fc.boolean(),
      perServiceMaxPercent: fc.integer({ min: 1, max: 100 }),
    },
    { requiredKeys: [] },
  );
  const worlds = fc.record({
    candidates: fc
      .array(candidate, { maxLength: 15 })
      .map((all) => all.map((entry, index) => ({ ...entry, ec2InstanceId: `i-${index}` }))),
    open: fc.array(out, { maxLength: 4 }),
    otherOut: fc.array(out, { maxLength: 3 }),
    budget,
  });

  it('decideDispatch() never exceeds a budget, and leaves nobody waiting without a reason that holds', () => {
    fc.assert(
      fc.property(worlds, ({ budget: given, ...rest }) => {
        const policy = policyOf({ budget: given });
        const world = worldOf({ ...rest, policy });
        const { start, drop, wait } = decideDispatch(world);
        const byId = new Map(rest.candidates.map((entry) => [entry.ec2InstanceId, entry]));
        const all = [...start, ...drop, ...wait].map((entry) =>
          typeof entry === 'string' ? entry : entry.ec2InstanceId,
        );
        expect(all.sort()).toEqual([...byId.keys()].sort());
        const taken: OutOfService[] = [...rest.open, ...rest.otherOut];
        for (const id of start) {
          const entry = byId.get(id)!;
          expect(entry.ruledOut ?? entry.waitFor).toBeUndefined();
          expect(budgetRefusal(entry, taken, world.size, policy.budget)).toBeUndefined();
          taken.push(entry);
        }
        for (const { ec2InstanceId, reason } of wait) {
          const entry = byId.get(ec2InstanceId)!;
          const refusal = budgetRefusal(entry, taken, world.size, policy.budget);
          expect(refusal ?? entry.waitFor).toBeDefined();
          expect(reason).not.toBe('');
        }
        expect(drop.map((entry) => entry.ec2InstanceId)).toEqual(
          rest.candidates.filter((entry) => entry.ruledOut).map((entry) => entry.ec2InstanceId),
        );
      }),
      { ...PROPERTY, numRuns: 1500 },
    );
  });
});
