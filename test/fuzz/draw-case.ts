// Draws one whole case from its seed: a fleet, a policy, faults, and people who do something meanwhile.

import type { FaultSpec } from '../../simulator/faults/faults.ts';
import type { Fleet } from '../../simulator/fleet-file/schema.ts';
import { Random, type RandomStream } from '../../simulator/kernel/random.ts';
import type { Policy } from '../support/rollout.ts';
import { drawFaults } from './draw-faults.ts';
import { drawFleet, pick } from './draw-fleet.ts';
import { drawPolicy } from './draw-policy.ts';

/** Somebody does something, seconds after the start. */
export interface Deed {
  readonly atSeconds: number;
  /** `start`: one more rollout of the same cluster; the others go to the first one. */
  readonly action: 'start' | 'pause' | 'resume' | 'abort';
}

export interface Case {
  readonly seed: number;
  readonly fleet: Fleet;
  readonly policy: Policy;
  readonly faults: readonly FaultSpec[];
  readonly deeds: readonly Deed[];
  /** Seconds after the start from which no fault strikes any more. */
  readonly faultsEndSeconds: number;
}

function drawDeeds(random: RandomStream): Deed[] {
  const deeds: Deed[] = [];
  const atSeconds = () => random.integer(5, 1500);
  if (random.chance(0.15)) deeds.push({ atSeconds: atSeconds(), action: 'abort' });
  if (random.chance(0.15)) {
    const pausedAt = atSeconds();
    deeds.push({ atSeconds: pausedAt, action: 'pause' });
    deeds.push({ atSeconds: pausedAt + random.integer(60, 1800), action: 'resume' });
  }
  if (random.chance(0.3))
    deeds.push({ atSeconds: pick(random, [1, atSeconds(), 5000]), action: 'start' });
  return deeds.sort((one, other) => one.atSeconds - other.atSeconds);
}

/** The same for the same seed, for ever: new kinds of chance take streams of their own. */
export function drawCase(seed: number): Case {
  const random = new Random(seed);
  const fleet = drawFleet(random.stream('fuzz.fleet'), seed);
  const faultsEndSeconds = random.stream('fuzz.end').integer(1800, 5400);
  return {
    seed,
    fleet,
    policy: drawPolicy(random.stream('fuzz.policy')),
    faults: drawFaults(random.stream('fuzz.faults'), fleet, faultsEndSeconds),
    deeds: drawDeeds(random.stream('fuzz.deeds')),
    faultsEndSeconds,
  };
}
