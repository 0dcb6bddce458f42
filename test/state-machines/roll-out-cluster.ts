// What the functions of a good rollout answer, and the states that it goes through.

import type { JsonObject } from '../../simulator/kernel/service.ts';
import { type Answer, returns, run, type Script, succeeds } from './machines.ts';

const clusterArn = 'arn:aws:ecs:eu-west-1:111122223333:cluster/prod';
export const held = { rolloutId: 'night', clusterArn, fence: 7 };

export function opened(over: object = {}): Answer {
  return returns({
    verdict: 'opened',
    reason: 'holds the lease on cluster prod',
    ...held,
    approval: { required: false, timeoutSeconds: 3600 },
    planOnly: false,
    ...over,
  });
}

export function closed(verdict: string, reason = 'why'): Answer {
  return returns({ verdict, reason, counts: { Updated: 1 }, seconds: 30 });
}

/** As the function does it for a rollout without open instances: a halt halts, an error has failed. */
export const close: Answer = ({ because }) => {
  const { verdict, reason } = because as { verdict: string; reason: string };
  const ends: Readonly<Record<string, string>> = { halt: 'Halted', error: 'FailedClean' };
  return { verdict: ends[verdict] ?? 'Succeeded', reason, counts: {} };
};

/** The next wave, until there have been `waves`. */
export function evaluate(waves: number): Answer {
  return (payload: JsonObject) => {
    const { verdict, reason } = payload.result as { verdict: string; reason: string };
    const wave = Number(payload.wave);
    if (verdict !== 'baked') return { verdict: 'halt', reason, nextWave: wave + 1 };
    return { verdict: wave < waves ? 'next' : 'done', reason: `${wave} good`, nextWave: wave + 1 };
  };
}

export const GOOD: Script = {
  'open-rollout': [opened()],
  'discover-container-instances': [returns({ verdict: 'ask', reason: '3 of 4 are asked' })],
  'check-updates': [succeeds({ answered: 3, failed: 0 }, 20)],
  'plan-waves': [returns({ verdict: 'roll-out', waves: 1, chosen: 3, reason: '3 of 4' })],
  'await-approval': [succeeds({ verdict: 'approved', reason: 'approved by ann' }, 60)],
  'prepare-updates': [returns({ verdict: 'sent', reason: 'prepare sent in 1 commands' })],
  'dispatch-container-instances': [returns({ verdict: 'done', reason: 'over' })],
  'bake-wave': [returns({ verdict: 'baked', reason: 'green' })],
  'evaluate-wave': [evaluate(1)],
  'close-rollout': [close],
};

export function rollOut(over: Script = {}, name?: string) {
  return run('roll-out-cluster', { cluster: 'prod' }, { ...GOOD, ...over }, name);
}

export const OPENED = ['OpenRollout', 'IsOpened'];
export const DISCOVERED = [...OPENED, 'DiscoverContainerInstances', 'IsAnyAsked'];
export const PLANNED = [...DISCOVERED, 'CheckUpdates', 'PlanWaves', 'IsThereWork'];
export const PREPARED = [...PLANNED, 'PrepareUpdates'];
export const WAVE = ['RunWave', 'IsWaveOver', 'EvaluateWave', 'IsNextWave'];
export const CLOSED = ['CloseRollout', 'IsClosed'];
