// Bakes: which gates are closed, and when a wave has been watched for long enough.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BakeState, closedGates, judgeBake } from '../../../functions/core/bake.ts';
import { HOUR, NOW, PROPERTY, SECOND } from './samples.ts';

describe('closedGates()', () => {
  const service = (running: number, desired: number, runningAtPlan: number) => ({
    serviceName: 'web',
    running,
    desired,
    runningAtPlan,
  });
  const closed = (...services: ReturnType<typeof service>[]) =>
    closedGates({ services, alarms: [] });

  it('closedGates() is empty when nothing is watched or all is well', () => {
    expect(closed()).toEqual([]);
    expect(closedGates({ services: [], alarms: [{ name: 'a', state: 'OK' }] })).toEqual([]);
  });

  it.each([
    ['as desired', 4, 4, 4, true],
    ['one short', 3, 4, 4, false],
    ['as short as before the rollout', 3, 4, 3, true],
    ['shorter than before the rollout', 2, 4, 3, false],
    ['scaled in meanwhile', 2, 2, 4, true],
    ['scaled in meanwhile and short', 1, 2, 4, false],
    ['scaled out meanwhile and still as many as before', 4, 9, 4, true],
    ['none desired', 0, 0, 4, true],
  ])('closedGates() with a service that runs %s', (_, running, desired, atPlan, green) => {
    expect(closed(service(running, desired, atPlan))).toEqual(
      green ? [] : [`service web runs ${running} of ${desired} desired tasks`],
    );
  });

  it.each([
    ['ALARM', 'alarm errors is in ALARM'],
    ['INSUFFICIENT_DATA', 'alarm errors is INSUFFICIENT_DATA, which counts as closed'],
    ['UNKNOWN (AccessDenied)', 'alarm errors is UNKNOWN (AccessDenied), which counts as closed'],
    ['', 'alarm errors is , which counts as closed'],
  ])('closedGates() with an alarm in %j', (state, reason) => {
    expect(closedGates({ services: [], alarms: [{ name: 'errors', state }] })).toEqual([reason]);
  });

  it('closedGates() lists alarms before services', () => {
    const alarms = [
      { name: 'a', state: 'ALARM' },
      { name: 'b', state: 'OK' },
      { name: 'c', state: 'ALARM' },
    ];
    expect(closedGates({ services: [service(1, 2, 2)], alarms })).toEqual([
      'alarm a is in ALARM',
      'alarm c is in ALARM',
      'service web runs 1 of 2 desired tasks',
    ]);
  });
});

describe('judgeBake() with green gates', () => {
  const state = { startedAt: NOW };

  it('judgeBake() bakes for exactly the bake time', () => {
    expect(judgeBake(state, [], 300, NOW + 300 * SECOND - 1)).toEqual({
      kind: 'baking',
      reason: 'bakes until 2026-11-24T02:05:00Z',
      lookAgainSeconds: 1,
    });
    expect(judgeBake(state, [], 300, NOW + 300 * SECOND)).toEqual({
      kind: 'baked',
      reason: 'all gates green for 300 seconds',
    });
  });

  it('judgeBake() looks in the middle and at the very end of a short bake', () => {
    const lookAt = (now: number) => judgeBake(state, [], 300, now);
    expect(lookAt(NOW)).toMatchObject({ lookAgainSeconds: 150 });
    expect(lookAt(NOW + 150 * SECOND)).toMatchObject({ lookAgainSeconds: 150 });
    expect(lookAt(NOW + 151 * SECOND)).toMatchObject({ lookAgainSeconds: 149 });
    expect(lookAt(NOW + 299_500)).toMatchObject({ lookAgainSeconds: 1 });
  });

  it.each([
    [1, 60],
    [120, 60],
    [121, 61],
    [1199, 600],
    [1200, 600],
    [172_800, 600],
  ])('judgeBake() of %i seconds looks at a closed gate again after %i', (bakeTime, seconds) => {
    expect(judgeBake(state, ['x'], bakeTime, NOW)).toMatchObject({ lookAgainSeconds: seconds });
    expect(judgeBake(state, [], bakeTime, NOW)).toMatchObject({
      lookAgainSeconds: Math.min(bakeTime, seconds),
    });
  });

  it('judgeBake() is over at once without a bake time', () => {
    expect(judgeBake(state, [], 0, NOW)).toEqual({
      kind: 'baked',
      reason: 'all gates green for 0 seconds',
    });
  });

  it('judgeBake() counts from the last closed gate', () => {
    const shaken = { startedAt: NOW, lastClosedAt: NOW + 100 * SECOND };
    expect(judgeBake(shaken, [], 300, NOW + 300 * SECOND)).toEqual({
      kind: 'baking',
      reason: 'bakes until 2026-11-24T02:06:40Z',
      lookAgainSeconds: 100,
      lastClosedAt: NOW + 100 * SECOND,
    });
    expect(judgeBake(shaken, [], 300, NOW + 400 * SECOND).kind).toBe('baked');
  });
});

describe('judgeBake() with closed gates', () => {
  it('judgeBake() starts again when a gate is closed, and says which', () => {
    const now = NOW + 100 * SECOND;
    expect(judgeBake({ startedAt: NOW }, ['alarm a is in ALARM', 'b'], 300, now)).toEqual({
      kind: 'baking',
      reason: 'alarm a is in ALARM; b',
      lookAgainSeconds: 150,
      lastClosedAt: now,
    });
  });

  it('judgeBake() does not finish at the end of its time when a gate is closed just then', () => {
    expect(judgeBake({ startedAt: NOW }, ['b'], 300, NOW + 300 * SECOND).kind).toBe('baking');
  });

  it('judgeBake() fails when gates are closed half an hour after the bake time, not before', () => {
    const closed = ['alarm a is in ALARM', 'service web runs 1 of 2 desired tasks'];
    const at = (seconds: number) =>
      judgeBake({ startedAt: NOW }, closed, 300, NOW + seconds * SECOND);
    expect(at(2100).kind).toBe('baking');
    expect(at(2101)).toEqual({
      kind: 'failed',
      reason:
        'gates still closed after 35 minutes: alarm a is in ALARM; service web runs 1 of 2 desired tasks',
    });
  });
});

describe('judgeBake() over time', () => {
  it('judgeBake() ends, and never with a gate that was closed within the bake time', () => {
    const closedLooks = fc.array(fc.boolean(), { maxLength: 200 });
    fc.assert(
      fc.property(closedLooks, fc.integer({ min: 0, max: 4 * 3600 }), (closedAtLook, bakeTime) => {
        let now = NOW;
        let state: BakeState = { startedAt: NOW };
        let lastClosedAt: number | undefined;
        for (let look = 0; ; look++) {
          const closed = closedAtLook[look] ?? false;
          if (closed) lastClosedAt = now;
          const verdict = judgeBake(state, closed ? ['gate'] : [], bakeTime, now);
          if (verdict.kind === 'baked') {
            expect(closed).toBe(false);
            expect(now - (lastClosedAt ?? NOW)).toBeGreaterThanOrEqual(bakeTime * SECOND);
            return;
          }
          if (verdict.kind === 'failed') {
            expect(closed).toBe(true);
            return;
          }
          expect(verdict.lookAgainSeconds).toBeGreaterThan(0);
          expect(now - NOW).toBeLessThan(2 * bakeTime * SECOND + HOUR);
          state = { startedAt: state.startedAt, lastClosedAt: verdict.lastClosedAt };
          now += verdict.lookAgainSeconds * SECOND;
        }
      }),
      PROPERTY,
    );
  });
});
