// The dispatcher: every reason to start nothing, when a wave is over, when it is given up, and what holds up the way back.

import { describe, expect, it } from 'vitest';
import { type DispatchWorld, decideDispatch } from '../../../functions/core/dispatch.ts';
import { MINUTE, NOW, policyOf } from './samples.ts';
import { one, worldOf } from './samples-dispatch.ts';

const asked = { by: 'ann', at: NOW - 1000 };

/** Why nothing is started, whether that is for good, and what makes it so: each row beats those below it. */
const STOPS: readonly (readonly [string, string, boolean, Partial<DispatchWorld>])[] = [
  ['an abort', 'aborted by ann at 2026-11-24T01:59:59Z', true, { control: { abort: asked } }],
  ['failures', '1 failed, failureBudget is 0', true, { failures: 1 }],
  [
    'the window',
    'the window closes at 2026-11-24T02:00:00Z and one instance may take 107 minutes with its undo',
    true,
    { window: { calendarsOpen: true, closeAt: NOW } },
  ],
  ['a pause', 'paused by ann at 2026-11-24T01:59:59Z', false, { control: { pause: asked } }],
  ['a gate', 'alarm errors is in ALARM', false, { gateClosed: 'alarm errors is in ALARM' }],
];

const CALENDAR: Partial<DispatchWorld> = { window: { calendarsOpen: false } };

describe('decideDispatch() when nothing may start', () => {
  it.each(STOPS)('decideDispatch() starts nothing for %s', (_, reason, forGood, over) => {
    expect(decideDispatch(worldOf(over))).toEqual({
      start: [],
      drop: [],
      wait: ['i-1', 'i-2', 'i-3'].map((ec2InstanceId) => ({ ec2InstanceId, reason })),
      verdict: forGood ? 'halt' : 'continue',
      reason,
      // A pause may last for days.
      lookAgainSeconds: over.control?.pause ? 600 : 60,
    });
  });

  it.each(STOPS)('decideDispatch() lets what is open end first, for %s', (_, reason, __, over) => {
    const { start, verdict, reason: said } = decideDispatch(worldOf({ ...over, open: [one('9')] }));
    expect({ start, verdict, said }).toEqual({ start: [], verdict: 'continue', said: reason });
  });

  it('decideDispatch() starts nothing while a calendar is closed or unknown', () => {
    expect(decideDispatch(worldOf(CALENDAR))).toMatchObject({
      start: [],
      verdict: 'continue',
      reason: 'a change calendar is closed',
    });
    const window = { calendarsOpen: false, calendarsUnknown: 'AccessDenied' };
    expect(decideDispatch(worldOf({ window }))).toMatchObject({
      start: [],
      reason: 'the change calendars cannot be read: AccessDenied',
    });
  });

  it('decideDispatch() gives the gravest reason when there are several', () => {
    for (const [index, [, reason]] of STOPS.entries()) {
      const rest = STOPS.slice(index).map(([, , , over]) => over);
      const control = Object.assign({}, ...rest.map((over) => over.control ?? {}));
      const world = worldOf(Object.assign({}, ...rest, { control }));
      expect(decideDispatch(world).reason).toBe(reason);
    }
    expect(decideDispatch(worldOf({ ...CALENDAR, control: { pause: asked } })).reason).toBe(
      'a change calendar is closed',
    );
  });

  it('decideDispatch() starts nothing while an undo may turn out to be one failure too many', () => {
    const undone = one('9', { undoing: true });
    expect(decideDispatch(worldOf({ open: [undone] }))).toMatchObject({
      start: [],
      verdict: 'continue',
      reason: 'i-9 is being undone: should that end as a failure, failureBudget 0 is exceeded',
      // Its end is news.
      lookAgainSeconds: 600,
    });
    const policy = policyOf({ budget: { outOfServiceMax: 9 }, failureBudget: 2 });
    const open = [undone, one('8', { undoing: true })];
    expect(decideDispatch(worldOf({ policy, open })).start).toEqual(['i-1', 'i-2', 'i-3']);
    expect(decideDispatch(worldOf({ policy, open, failures: 1 }))).toMatchObject({
      start: [],
      reason:
        '1 failed, and i-9, i-8 are being undone: should that end as a failure, failureBudget 2 is exceeded',
    });
    expect(decideDispatch(worldOf({ open: [undone], goingBack: true })).start).toEqual(['i-1']);
  });

  it('decideDispatch() tolerates as many failures as the policy allows', () => {
    const policy = policyOf({ failureBudget: 2 });
    expect(decideDispatch(worldOf({ policy, failures: 2 })).start).toEqual(['i-1']);
    expect(decideDispatch(worldOf({ policy, failures: 3 })).reason).toBe(
      '3 failed, failureBudget is 2',
    );
  });
});

