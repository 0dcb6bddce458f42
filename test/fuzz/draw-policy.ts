// Draws a policy that a person could have written, from one stream of chance.

import type { RandomStream } from '../../simulator/kernel/random.ts';
import type { Policy } from '../support/rollout.ts';
import { pick } from './draw-fleet.ts';

function drawBudget(random: RandomStream): Policy {
  return {
    outOfServiceMax: pick(random, [1, 1, 2, 2, 3, '34%', '50%']),
    perServiceMaxPercent: pick(random, [34, 50, 100]),
    ...(random.chance(0.2) ? { perAvailabilityZoneMax: pick(random, [1, 2, '50%']) } : {}),
    ...(random.chance(0.2) ? { oneAvailabilityZoneAtATime: true } : {}),
  };
}

/** Windows are wider than the worst case of one container instance: a narrower one starts nothing. */
function drawWindow(random: RandomStream): Policy {
  return {
    ...(random.chance(0.25) ? { durationMinutes: random.integer(130, 200) } : {}),
    ...(random.chance(0.15) ? { calendars: ['freeze'] } : {}),
  };
}

export function drawPolicy(random: RandomStream): Policy {
  return {
    budget: drawBudget(random),
    waves: {
      canaryCount: pick(random, [0, 0, 1]),
      sizes: pick(random, [['100%'], ['50%', '100%'], [1, '100%']]),
      bakeTimeSeconds: pick(random, [0, 60, 180]),
    },
    failureBudget: pick(random, [0, 0, 1, 2, 10]),
    drain: {
      timeoutSeconds: pick(random, [300, 600, 1200]),
      standaloneTasks: pick(random, ['skip', 'wait', 'stop']),
    },
    reboot: { timeoutSeconds: pick(random, [300, 600]) },
    verify: {
      timeoutSeconds: pick(random, [120, 300]),
      daemonTimeoutSeconds: pick(random, [120, 600]),
    },
    rollback: {
      onHalt: pick(random, ['hold', 'hold', 'wave', 'rollout']),
      onVerifyFailure: random.chance(0.8),
      rebootDead: random.chance(0.8),
      replaceDead: random.chance(0.3),
    },
    target: random.chance(0.15) ? { version: '1.65.0' } : {},
    gates: random.chance(0.4) ? { alarms: ['web-5xx'] } : {},
    window: drawWindow(random),
    autoScaling: { protectFromScaleIn: random.chance(0.2) },
  };
}
