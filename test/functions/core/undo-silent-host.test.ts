// The undo of a host that has not answered yet, never does, or answers what nobody understands.

import { describe, expect, it } from 'vitest';
import type { HostFacts } from '../../../functions/core/undo-facts.ts';
import { MINUTE, NOW } from './samples.ts';
import { BOOTED, disconnected, drained, SILENT, step } from './samples-undo.ts';

describe('decideUndo() asking the host', () => {
  it('decideUndo() asks first: only the host knows what it booted', () => {
    expect(step({})).toEqual({
      kind: 'act',
      action: 'ask-host',
      reason: 'only the host knows what it booted',
    });
  });

  it('decideUndo() waits for the answer', () => {
    expect(step({ host: { kind: 'asked', sentAt: NOW } })).toEqual({
      kind: 'wait',
      seconds: 20,
      reason: 'the host has not answered yet',
    });
  });

  it('decideUndo() asks a silent host again for a quarter of an hour', () => {
    const beganAt = NOW - 15 * MINUTE;
    expect(step({ host: SILENT, beganAt: beganAt + 1 })).toEqual({
      kind: 'act',
      action: 'ask-host',
      reason: 'it did not answer (no answer from its SSM agent); asked again',
    });
    expect(step({ host: SILENT, beganAt })).toEqual({
      kind: 'act',
      action: 'reboot-host',
      reason: 'it never came back; one EC2 reboot lets an image that did not boot fall back',
    });
  });

  it('decideUndo() gives a host up that is silent for as long after its EC2 reboot', () => {
    const facts = { host: SILENT, beganAt: NOW - 60 * MINUTE };
    expect(step({ ...facts, done: { 'reboot-host': NOW - 15 * MINUTE + 1 } })).toMatchObject({
      action: 'ask-host',
    });
    expect(step({ ...facts, done: { 'reboot-host': NOW - 15 * MINUTE } })).toEqual({
      kind: 'over',
      outcome: 'NeedsAttention',
      reason:
        'it never came back after its reboot (no answer from its SSM agent); left drained: replace it',
    });
  });

  it('decideUndo() gives a silent host up at once where the policy allows no EC2 reboot', () => {
    const policy = { onVerifyFailure: true, rebootDead: false };
    const facts = { host: SILENT, policy };
    expect(step({ ...facts, beganAt: NOW - 15 * MINUTE })).toMatchObject({
      kind: 'over',
      outcome: 'NeedsAttention',
    });
    expect(step({ ...facts, beganAt: NOW - 15 * MINUTE + 1 })).toMatchObject({ kind: 'act' });
  });

  it('decideUndo() does not reboot a host that is silent because it is being rolled back', () => {
    const facts = { host: SILENT, beganAt: NOW - 60 * MINUTE };
    expect(step({ ...facts, done: { 'roll-back': NOW - 25 * MINUTE + 1 } })).toMatchObject({
      action: 'ask-host',
    });
    expect(step({ ...facts, done: { 'roll-back': NOW - 25 * MINUTE } })).toMatchObject({
      action: 'reboot-host',
    });
  });
});

describe('decideUndo() of a host that answers what nobody understands', () => {
  const GARBAGE: HostFacts = { kind: 'unclear', reason: 'no report in the output' };

  it('decideUndo() asks it again for a quarter of an hour, and then a person', () => {
    const beganAt = NOW - 15 * MINUTE;
    expect(step({ host: GARBAGE, beganAt: beganAt + 1 })).toEqual({
      kind: 'act',
      action: 'ask-host',
      reason: 'it answers, but cannot be understood (no report in the output); asked again',
    });
    expect(step({ host: GARBAGE, beganAt })).toEqual({
      kind: 'over',
      outcome: 'NeedsAttention',
      reason:
        'it answers, but nothing that can be understood (no report in the output); left drained',
    });
  });

  it('decideUndo() neither reboots nor replaces it, not even when it falls silent', () => {
    const policy = { onVerifyFailure: true, rebootDead: true, replaceDead: true };
    const facts = { policy, unclearAt: NOW - 10 * MINUTE };
    for (const host of [GARBAGE, SILENT]) {
      expect(step({ ...facts, host, beganAt: NOW - 14 * MINUTE })).toMatchObject({
        action: 'ask-host',
      });
      expect(step({ ...facts, host, beganAt: NOW - 60 * MINUTE })).toMatchObject({
        kind: 'over',
        outcome: 'NeedsAttention',
      });
    }
  });
});

describe('decideUndo() of a host that never came back, where the policy has it replaced', () => {
  const policy = { onVerifyFailure: true, rebootDead: false, replaceDead: true };
  const dead = { host: SILENT, beganAt: NOW - 15 * MINUTE, policy };
  const replacement = { beganAt: NOW - MINUTE, autoScalingGroupName: 'prod-x86_64' };

  it('decideUndo() has its Auto Scaling group replace it', () => {
    expect(step(dead)).toEqual({
      kind: 'act',
      action: 'replace-host',
      reason: 'it never came back: its Auto Scaling group is to replace it',
    });
  });

  it('decideUndo() tries one EC2 reboot first, where the policy allows it', () => {
    const both = { ...dead, policy: { ...policy, rebootDead: true } };
    expect(step(both)).toMatchObject({ action: 'reboot-host' });
    const done = { 'reboot-host': NOW - 15 * MINUTE };
    expect(step({ ...both, done })).toMatchObject({ action: 'replace-host' });
  });

  it('decideUndo() replaces nothing that serves', () => {
    const instance = { ...disconnected, status: 'ACTIVE' };
    expect(step({ ...dead, instance })).toMatchObject({ kind: 'over', outcome: 'NeedsAttention' });
  });

  it('decideUndo() goes on with a replacement that was begun, whatever the host says', () => {
    expect(step({ ...dead, host: BOOTED, replacement })).toMatchObject({ action: 'replace-host' });
    const joined = { ...replacement, joined: 'i-new' };
    expect(step({ ...dead, replacement: joined, instance: undefined })).toMatchObject({
      kind: 'over',
      outcome: 'Replaced',
    });
  });

  it('decideUndo() stops the replacement of what somebody else has put into service', () => {
    const instance = { ...drained, status: 'ACTIVE' };
    expect(step({ ...dead, replacement, instance })).toMatchObject({
      kind: 'return',
      outcome: 'Yielded',
    });
  });
});
