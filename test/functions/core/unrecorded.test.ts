// Tests what becomes of a container instance whose mark is all that is left of its rollout.

import { describe, expect, it } from 'vitest';
import { decideUnrecorded, type UnrecordedFacts } from '../../../functions/core/unrecorded.ts';

const NOW = Date.UTC(2026, 10, 24, 4);
const MINUTE = 60_000;
const OLD_BOOT = 'c6d2a8a8-260a-4627-8e18-7376e03cdd91';
const NEW_BOOT = '0b1d3f5a-8f30-4a0b-9a54-04c5a57c1d11';

const drained: UnrecordedFacts = {
  now: NOW,
  rolloutId: 'night-7',
  status: 'DRAINING',
  agentConnected: true,
  obsolete: undefined,
  wayBack: {
    attempt: 1,
    fromVersion: '1.64.0',
    toVersion: '1.65.0',
    bootIdBefore: OLD_BOOT,
    saved: { versionLock: 'latest', ignoreWaves: false },
    protectedByUs: false,
  },
  execution: { running: false, endedAt: NOW - 20 * MINUTE },
  rebootsUntilAt: undefined,
  cancelledAt: undefined,
  host: { kind: 'not-asked' },
  askedAt: undefined,
  expectedVersion: undefined,
};

function answered(over: Partial<Extract<UnrecordedFacts['host'], { kind: 'answered' }>> = {}) {
  const host = {
    kind: 'answered' as const,
    bootId: OLD_BOOT,
    version: '1.64.0',
    updateState: 'Staged',
    restored: true,
    ...over,
  };
  return { ...drained, host, askedAt: NOW - MINUTE, expectedVersion: host.version };
}

const kindOf = (facts: UnrecordedFacts) => decideUnrecorded(facts).kind;

describe('waits', () => {
  it.each<[string, Partial<UnrecordedFacts>]>([
    ['while its execution runs', { execution: { running: true } }],
    [
      'until that is over for six minutes',
      { execution: { running: false, endedAt: NOW - MINUTE } },
    ],
    ['until no reboot command can act any more', { rebootsUntilAt: NOW + 1 }],
    ['for the answer', { host: { kind: 'asked', sentAt: NOW }, askedAt: NOW - MINUTE }],
    ['with what is neither drained nor in service', { status: 'DEREGISTERING' }],
  ])('%s', (_, over) => {
    expect(kindOf({ ...drained, ...over })).toBe('wait');
  });
});

describe('asks the host', () => {
  it('first of all, and whether it is on the old version when no reboot was sent', () => {
    expect(decideUnrecorded(drained)).toMatchObject({ kind: 'ask-host', expectVersion: '1.64.0' });
    const rebooted = { ...drained, rebootsUntilAt: NOW - MINUTE };
    expect(decideUnrecorded(rebooted)).toMatchObject({ expectVersion: '1.65.0' });
  });

  it('again, when a reboot could have followed its answer, or it is long ago', () => {
    expect(kindOf({ ...answered(), rebootsUntilAt: NOW - 1 })).toBe('ask-host');
    expect(kindOf({ ...answered(), askedAt: NOW - 30 * MINUTE })).toBe('ask-host');
    expect(kindOf({ ...answered({ updateState: 'Ready' }), cancelledAt: NOW - 1 })).toBe(
      'ask-host',
    );
  });

  it('again, to have it put its settings back on the version that it runs', () => {
    const other = { ...answered({ version: '1.65.0', bootId: NEW_BOOT, restored: false }) };
    expect(decideUnrecorded({ ...other, expectedVersion: '1.64.0' })).toMatchObject({
      kind: 'ask-host',
      expectVersion: '1.65.0',
    });
  });

  it('an execution that Step Functions has forgotten is over', () => {
    expect(kindOf({ ...drained, execution: { running: false } })).toBe('ask-host');
  });
});

describe('brings back', () => {
  it.each(['1.64.0', '1.65.0'])('on %s, with its agent connected', (version) => {
    const step = decideUnrecorded(answered({ version, bootId: NEW_BOOT }));
    expect(step.kind).toBe('return');
    expect(step.reason).toBe(
      `nothing is recorded of rollout night-7, whose mark it carries; it has rebooted since, runs ${version} and its ECS agent is connected`,
    );
  });

  it('on the boot that was drained', () => {
    const step = decideUnrecorded(answered());
    expect(step).toMatchObject({ kind: 'return' });
    expect(step.reason).toContain('it was not rebooted');
  });

  it('and says when its settings could not be put back', () => {
    expect(decideUnrecorded(answered({ restored: false })).reason).toContain(
      'its update settings could not be put back',
    );
  });

  it('only takes the mark off what is in service', () => {
    expect(kindOf({ ...drained, status: 'ACTIVE' })).toBe('let-go');
  });

  it('takes back an active update first, once', () => {
    expect(kindOf(answered({ updateState: 'Ready' }))).toBe('cancel');
  });

  it.each(['terminated', 'registered-anew'] as const)('deregisters what is %s', (obsolete) => {
    expect(kindOf({ ...drained, obsolete, agentConnected: false })).toBe('deregister');
  });
});

