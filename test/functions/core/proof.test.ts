// Proof: for how long a version ran on a cluster, and what a rollout's end says about it.

import { describe, expect, it } from 'vitest';
import type { Ending, Outcome } from '../../../functions/core/model.ts';
import {
  type Closed,
  judgeProofs,
  type KnownVersion,
  type Proof,
  provenHours,
  versionNow,
} from '../../../functions/core/proof.ts';
import { HOUR, NOW } from './samples.ts';

const STAGE = 'arn:aws:ecs:eu-west-1:111122223333:cluster/stage';
const OTHER = 'arn:aws:ecs:eu-west-1:111122223333:cluster/prod';

function knownOf(over: Partial<KnownVersion> = {}, proof?: Partial<Proof>): KnownVersion {
  const provenOn = proof ? [{ clusterArn: STAGE, sinceAt: NOW - 48 * HOUR, ...proof }] : [];
  return { version: '1.65.0', firstSeenAt: 0, provenOn, ...over };
}

describe('provenHours()', () => {
  it('provenHours() counts from when it began, by name or ARN', () => {
    for (const cluster of ['stage', STAGE]) {
      expect(provenHours(knownOf({}, {}), cluster, NOW)).toBe(48);
    }
  });

  it('provenHours() knows nothing of what never ran there', () => {
    expect(provenHours(undefined, 'stage', NOW)).toBeUndefined();
    expect(provenHours(knownOf(), 'stage', NOW)).toBeUndefined();
    expect(provenHours(knownOf({ provenOn: undefined }), 'stage', NOW)).toBeUndefined();
    expect(provenHours(knownOf({}, { clusterArn: OTHER }), 'stage', NOW)).toBeUndefined();
    expect(provenHours(knownOf({}, {}), 'tage', NOW)).toBeUndefined();
  });

  it('provenHours() counts no hour of what began just now', () => {
    expect(provenHours(knownOf({}, { sinceAt: NOW }), 'stage', NOW)).toBe(0);
  });

  it('provenHours() stops where the cluster moved on', () => {
    expect(provenHours(knownOf({}, { untilAt: NOW - 24 * HOUR }), 'stage', NOW)).toBe(24);
  });

  it('provenHours() is void in quarantine, and counts anew from its release', () => {
    const reason = { quarantinedReason: 'i-9 fell back' };
    expect(provenHours(knownOf(reason, {}), 'stage', NOW)).toBeUndefined();
    expect(provenHours(knownOf({ releasedAt: NOW - 3 * HOUR }, {}), 'stage', NOW)).toBe(3);
    const left = knownOf({ releasedAt: NOW - 3 * HOUR }, { untilAt: NOW - 10 * HOUR });
    expect(provenHours(left, 'stage', NOW)).toBeUndefined();
  });
});

function closed(outcome: Outcome, over: Partial<Closed> = {}): Closed {
  return { outcome, fromVersion: '1.64.0', toVersion: '1.65.0', ...over };
}

const back = { direction: 'back', fromVersion: '1.65.0', toVersion: '1.64.0' } as const;

describe('versionNow()', () => {
  it.each([
    ['Updated', {}, '1.65.0'],
    ['UpToDate', { toVersion: undefined }, '1.64.0'],
    ['Skipped', {}, '1.64.0'],
    ['NotStarted', {}, '1.64.0'],
    ['Failed', {}, '1.64.0'],
    ['FellBack', {}, '1.64.0'],
    ['RolledBack', {}, '1.64.0'],
    ['RolledBack', back, '1.64.0'],
    ['Failed', back, '1.65.0'],
    ['NotStarted', back, '1.65.0'],
    ['NeedsAttention', {}, undefined],
    ['NeedsAttention', { heardVersion: '1.66.0' }, '1.66.0'],
    ['Gone', { heardVersion: '1.66.0' }, undefined],
    ['Replaced', {}, undefined],
  ] as const)('versionNow() of %s with %j is %s', (outcome, over, version) => {
    expect(versionNow(closed(outcome, over))).toBe(version);
  });
});

function judged(
  instances: readonly Closed[],
  known: readonly KnownVersion[],
  ending: Ending = 'Succeeded',
) {
  return judgeProofs(STAGE, ending, instances, known).map(({ kind, version }) => [kind, version]);
}

