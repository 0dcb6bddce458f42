// Drains: the arithmetic of minimum and maximum, what rules one out, and when it has ended.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  drainImpossible,
  drainRuledOut,
  isStandalone,
  judgeDrain,
} from '../../../functions/core/drain.ts';
import { byName, MINUTE, NOW, PROPERTY, policyOf, serviceOf, taskOf, tasksOf } from './samples.ts';

describe('drainImpossible()', () => {
  it.each([
    ['desired 4, min 50: two may stop first', 4, 50, 100, true],
    ['desired 4, max 200: four may start first', 4, 100, 200, true],
    ['the defaults of one task', 1, 100, 200, true],
    ['min 0 of one task', 1, 0, 100, true],
    ['75 % of 2 rounds up to 2', 2, 75, 100, false],
    ['50 % of 2 is 1', 2, 50, 100, true],
    ['50 % of 1 rounds up to 1', 1, 50, 100, false],
    ['99 % of 100 is 99', 100, 99, 100, true],
    ['125 % of 3 rounds down to 3', 3, 100, 125, false],
    ['125 % of 4 is 5', 4, 100, 125, true],
    ['134 % of 3 is 4', 3, 100, 134, true],
    ['133 % of 3 rounds down to 3', 3, 100, 133, false],
    ['min 100 and max 100', 10, 100, 100, false],
  ])('drainImpossible() with %s', (_, desiredCount, min, max, possible) => {
    const service = serviceOf({
      desiredCount,
      minimumHealthyPercent: min,
      maximumPercent: max,
    });
    expect(drainImpossible(service) === undefined).toBe(possible);
  });

  it('drainImpossible() says the numbers and what to change', () => {
    const service = serviceOf({
      serviceName: 'payments',
      desiredCount: 3,
      minimumHealthyPercent: 75,
      maximumPercent: 125,
    });
    expect(drainImpossible(service)).toBe(
      'service payments can never give up a task: it desires 3, minimumHealthyPercent 75 keeps 3 running and ' +
        'maximumPercent 125 allows 3; lower the first or raise the second',
    );
  });

  it('drainImpossible() holds nothing against daemons and services that desire nothing', () => {
    const stiff = { minimumHealthyPercent: 100, maximumPercent: 100 };
    expect(drainImpossible(serviceOf({ ...stiff, schedulingStrategy: 'DAEMON' }))).toBeUndefined();
    expect(drainImpossible(serviceOf({ ...stiff, desiredCount: 0 }))).toBeUndefined();
    expect(drainImpossible(serviceOf({ ...stiff, desiredCount: 1 }))).toBeDefined();
  });

  it('drainImpossible() agrees with a search of every sequence of stops and starts', () => {
    const cases = fc
      .record({
        desiredCount: fc.integer({ min: 1, max: 12 }),
        minimumHealthyPercent: fc.integer({ min: 0, max: 100 }),
        // ECS accepts no maximum below 100.
        maximumPercent: fc.integer({ min: 100, max: 250 }),
      })
      .chain((bounds) =>
        fc.record({
          bounds: fc.constant(bounds),
          onIt: fc.integer({ min: 1, max: bounds.desiredCount }),
        }),
      );
    fc.assert(
      fc.property(cases, ({ bounds, onIt }) => {
        const service = serviceOf(bounds);
        expect(drainImpossible(service) === undefined).toBe(canEmpty(bounds, onIt));
      }),
      { ...PROPERTY, numRuns: 2000 },
    );
  });
});

/** ECS as its documentation tells it: one task stops or one starts, and the running count stays within bounds. */
function canEmpty(
  bounds: { desiredCount: number; minimumHealthyPercent: number; maximumPercent: number },
  onIt: number,
): boolean {
  const { desiredCount, minimumHealthyPercent, maximumPercent } = bounds;
  const seen = new Set<string>();
  const queue = [{ old: onIt, elsewhere: desiredCount - onIt }];
  for (const { old, elsewhere } of queue) {
    if (old === 0) return true;
    if (seen.has(`${old} ${elsewhere}`)) continue;
    seen.add(`${old} ${elsewhere}`);
    const running = old + elsewhere;
    // In whole percent of a task, so that nothing is rounded here.
    if ((running - 1) * 100 >= desiredCount * minimumHealthyPercent) {
      queue.push({ old: old - 1, elsewhere });
    }
    const wanted = running < desiredCount + onIt;
    if (wanted && (running + 1) * 100 <= desiredCount * maximumPercent) {
      queue.push({ old, elsewhere: elsewhere + 1 });
    }
  }
  return false;
}

