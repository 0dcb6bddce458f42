// What an undo may find: the facts, and what hosts answer, that the tests of the undo share.

import { decideUndo, type UndoStep } from '../../../functions/core/undo.ts';
import type { HostFacts, UndoFacts } from '../../../functions/core/undo-facts.ts';
import { MINUTE, NOW } from './samples.ts';

export const VERIFY = { error: 'VerifyTimedOut', reason: 'its ECS agent is not connected' };
export const drained = { status: 'DRAINING', owned: true, agentConnected: true };
export const disconnected = { ...drained, agentConnected: false };

/** Rebooting long ago, the undo just begun, the host not asked yet. */
export function factsOf(over: Partial<UndoFacts> = {}): UndoFacts {
  return {
    now: NOW,
    ec2InstanceId: 'i-0a',
    cause: VERIFY,
    reached: 'rebooting',
    instance: drained,
    host: { kind: 'not-asked' },
    bootIdBefore: 'boot-1',
    fromVersion: '1.64.0',
    toVersion: '1.65.0',
    notAfterAt: NOW - 60 * MINUTE,
    beganAt: NOW,
    done: {},
    policy: { onVerifyFailure: true, rebootDead: true, replaceDead: false },
    ...over,
  };
}

export function answered(
  bootId: string,
  version: string,
  updateState: string | null = 'Idle',
): HostFacts {
  return { kind: 'answered', bootId, version, updateState };
}

export const BOOTED = answered('boot-2', '1.65.0');
export const SILENT: HostFacts = { kind: 'silent', reason: 'no answer from its SSM agent' };

export function step(over: Partial<UndoFacts>): UndoStep {
  return decideUndo(factsOf(over));
}