describe('judgeProofs()', () => {
  it('judgeProofs() begins with the first success that leaves it on somebody', () => {
    const skipped = closed('Skipped');
    expect(judged([closed('Updated'), skipped], [knownOf()])).toEqual([['start', '1.65.0']]);
    const upToDate = closed('UpToDate', { fromVersion: '1.65.0', toVersion: undefined });
    expect(judged([upToDate], [knownOf()])).toEqual([['start', '1.65.0']]);
    expect(judged([skipped], [knownOf(), knownOf({ version: '1.64.0' })])).toEqual([]);
  });

  it.each(['Halted', 'FailedClean', 'FailedDirty'] as const)(
    'judgeProofs() begins nothing with %s',
    (ending) => {
      expect(judged([closed('Updated')], [knownOf()], ending)).toEqual([]);
    },
  );

  it('judgeProofs() begins nothing in quarantine, and nothing twice', () => {
    expect(judged([closed('Updated')], [knownOf({ quarantinedReason: 'why' })])).toEqual([]);
    expect(judged([closed('Updated')], [knownOf({}, {})])).toEqual([]);
  });

  it('judgeProofs() begins again where the cluster came back to it', () => {
    const left = knownOf({}, { untilAt: NOW });
    expect(judged([closed('Updated')], [left])).toEqual([['start', '1.65.0']]);
  });

  it('judgeProofs() ends what nobody runs any more, whatever the ending', () => {
    const old = knownOf({ version: '1.64.0' }, {});
    expect(judged([closed('Updated')], [old], 'Halted')).toEqual([['end', '1.64.0']]);
    expect(judged([closed('Updated'), closed('Skipped')], [old], 'Halted')).toEqual([]);
  });

  it('judgeProofs() ends nothing while somebody cannot tell what it runs', () => {
    const old = knownOf({ version: '1.64.0' }, {});
    expect(judged([closed('Updated'), closed('NeedsAttention')], [old], 'FailedDirty')).toEqual([]);
    expect(judged([closed('Gone')], [old])).toEqual([]);
    expect(judged([], [old])).toEqual([]);
  });

  it('judgeProofs() ends what only somebody ran who is gone', () => {
    const old = knownOf({ version: '1.64.0' }, {});
    expect(judged([closed('Updated'), closed('Gone')], [old])).toEqual([['end', '1.64.0']]);
  });

  it('judgeProofs() ends nothing that a newcomer may run, and blames the version that was replaced', () => {
    const known = [knownOf({ version: '1.63.0' }, {}), knownOf({}, {})];
    expect(judged([closed('Updated'), closed('Replaced')], known, 'FailedClean')).toEqual([
      ['withdraw', '1.65.0'],
    ]);
  });

  it('judgeProofs() changes nothing of what was shown elsewhere', () => {
    const elsewhere = { clusterArn: OTHER };
    const old = knownOf({ version: '1.64.0' }, elsewhere);
    expect(judged([closed('Updated')], [old])).toEqual([]);
    expect(judged([closed('Failed')], [knownOf({}, elsewhere)], 'FailedClean')).toEqual([]);
    const first = knownOf({ provenOn: undefined });
    for (const one of [first, knownOf({}, elsewhere)]) {
      expect(judged([closed('Updated')], [one])).toEqual([['start', '1.65.0']]);
    }
  });

  it.each(['Failed', 'FellBack', 'RolledBack', 'NeedsAttention'] as const)(
    'judgeProofs() withdraws what ended %s here',
    (outcome) => {
      const known = [knownOf({}, {}), knownOf({ version: '1.64.0' }, {})];
      expect(judged([closed(outcome), closed('Skipped')], known, 'FailedClean')).toEqual([
        ['withdraw', '1.65.0'],
      ]);
      expect(judged([closed(outcome)], [knownOf()], 'FailedClean')).toEqual([]);
    },
  );

  it('judgeProofs() withdraws the version that was left on the way back', () => {
    const known = [knownOf({}, {}), knownOf({ version: '1.64.0' }, {})];
    expect(judged([closed('RolledBack', back)], known, 'FailedClean')).toEqual([
      ['withdraw', '1.65.0'],
    ]);
  });
});
