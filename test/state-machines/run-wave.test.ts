// One wave: its path to each end, on the shipped definition.

import { describe, expect, it } from 'vitest';
import { HISTORY_EVENTS_MAX } from './history.ts';
import {
  returns,
  run,
  type Script,
  silence,
  succeeds,
  TRANSIENT_ERRORS,
  throws,
} from './machines.ts';

const input = {
  rolloutId: 'night',
  clusterArn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/prod',
  fence: 3,
  wave: 2,
};

function dispatched(verdict: string, reason = 'why', more: object = {}) {
  return returns({
    verdict,
    reason,
    open: 2,
    controlVersion: 5,
    news: 7,
    gatherSeconds: 0,
    waiting: [],
    ...more,
  });
}

const GOOD: Script = {
  'dispatch-container-instances': [
    dispatched('continue'),
    dispatched('continue', 'why', { open: 1, controlVersion: 6, news: 8 }),
    dispatched('done'),
  ],
  'await-progress': [succeeds({ reason: '1 ended' }, 400)],
  'bake-wave': [returns({ verdict: 'baked', reason: 'all gates green for 300 seconds' })],
};

function wave(over: Script = {}) {
  return run('run-wave', input, { ...GOOD, ...over });
}

const BEGIN = 'BeginHistory';
const DISPATCH = ['DispatchContainerInstances', 'WhatNext'];
const ROUND = [...DISPATCH, 'AwaitProgress', 'LetOthersEnd'];
const BAKE = ['BakeWave', 'IsBaked'];

describe('run-wave', () => {
  it('run-wave refills as instances end, bakes, and ends Succeeded', async () => {
    const ended = await wave();
    expect(ended.path).toEqual([BEGIN, ...ROUND, ...ROUND, ...DISPATCH, ...BAKE, 'Succeeded']);
    expect(ended.status).toBe('SUCCEEDED');
    expect(ended.output).toEqual({ verdict: 'baked', reason: 'all gates green for 300 seconds' });
  });

  it('run-wave tells the wait what the dispatcher saw', async () => {
    const ended = await wave();
    expect(ended.given('dispatch-container-instances')).toEqual([input, input, input]);
    expect(ended.given('await-progress')).toEqual([
      { ...input, token: expect.any(String), open: 2, controlVersion: 5, news: 7 },
      { ...input, token: expect.any(String), open: 1, controlVersion: 6, news: 8 },
    ]);
    expect(ended.given('bake-wave')).toEqual([input]);
  });

  it('run-wave lets more instances end when the dispatcher says so, and judges them together', async () => {
    const ended = await wave({
      'dispatch-container-instances': [
        dispatched('continue', 'why', { gatherSeconds: 10 }),
        dispatched('done'),
      ],
      'await-progress': [succeeds({ reason: 'i-1 ended' }, 400)],
    });
    expect(ended.path).toEqual([BEGIN, ...ROUND, ...DISPATCH, ...BAKE, 'Succeeded']);
    expect(ended.seconds).toBeGreaterThanOrEqual(410);
    expect(ended.seconds).toBeLessThan(415);
  });

  it('run-wave dispatches again at once when the dispatcher made room', async () => {
    const ended = await wave({
      'dispatch-container-instances': [dispatched('again'), dispatched('done')],
    });
    expect(ended.path).toEqual([BEGIN, ...DISPATCH, ...DISPATCH, ...BAKE, 'Succeeded']);
    expect(ended.seconds).toBeLessThan(5);
  });

  it('run-wave looks again by itself while places are left for hosts that download', async () => {
    const ended = await wave({
      'dispatch-container-instances': [
        dispatched('download', '1 of 3 ready', { lookAgainSeconds: 20 }),
        dispatched('download', '2 of 3 ready', { lookAgainSeconds: 5 }),
        dispatched('done'),
      ],
    });
    const look = [...DISPATCH, 'LetHostsDownload'];
    expect(ended.path).toEqual([BEGIN, ...look, ...look, ...DISPATCH, ...BAKE, 'Succeeded']);
    expect(ended.seconds).toBeGreaterThanOrEqual(25);
    expect(ended.seconds).toBeLessThan(30);
    expect(ended.given('await-progress')).toEqual([]);
  });

  it('run-wave ends Succeeded without a bake when the dispatcher halts, and says why', async () => {
    const ended = await wave({
      'dispatch-container-instances': [
        dispatched('continue'),
        dispatched('halt', 'aborted by ann'),
      ],
    });
    expect(ended.path).toEqual([BEGIN, ...ROUND, ...DISPATCH, 'Succeeded']);
    expect(ended.output).toEqual({ verdict: 'halt', reason: 'aborted by ann' });
    expect(ended.given('bake-wave')).toEqual([]);
  });

  it('run-wave bakes for as long as it is told to, to the second', async () => {
    const baking = (lookAgainSeconds: number) =>
      returns({ verdict: 'baking', reason: 'bakes', lookAgainSeconds });
    const ended = await wave({
      'dispatch-container-instances': [dispatched('done')],
      'bake-wave': [baking(60), baking(17), returns({ verdict: 'baked', reason: 'green' })],
    });
    expect(ended.path).toEqual([
      BEGIN,
      ...DISPATCH,
      ...[...BAKE, 'LetBake'],
      ...[...BAKE, 'LetBake'],
      ...BAKE,
      'Succeeded',
    ]);
    expect(ended.seconds).toBeGreaterThanOrEqual(77);
    expect(ended.seconds).toBeLessThan(80);
  });

  it('run-wave ends Succeeded with the verdict of a bake that failed', async () => {
    const ended = await wave({
      'dispatch-container-instances': [dispatched('done')],
      'bake-wave': [returns({ verdict: 'failed', reason: 'alarm errors is in ALARM' })],
    });
    expect(ended.path).toEqual([BEGIN, ...DISPATCH, ...BAKE, 'Succeeded']);
    expect(ended.output).toEqual({ verdict: 'failed', reason: 'alarm errors is in ALARM' });
  });
});

