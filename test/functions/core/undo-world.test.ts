// From any beginning the undo comes to an end, never reboots what serves, and returns only what it knows.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideUndo, type UndoStep } from '../../../functions/core/undo.ts';
import { HOUR, NOW, PROPERTY } from './samples.ts';
import { type Boot, FROM, type Script, TO, UndoWorld } from './undo-world.ts';

/** All patiences one after the other, a replacement's too, and the questions in between. */
const BOUND = 2.5 * HOUR;
/** What takes a host away from whatever runs on it. */
const DISTURBS = ['flip-partitions', 'roll-back', 'reboot-host', 'replace-host'];
const STEP_SECONDS = 20;

const boot = fc.constantFrom<Boot>('from', 'to', 'third', 'dead');
const never = { nil: null, freq: 3 };
const agent = fc.option(fc.integer({ min: 0, max: 1200 }), never);

const scripts: fc.Arbitrary<Script> = fc.record({
  error: fc.constantFrom(
    'RebootTimedOut',
    'VerifyTimedOut',
    'AgentUnsettled',
    'FellBack',
    'WrongVersion',
    'AnotherActor',
    'DrainTimedOut',
    'Orphaned',
    'States.Timeout',
  ),
  reached: fc.constantFrom(
    ...(['nothing', 'draining', 'rebooting', 'rebooting', 'rebooting', 'returned'] as const),
  ),
  boot: fc.oneof(boot, fc.constant('old' as const)),
  armed: fc.boolean(),
  upAfterSeconds: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1500 })),
  agentAfterSeconds: fc.record({ from: agent, to: agent, third: agent, dead: fc.constant(null) }),
  notAfterSeconds: fc.integer({ min: -1200, max: 180 }),
  lateRebootMarginSeconds: fc.option(fc.integer({ min: 0, max: 300 }), never),
  cancelWorks: fc.boolean(),
  rollBack: fc.record({
    afterSeconds: fc.option(fc.integer({ min: 30, max: 1100 }), never),
    into: boot,
  }),
  flip: fc.record({
    afterSeconds: fc.option(fc.integer({ min: 10, max: 550 }), never),
    into: boot,
  }),
  ec2Reboot: fc.record({
    afterSeconds: fc.option(fc.integer({ min: 1, max: 290 }), never),
    into: boot,
  }),
  group: fc.option(
    fc.record({
      terminatesAfterSeconds: fc.option(fc.integer({ min: 0, max: 1800 }), never),
      newcomerAfterSeconds: fc.option(fc.integer({ min: 0, max: 2400 }), never),
    }),
    never,
  ),
  flap: fc.option(
    fc.record({
      everySeconds: fc.integer({ min: 300, max: 3600 }),
      seconds: fc.integer({ min: 5, max: 120 }),
    }),
    { nil: null, freq: 2 },
  ),
  failingReturns: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 })),
  failingCalls: fc.array(fc.constantFrom('refused', 'answer-lost'), { maxLength: 3 }),
  lost: fc.array(fc.boolean(), { maxLength: 6 }),
  meddling: fc.option(
    fc.record({
      afterSeconds: fc.integer({ min: 0, max: 5400 }),
      what: fc.constantFrom('terminate', 'activate', 'unmark', 'take'),
    }),
    { nil: null, freq: 2 },
  ),
  policy: fc.record({
    onVerifyFailure: fc.boolean(),
    allowAdminContainer: fc.boolean(),
    rebootDead: fc.boolean(),
    replaceDead: fc.boolean(),
  }),
});

interface Run {
  readonly world: UndoWorld;
  readonly last: Extract<UndoStep, { kind: 'over' | 'return' }>;
  /** As it was when the last step was decided. */
  readonly instance: UndoWorld['instance'];
}

/** Applies the decision until it is over; `judge` sees each step before it is applied. */
function undo(script: Script, judge: (step: UndoStep, world: UndoWorld) => void): Run {
  const world = new UndoWorld(script);
  for (;;) {
    world.pass(STEP_SECONDS);
    const step = decideUndo(world.facts());
    judge(step, world);
    const instance = world.instance && { ...world.instance };
    const isLast = world.apply(step);
    if (isLast && (step.kind === 'over' || step.kind === 'return')) {
      return { world, last: step, instance };
    }
    expect(world.now - NOW, 'the undo goes on and on').toBeLessThan(BOUND);
  }
}

function check(property: (script: Script) => void): void {
  fc.assert(fc.property(scripts, property), { ...PROPERTY, numRuns: 4000 });
}