describe('decideDispatch() when the wave is over', () => {
  const over = { candidates: [], open: [] };

  it('decideDispatch() is done when nothing waits and nothing is open', () => {
    expect(decideDispatch(worldOf(over))).toEqual({
      start: [],
      drop: [],
      wait: [],
      lookAgainSeconds: 60,
      verdict: 'done',
      reason: 'every container instance of the wave is over',
    });
  });

  it('decideDispatch() is not done while an instance is open, or more could be read', () => {
    expect(decideDispatch(worldOf({ ...over, open: [one('9')] }))).toMatchObject({
      verdict: 'continue',
      reason: '0 started, 0 waiting, 1 open',
    });
    expect(decideDispatch(worldOf({ ...over, candidatesComplete: false })).verdict).toBe(
      'continue',
    );
  });

  it('decideDispatch() says what holds up starts while the last ones are open', () => {
    const world = worldOf({ candidates: [], open: [one('9')], control: { pause: asked } });
    expect(decideDispatch(world)).toMatchObject({
      verdict: 'continue',
      reason: 'paused by ann at 2026-11-24T01:59:59Z',
    });
  });

  it('decideDispatch() is done although others hold instances out of service', () => {
    expect(decideDispatch(worldOf({ ...over, otherOut: [one('8'), one('9')] })).verdict).toBe(
      'done',
    );
  });

  it.each([STOPS[2]!, STOPS[3]!, STOPS[4]!, ['a calendar', '', false, CALENDAR] as const])(
    'decideDispatch() is done in spite of %s: only starts are held up, and the bake judges the gates',
    (_, __, ___, stop) => {
      expect(decideDispatch(worldOf({ ...over, ...stop })).verdict).toBe('done');
      const more = decideDispatch(worldOf({ ...over, ...stop, candidatesComplete: false }));
      expect(more.verdict).not.toBe('done');
    },
  );

  it.each([STOPS[0]!, STOPS[1]!])(
    'decideDispatch() halts for %s even so: the bake would be wasted',
    (_, reason, __, stop) => {
      expect(decideDispatch(worldOf({ ...over, ...stop }))).toMatchObject({
        verdict: 'halt',
        reason,
      });
    },
  );
});