const WORK = [
  ['DispatchContainerInstances', 'dispatch-container-instances'],
  ['AwaitProgress', 'await-progress'],
  ['BakeWave', 'bake-wave'],
] as const;

describe('run-wave in trouble', () => {
  it.each(WORK)('run-wave ends FailedClean when %s finds the lease lost', async (state, file) => {
    const ended = await wave({ [file]: [throws('LeaseLost', 'rollout night-2 holds the lease')] });
    expect(ended.path.slice(-2)).toEqual([state, 'FailedClean']);
    expect(ended).toMatchObject({ status: 'FAILED', error: 'FailedClean' });
    expect(ended.cause).toContain('rollout night-2 holds the lease');
  });

  it.each(WORK)('run-wave ends FailedClean with the error when %s fails', async (state, file) => {
    const ended = await wave({ [file]: [throws('Broken', 'the table is gone')] });
    expect(ended.path.slice(-2)).toEqual([state, 'FailedClean']);
    expect(ended.given(file)).toHaveLength(1);
    expect(ended.cause).toMatch(/^Broken: .*the table is gone/);
  });

  it('run-wave looks again when nobody answers for an hour: the wait may have been lost', async () => {
    const ended = await wave({
      'await-progress': [silence(), succeeds({ reason: '1 ended' }, 400)],
    });
    const lost = [...DISPATCH, 'AwaitProgress'];
    expect(ended.path).toEqual([BEGIN, ...lost, ...ROUND, ...DISPATCH, ...BAKE, 'Succeeded']);
    expect(ended.seconds).toBeGreaterThanOrEqual(3600);
  });

  it.each(TRANSIENT_ERRORS)('run-wave tries every function again after %s', async (error) => {
    const script = Object.fromEntries(
      Object.entries(GOOD).map(([file, answers]) => [file, [throws(error), ...answers]]),
    );
    const ended = await wave(script);
    expect(ended.path).toEqual([BEGIN, ...ROUND, ...ROUND, ...DISPATCH, ...BAKE, 'Succeeded']);
  });
});

describe('run-wave and its history', () => {
  async function eventsOf(over: Script): Promise<number> {
    const { region, executionArn } = await wave(over);
    return region.events(executionArn).length;
  }

  const rounds = (count: number): Script => ({
    'dispatch-container-instances': [
      ...new Array(count).fill(dispatched('continue')),
      dispatched('done'),
    ],
    'await-progress': [succeeds({ reason: '1 ended' }, 1)],
  });

  it('run-wave hands over after 1,000 dispatches, without a bake, before its history is full', async () => {
    const ended = await wave(rounds(1000));
    expect(ended.status).toBe('SUCCEEDED');
    expect(ended.output).toEqual({ verdict: 'hand-over', reason: 'dispatched 1000 times' });
    expect(ended.path.slice(-3)).toEqual([...DISPATCH, 'Succeeded']);
    expect(ended.given('bake-wave')).toEqual([]);
  });

  it.each(['done', 'halt'])('run-wave that is over by then says %s itself', async (verdict) => {
    const script = rounds(999);
    const ended = await wave({
      ...script,
      'dispatch-container-instances': [
        ...script['dispatch-container-instances']!.slice(0, 999),
        dispatched(verdict),
      ],
    });
    expect(ended.path.at(-1)).toBe('Succeeded');
    expect(ended.output).toMatchObject({ verdict: verdict === 'done' ? 'baked' : 'halt' });
  });

  it('run-wave has room for a retry in each of its looks and for a bake of two days', async () => {
    const retried = (count: number): Script => ({
      ...rounds(count),
      'dispatch-container-instances': rounds(count)['dispatch-container-instances']!.flatMap(
        (answer) => [throws('Lambda.Unknown'), answer],
      ),
    });
    const baking = (count: number): Script => ({
      'bake-wave': [
        ...new Array(count).fill(
          returns({ verdict: 'baking', reason: 'why', lookAgainSeconds: 1 }),
        ),
        returns({ verdict: 'baked', reason: 'why' }),
      ],
    });
    const perRound = (await eventsOf(retried(2))) - (await eventsOf(retried(1)));
    const perBakeLook = (await eventsOf(baking(2))) - (await eventsOf(baking(1)));
    // A look every ten minutes; a gate that closes may make it begin again.
    const bakeLooks = 2 * ((2 * 86_400) / 600);
    expect(perRound).toBe(18);
    expect(perRound * 1000 + perBakeLook * bakeLooks).toBeLessThan(HISTORY_EVENTS_MAX);
  });
});