const web = serviceOf();
const stiff = serviceOf({
  serviceName: 'stiff',
  minimumHealthyPercent: 100,
  maximumPercent: 100,
});
const agent = serviceOf({ ...stiff, serviceName: 'agent', schedulingStrategy: 'DAEMON' });
const services = byName(web, stiff, agent);

function verdictOf(tasks: Parameters<typeof drainRuledOut>[0], drain: object = {}) {
  return drainRuledOut(tasks, services, policyOf({ drain }), NOW);
}

describe('drainRuledOut()', () => {
  it('drainRuledOut() lets service tasks and daemons be drained, and an empty one', () => {
    expect(verdictOf([taskOf(), taskOf({ serviceName: 'agent' })])).toBeUndefined();
    expect(verdictOf([])).toBeUndefined();
  });

  it('drainRuledOut() skips an instance with a standalone task', () => {
    expect(verdictOf([taskOf(), ...tasksOf(1, { serviceName: undefined })])).toEqual({
      outcome: 'Skipped',
      code: 'StandaloneTasks',
      reason: 'one standalone task on it would be lost (t1); a drain does not move them',
    });
  });

  it('drainRuledOut() names three standalone tasks and counts the others', () => {
    const reasonOf = (count: number) =>
      verdictOf(tasksOf(count, { serviceName: undefined }))?.reason;
    expect(reasonOf(3)).toBe(
      '3 standalone tasks on it would be lost (t1, t2, t3); a drain does not move them',
    );
    expect(reasonOf(4)).toContain('(t1, t2, t3 and 1 more)');
    expect(reasonOf(5)).toBe(
      '5 standalone tasks on it would be lost (t1, t2, t3 and 2 more); a drain does not move them',
    );
  });

  it('drainRuledOut() takes a task of an unknown service for a standalone one', () => {
    expect(verdictOf([taskOf({ serviceName: 'unknown' })])?.code).toBe('StandaloneTasks');
  });

  it.each(['wait', 'stop'])(
    'drainRuledOut() lets standalone tasks be when the policy says %s',
    (how) => {
      expect(
        verdictOf(tasksOf(2, { serviceName: undefined }), { standaloneTasks: how }),
      ).toBeUndefined();
    },
  );

  it.each(['STOPPED', 'DELETED'])(
    'drainRuledOut() does not mind tasks that are %s',
    (lastStatus) => {
      const over = { lastStatus, protectedUntilAt: NOW + MINUTE };
      expect(verdictOf([taskOf({ ...over, serviceName: undefined })])).toBeUndefined();
      expect(verdictOf([taskOf({ ...over, serviceName: 'stiff' })])).toBeUndefined();
    },
  );

  it('drainRuledOut() skips an instance with protected tasks until the last protection ends', () => {
    const [first, second] = tasksOf(2, { protectedUntilAt: NOW + 1 });
    const tasks = [{ ...first!, protectedUntilAt: NOW + 30 * MINUTE }, second!, taskOf()];
    expect(verdictOf(tasks)).toEqual({
      outcome: 'Skipped',
      code: 'ProtectedTasks',
      reason: '2 tasks on it protected until 2026-11-24T02:30:00Z (t1, t2)',
    });
  });

  it('drainRuledOut() does not mind a protection that has ended, or that the policy waits for', () => {
    expect(verdictOf([taskOf({ protectedUntilAt: NOW })])).toBeUndefined();
    expect(verdictOf([taskOf({ protectedUntilAt: NOW + 1 })])?.code).toBe('ProtectedTasks');
    expect(
      verdictOf([taskOf({ protectedUntilAt: NOW + 1 })], { protectedTasks: 'wait' }),
    ).toBeUndefined();
  });

  it('drainRuledOut() blocks an instance whose drain could never end', () => {
    expect(verdictOf([taskOf(), taskOf({ serviceName: 'stiff' })])).toEqual({
      outcome: 'Blocked',
      code: 'DrainImpossible',
      reason: drainImpossible(stiff),
    });
  });

  it('drainRuledOut() says standalone before protected before impossible', () => {
    const impossible = taskOf({ serviceName: 'stiff' });
    const guarded = taskOf({ protectedUntilAt: NOW + 1 });
    const alone = taskOf({ serviceName: undefined });
    expect(verdictOf([impossible, guarded, alone])?.code).toBe('StandaloneTasks');
    expect(verdictOf([impossible, guarded])?.code).toBe('ProtectedTasks');
  });
});