describe('decideDispatch() that can go no further', () => {
  const left = [one('8'), one('9')];
  const stuck = { stuck: left, otherOut: left };
  const waitsFor = '2 of at most 2 container instances are out of service';

  it('decideDispatch() halts when what it left drained takes up the budgets', () => {
    const reason = `i-8, i-9, left drained, keep their places in the budgets: ${waitsFor}`;
    expect(decideDispatch(worldOf(stuck))).toMatchObject({ start: [], verdict: 'halt', reason });
  });

  it('decideDispatch() goes on while something is open, more could be read, or one could start', () => {
    const open = { ...stuck, open: [one('7')] };
    expect(decideDispatch(worldOf(open)).verdict).toBe('continue');
    expect(decideDispatch(worldOf({ ...stuck, candidatesComplete: false })).verdict).toBe(
      'continue',
    );
    const [first] = left;
    const half = worldOf({ stuck: [first!], otherOut: [first!] });
    expect(decideDispatch(half)).toMatchObject({ start: ['i-1'], verdict: 'continue' });
  });

  it('decideDispatch() waits for one that only something else holds up', () => {
    const policy = policyOf({ budget: { outOfServiceMax: 9, perAvailabilityZoneMax: 1 } });
    const [first] = left;
    const elsewhere = one('2', { availabilityZone: 'eu-west-1b', waitFor: 'its agent' });
    const world = { policy, stuck: [first!], otherOut: [first!] };
    expect(decideDispatch(worldOf({ ...world, candidates: [one('1'), elsewhere] }))).toMatchObject({
      start: [],
      verdict: 'continue',
    });
    expect(decideDispatch(worldOf({ ...world, candidates: [one('1')] })).verdict).toBe('halt');
  });

  it('decideDispatch() waits for what others took: they may give it back', () => {
    expect(decideDispatch(worldOf({ otherOut: left })).verdict).toBe('continue');
    const [first, second] = left;
    const mixed = worldOf({ stuck: [first!], otherOut: [first!, second!] });
    expect(decideDispatch(mixed).verdict).toBe('continue');
  });

  it('decideDispatch() names those that others took, and not its own', () => {
    const [first] = left;
    const others = ['3', '4', '5', '6', '9'].map((n) => one(n));
    const world = { stuck: [first!], otherOut: [first!, ...others] };
    expect(decideDispatch(worldOf(world)).wait[0]?.reason).toBe(
      '6 of at most 2 container instances are out of service; not by this rollout: i-3, i-4, i-5 and 2 more (drained by others, or without ECS agent)',
    );
    const open = [one('7'), one('9')];
    expect(decideDispatch(worldOf({ open })).wait[0]?.reason).toBe(waitsFor);
  });

  it('decideDispatch() gives a wave up that could start nothing for two hours', () => {
    const idle = (minutes: number, over: Partial<DispatchWorld> = {}) =>
      decideDispatch(worldOf({ otherOut: left, idleSinceAt: NOW - minutes * MINUTE, ...over }));
    expect(idle(120).verdict).toBe('continue');
    expect(idle(121)).toMatchObject({
      verdict: 'halt',
      reason: `nothing could be started for two hours: ${waitsFor}; not by this rollout: i-8, i-9 (drained by others, or without ECS agent)`,
    });
    expect(idle(121, { otherOut: [] })).toMatchObject({
      start: ['i-1', 'i-2'],
      verdict: 'continue',
    });
    // What is dropped is news: the rest is looked at once more.
    const ruledOut = { outcome: 'Gone', code: 'Gone', reason: 'terminated' } as const;
    const candidates = [one('1', { ruledOut }), one('2')];
    expect(idle(121, { candidates })).toMatchObject({ drop: [{}], verdict: 'continue' });
    expect(idle(121, { gateClosed: 'alarm errors is in ALARM' })).toMatchObject({
      verdict: 'halt',
      reason: 'nothing could be started for two hours: alarm errors is in ALARM',
    });
    expect(idle(121, { gateClosed: 'x', open: [one('7')] }).verdict).toBe('continue');
    // A pause may last; the abort that ends it is the reason, not the time before it.
    const abort = { by: 'bob', at: NOW };
    expect(idle(121, { control: { abort } })).toMatchObject({
      verdict: 'halt',
      reason: 'aborted by bob at 2026-11-24T02:00:00Z',
    });
  });

  it.each([STOPS[3]!, ['a calendar', '', false, CALENDAR] as const])(
    'decideDispatch() has all the patience there is for %s',
    (_, __, ___, stop) => {
      const world = worldOf({ ...stop, ...stuck, idleSinceAt: NOW - 10_000 * MINUTE });
      expect(decideDispatch(world).verdict).toBe('continue');
    },
  );
});

describe('decideDispatch() on the way back', () => {
  const back = { goingBack: true };

  it.each([STOPS[1]!, STOPS[2]!, STOPS[4]!, ['a calendar', '', false, CALENDAR] as const])(
    'decideDispatch() goes back in spite of %s',
    (_, __, ___, stop) => {
      expect(decideDispatch(worldOf({ ...stop, ...back })).start).toEqual(['i-1', 'i-2']);
    },
  );

  it.each([STOPS[0]!, STOPS[3]!])(
    'decideDispatch() stops even so for %s',
    (_, reason, forGood, stop) => {
      expect(decideDispatch(worldOf({ ...stop, ...back }))).toMatchObject({
        start: [],
        verdict: forGood ? 'halt' : 'continue',
        reason,
      });
    },
  );

  it('decideDispatch() is done on the way back as on the way there', () => {
    const finished = { ...back, candidates: [], failures: 9 };
    expect(decideDispatch(worldOf(finished)).verdict).toBe('done');
    expect(decideDispatch(worldOf({ ...finished, control: { pause: asked } })).verdict).toBe(
      'done',
    );
  });

  it('decideDispatch() keeps every budget on the way back', () => {
    const { start } = decideDispatch(worldOf({ ...back, open: [one('8'), one('9')] }));
    expect(start).toEqual([]);
  });
});