describe('leaves drained, and says so', () => {
  it.each<[string, UnrecordedFacts]>([
    ['does not say how it was', { ...drained, wayBack: undefined }],
    ['neither 1.64.0 nor 1.65.0', answered({ version: '1.66.0', bootId: NEW_BOOT })],
    ['agent is not connected', { ...answered(), agentConnected: false }],
    ['does not answer (lost)', { ...answered(), host: { kind: 'silent', reason: 'lost' } }],
    [
      'cannot be understood (no output)',
      { ...answered(), host: { kind: 'unclear', reason: 'no output' } },
    ],
    [
      'cannot be taken back',
      { ...answered({ updateState: 'Ready' }), cancelledAt: NOW - 2 * MINUTE },
    ],
  ])('%s', (words, facts) => {
    const step = decideUnrecorded(facts);
    expect(step.kind).toBe('stranded');
    expect(step.reason).toContain(words);
    expect(step.reason).toContain('left drained');
  });

  it('and asks again every ten minutes', () => {
    const silent = { ...answered(), host: { kind: 'silent' as const, reason: 'lost' } };
    expect(decideUnrecorded(silent)).toMatchObject({ askAgain: false });
    expect(decideUnrecorded({ ...silent, askedAt: NOW - 9 * MINUTE })).toMatchObject({
      askAgain: true,
    });
  });
});

const why = 'nothing is recorded of rollout night-7, whose mark it carries';

describe('says why', () => {
  it.each<[UnrecordedFacts, string]>([
    [{ ...drained, execution: { running: true } }, 'its execution has not ended yet'],
    [
      { ...drained, execution: { running: false, endedAt: NOW - MINUTE } },
      'something may still happen to it until 2026-11-24T04:05:00Z',
    ],
    [{ ...drained, status: 'DEREGISTERING' }, 'it is DEREGISTERING'],
    [{ ...drained, status: 'ACTIVE' }, `${why}; it is in service`],
    [{ ...drained, obsolete: 'terminated' }, `${why}; its EC2 instance was terminated`],
    [{ ...drained, obsolete: 'registered-anew' }, `${why}; its ECS agent registered it anew`],
    [drained, `${why}; its host is asked what it runs`],
    [{ ...answered(), host: { kind: 'not-asked' } }, 'its host has not answered yet'],
    [
      answered({ updateState: 'Ready' }),
      `${why}; the update is active on it, so any reboot would boot it: taken back first`,
    ],
    [
      { ...answered({ restored: false }), expectedVersion: '1.65.0' },
      `${why}; it runs 1.64.0, its update settings are put back first`,
    ],
  ])('of %j: %s', (facts, reason) => {
    expect(decideUnrecorded(facts).reason).toBe(reason);
  });
});

describe('to the moment', () => {
  it('waits until six minutes after the end, that moment included', () => {
    const at = (endedAt: number) => kindOf({ ...drained, execution: { running: false, endedAt } });
    expect([at(NOW - 6 * MINUTE), at(NOW - 6 * MINUTE - 1)]).toEqual(['wait', 'ask-host']);
  });

  it('trusts an answer to a question from after that moment, for less than 25 minutes', () => {
    const quietAt = NOW - 14 * MINUTE;
    expect(kindOf({ ...answered(), askedAt: quietAt })).toBe('ask-host');
    expect(kindOf({ ...answered(), askedAt: quietAt + 1 })).toBe('return');
    const long = { ...answered(), execution: { running: false, endedAt: NOW - 60 * MINUTE } };
    expect(kindOf({ ...long, askedAt: NOW - 25 * MINUTE })).toBe('ask-host');
    expect(kindOf({ ...long, askedAt: NOW - 25 * MINUTE + 1 })).toBe('return');
  });
});

describe('a mark that says only half', () => {
  const { wayBack } = drained;

  it.each(['fromVersion', 'toVersion', 'bootIdBefore'] as const)(
    'leaves drained without %s',
    (name) => {
      const half = { ...wayBack!, [name]: undefined };
      expect(decideUnrecorded({ ...answered(), wayBack: half })).toEqual({
        kind: 'stranded',
        askAgain: false,
        reason: `${why}, and the mark does not say how it was; left drained`,
      });
    },
  );

  it('brings back what had no settings to put back, and says that they may be ours', () => {
    const unsaved = { ...wayBack!, saved: undefined };
    const step = decideUnrecorded({
      ...answered({ restored: false }),
      wayBack: unsaved,
      expectedVersion: '1.65.0',
    });
    expect(step.kind).toBe('return');
    expect(step.reason).toContain('its update settings could not be put back');
    const restored = decideUnrecorded({ ...answered(), wayBack: unsaved });
    expect(restored.reason).toContain('its update settings could not be put back');
  });
});
