// How long an undo waits: from when, and until when.

import { describe, expect, it } from 'vitest';
import {
  agentDueAt,
  harmlessAt,
  hostDueAt,
  undoSecondsMax,
  wasSentBack,
} from '../../../functions/core/undo-patience.ts';
import { MINUTE, NOW, SECOND } from './samples.ts';
import { factsOf } from './samples-undo.ts';

const BEGAN_AT = NOW - 60 * MINUTE;

describe('undoSecondsMax()', () => {
  it('undoSecondsMax() has room for one way back more where the admin container is allowed', () => {
    expect(undoSecondsMax({ allowAdminContainer: false })).toBe(4500);
    expect(undoSecondsMax({ allowAdminContainer: true })).toBe(5100);
  });
});

describe('wasSentBack()', () => {
  it.each([
    [{}, false],
    [{ 'ask-host': NOW, 'reboot-host': NOW, cancel: NOW }, false],
    [{ 'roll-back': NOW }, true],
    [{ 'flip-partitions': NOW }, true],
  ])('wasSentBack() after %j is %s', (done, expected) => {
    expect(wasSentBack(factsOf({ done }))).toBe(expected);
  });
});

describe('hostDueAt()', () => {
  it.each([
    ['nothing', {}, BEGAN_AT + 15 * MINUTE],
    ['an EC2 reboot', { 'reboot-host': NOW }, NOW + 15 * MINUTE],
    ['a rollback', { 'roll-back': NOW }, NOW + 25 * MINUTE],
    ['a flip', { 'flip-partitions': NOW }, NOW + 10 * MINUTE],
    ['both', { 'flip-partitions': NOW, 'roll-back': BEGAN_AT }, NOW + 10 * MINUTE],
  ])('hostDueAt() after %s', (_, done, dueAt) => {
    expect(hostDueAt(factsOf({ beganAt: BEGAN_AT, done }))).toBe(dueAt);
  });
});

describe('agentDueAt()', () => {
  it.each([
    ['VerifyTimedOut', {}, BEGAN_AT + 10 * MINUTE],
    ['RebootTimedOut', {}, BEGAN_AT + 25 * MINUTE],
    ['VerifyTimedOut', { 'roll-back': NOW }, NOW + 35 * MINUTE],
    ['VerifyTimedOut', { 'reboot-host': NOW }, NOW + 25 * MINUTE],
  ])('agentDueAt() after %s and %j', (error, done, dueAt) => {
    const facts = factsOf({ beganAt: BEGAN_AT, done, cause: { error, reason: 'why' } });
    expect(agentDueAt(facts)).toBe(dueAt);
  });
});

describe('agentDueAt() of an agent that comes and goes', () => {
  it('agentDueAt() counts from when it went away, but never from earlier than otherwise', () => {
    const facts = factsOf({ beganAt: BEGAN_AT });
    expect(agentDueAt({ ...facts, agentAwaySinceAt: NOW })).toBe(NOW + 10 * MINUTE);
    const earlier = { ...facts, agentAwaySinceAt: BEGAN_AT - MINUTE };
    expect(agentDueAt(earlier)).toBe(agentDueAt(facts));
  });
});

describe('harmlessAt()', () => {
  it('harmlessAt() counts the reboot command on the old boot only, with the clocks’ difference', () => {
    const facts = factsOf({ notAfterAt: NOW });
    expect(harmlessAt(facts, true)).toBe(NOW + 120 * SECOND);
    expect(harmlessAt(facts, false)).toBe(Number.NEGATIVE_INFINITY);
  });

  it('harmlessAt() counts an EC2 reboot on every boot', () => {
    const facts = factsOf({ notAfterAt: NOW - 60 * MINUTE, done: { 'reboot-host': NOW } });
    for (const onOldBoot of [true, false]) {
      expect(harmlessAt(facts, onOldBoot)).toBe(NOW + 5 * MINUTE);
    }
  });
});