describe('decideUndo() applied again and again', () => {
  it('decideUndo() comes to an end, and reboots a host at most once of each kind', () => {
    check((script) => {
      const { world } = undo(script, () => {});
      expect(world.acts.get('reboot-host') ?? 0).toBeLessThanOrEqual(1);
      // Repeated only after a lost answer, and its host does it once.
      const { failingCalls } = script;
      const lost = failingCalls.filter((how) => how === 'answer-lost').length;
      for (const action of ['flip-partitions', 'roll-back'] as const) {
        expect(world.acts.get(action) ?? 0).toBeLessThanOrEqual(1 + lost);
        expect(world.sentBack.get(action) ?? 0).toBeLessThanOrEqual(1);
      }
    });
  });

  it('decideUndo() reboots and replaces only what it holds drained, and only what was to be rebooted', () => {
    check((script) => {
      undo(script, (step, { instance }) => {
        if (step.kind !== 'act' || !DISTURBS.includes(step.action)) return;
        expect(instance).toEqual({ status: 'DRAINING', owned: true });
        expect(script.reached).toBe('rebooting');
      });
    });
  });

  it('decideUndo() keeps to a return that fails, as long as it holds the instance drained', () => {
    check((script) => {
      let decided: UndoStep | undefined;
      undo(script, (step, { instance }) => {
        if (decided && instance?.status === 'DRAINING' && instance.owned) {
          expect(step).toEqual(decided);
        }
        if (step.kind === 'return') decided = step;
      });
    });
  });

  it('decideUndo() takes no host back, nor gives it up, whose agent comes and goes', () => {
    check((given) => {
      const script: Script = {
        ...given,
        error: 'VerifyTimedOut',
        reached: 'rebooting',
        boot: 'to',
        upAfterSeconds: 0,
        agentAfterSeconds: { from: 0, to: 0, third: null, dead: null },
        flap: given.flap ?? { everySeconds: 300, seconds: 60 },
        lateRebootMarginSeconds: null,
        lost: [],
        meddling: null,
      };
      const { last } = undo(script, () => {});
      expect(last).toMatchObject({ kind: 'return', outcome: 'Updated' });
    });
  });

  it('decideUndo() touches no instance that does not carry its mark', () => {
    check((script) => {
      undo(script, (step, { instance }) => {
        if (step.kind === 'act' || step.kind === 'return') expect(instance?.owned).toBe(true);
      });
    });
  });

  it('decideUndo() returns a drained instance only on the old or the new version, as it says', () => {
    const expected: Readonly<Record<string, string>> = {
      Updated: TO,
      FellBack: FROM,
      RolledBack: FROM,
      Failed: FROM,
    };
    check((script) => {
      const { world, last, instance } = undo(script, () => {});
      if (last.kind !== 'return' || script.reached !== 'rebooting') return;
      if (instance?.status !== 'DRAINING') return;
      expect(world.running.version).toBe(expected[last.outcome]);
      const onOldBoot = world.running.id === 'boot-1';
      if (onOldBoot) expect(last.outcome).toBe('Failed');
      // A boot of the old version after the update was taken back is no fallback.
      const wasTakenBack = world.acts.has('cancel');
      if (last.outcome === 'Failed') expect(onOldBoot || wasTakenBack).toBe(true);
      if (last.outcome === 'FellBack') expect(wasTakenBack).toBe(false);
    });
  });

  it('decideUndo() returns nothing that a late command reboots afterwards', () => {
    check((script) => {
      const { world, last, instance } = undo(script, () => {});
      if (last.kind !== 'return' || instance?.status !== 'DRAINING') return;
      if (script.reached !== 'rebooting') return;
      const { id } = world.running;
      expect(world.armed).toBe(false);
      world.pass(BOUND / 1000);
      expect(world.running.id).toBe(id);
    });
  });

  it('decideUndo() says Gone or Replaced only of what was terminated, Failed where its version made it so', () => {
    check((script) => {
      const { world, last, instance } = undo(script, () => {});
      if (instance !== undefined) expect(['Gone', 'Replaced']).not.toContain(last.outcome);
      else if (world.replacement === undefined) expect(['Gone', 'Failed']).toContain(last.outcome);
      else expect(['Replaced', 'NeedsAttention']).toContain(last.outcome);
    });
  });

  it('decideUndo() leaves drained only what needs a person', () => {
    check((script) => {
      const { world, last } = undo(script, () => {});
      const { instance } = world;
      if (instance?.status === 'DRAINING' && instance.owned) {
        expect(last.outcome).toBe('NeedsAttention');
      }
    });
  });

  it('decideUndo() brings a host back that fell back, rolled back or never rebooted, undisturbed', () => {
    check((given) => {
      const script: Script = {
        ...given,
        reached: 'rebooting',
        boot: given.boot === 'old' || given.boot === 'from' ? given.boot : 'to',
        agentAfterSeconds: { from: 30, to: null, third: null, dead: null },
        cancelWorks: true,
        upAfterSeconds: 0,
        rollBack: { afterSeconds: 600, into: 'from' },
        flip: { afterSeconds: 60, into: 'from' },
        ec2Reboot: { afterSeconds: 60, into: 'from' },
        failingCalls: given.failingCalls,
        lost: [],
        meddling: null,
        policy: { ...given.policy, onVerifyFailure: true, rebootDead: true },
      };
      const { world, last } = undo(script, () => {});
      expect(last.kind).toBe('return');
      expect(world.running.version).toBe(FROM);
      expect(last.outcome).not.toBe('NeedsAttention');
    });
  });
});