describe('isStandalone()', () => {
  it('isStandalone() is true without a service, or with one that is not known', () => {
    expect(isStandalone(taskOf(), services)).toBe(false);
    expect(isStandalone(taskOf({ serviceName: undefined }), services)).toBe(true);
    expect(isStandalone(taskOf({ serviceName: 'gone' }), services)).toBe(true);
  });
});

describe('judgeDrain()', () => {
  const facts = { daemons: ['logs'], now: NOW };
  const daemon = taskOf({ serviceName: 'logs', lastStatus: 'RUNNING' });
  const idOf = ({ taskArn }: { taskArn: string }) => taskArn.slice(taskArn.lastIndexOf('/') + 1);

  it('judgeDrain() has ended when every task has stopped, or none was there', () => {
    expect(judgeDrain([], facts)).toEqual({ kind: 'drained' });
    const over = [taskOf({ lastStatus: 'STOPPED' }), taskOf({ lastStatus: 'DELETED' })];
    expect(judgeDrain(over, facts)).toEqual({ kind: 'drained' });
  });

  it.each([
    'PROVISIONING',
    'PENDING',
    'ACTIVATING',
    'RUNNING',
    'DEACTIVATING',
    'STOPPING',
    'DEPROVISIONING',
  ])('judgeDrain() waits for a task that is %s, and names it', (lastStatus) => {
    const task = taskOf({ lastStatus });
    expect(judgeDrain([task, taskOf({ lastStatus: 'STOPPED' })], facts)).toEqual({
      kind: 'draining',
      reason: `one task left: web ${lastStatus} (${idOf(task)})`,
      daemonsAlone: false,
    });
  });

  it('judgeDrain() counts what is left by service and status', () => {
    const tasks = [
      ...tasksOf(4, { lastStatus: 'STOPPING' }),
      taskOf({ serviceName: undefined }),
      taskOf(),
      taskOf({ lastStatus: 'STOPPED' }),
    ];
    const verdict = judgeDrain(tasks, facts);
    expect(verdict).toMatchObject({ kind: 'draining', daemonsAlone: false });
    const { reason } = verdict as { reason: string };
    expect(reason).toMatch(
      /^6 tasks left: 4 × web STOPPING \(.* and 1 more\), standalone RUNNING \(.*\), web RUNNING \(.*\)$/,
    );
  });

  it('judgeDrain() says which are protected, and until when', () => {
    const guarded = taskOf({ protectedUntilAt: NOW + MINUTE });
    const free = taskOf({ protectedUntilAt: NOW });
    expect(judgeDrain([guarded, free], facts)).toMatchObject({
      reason:
        `2 tasks left: web RUNNING, protected until 2026-11-24T02:01:00Z (${idOf(guarded)}), ` +
        `web RUNNING (${idOf(free)})`,
    });
  });

  it('judgeDrain() waits two minutes for daemons that are left alone', () => {
    for (const since of [undefined, NOW, NOW - 2 * MINUTE + 1]) {
      expect(judgeDrain([daemon], { ...facts, daemonsAloneSinceAt: since })).toMatchObject({
        kind: 'draining',
        daemonsAlone: true,
      });
    }
    const late = { ...facts, daemonsAloneSinceAt: NOW - 2 * MINUTE };
    expect(judgeDrain([daemon], late)).toEqual({ kind: 'drained' });
    // Whatever else is there was not there when they were alone.
    expect(judgeDrain([daemon, taskOf()], late)).toMatchObject({ kind: 'draining' });
    expect(judgeDrain([taskOf({ serviceName: undefined })], late)).toMatchObject({
      daemonsAlone: false,
    });
  });
});
