// Kills one function of one rollout at one point between two of its AWS calls, and lists all such points.

import { UsageError } from '../../cli/usage-error.ts';
import { functionName } from '../../infra/names.ts';
import type { FaultSpec } from '../../simulator/faults/faults.ts';
import type { Region } from '../../simulator/region.ts';
import { idsOf, smallFleet, withRelease } from '../support/rollout.ts';
import type { Case } from './draw-case.ts';
import { type CaseRun, runCase } from './run-case.ts';

/** A function dies in its n-th invocation, at its n-th AWS call; all counted from 1. */
export interface CrashPoint {
  readonly functionName: string;
  readonly invocation: number;
  readonly call: number;
  /** Just before the call has its effect, or just after it. */
  readonly side: 'before' | 'after';
}

/** What the one container instance goes through meanwhile. */
export const STORIES = ['updated', 'rolled-back', 'fell-back', 'blocked'] as const;
export type Story = (typeof STORIES)[number];

const SWEEP = functionName('sweep');

export function crashText({ functionName: name, invocation, call, side }: CrashPoint): string {
  return `${name.replace('bottlerocket-fleet-', '')}:${invocation}:${side}:${call}`;
}

/** @throws {UsageError} When the text is not as `crashText` writes it. */
export function parseCrashPoint(text: string): CrashPoint {
  const [, file = '', invocation, side, call] =
    /^([a-z-]+):([1-9]\d*):(before|after):([1-9]\d*)$/.exec(text) ?? [];
  if (side === undefined) {
    throw new UsageError(`option --at: found "${text}", expected a point such as sweep:3:after:2`);
  }
  return {
    functionName: functionName(file),
    invocation: Number(invocation),
    call: Number(call),
    side: side === 'before' ? 'before' : 'after',
  };
}

/** Two container instances, so that a drain finds room; the first one is excluded. */
function caseOf(story: Story): Case {
  const fleet = smallFleet();
  const [excluded, updated] = fleet.containerInstances;
  if (!excluded || !updated) throw new Error('Cannot go on: the small fleet has fewer than two');
  const tags = [{ key: 'bottlerocket-fleet:exclude', value: 'yes' }];
  const one = { ...fleet, containerInstances: [{ ...excluded, tags }, updated] };
  const [, subject = ''] = idsOf(fleet);
  const faults: Readonly<Record<Story, readonly FaultSpec[]>> = {
    updated: [],
    'rolled-back': [],
    'fell-back': [{ name: 'host-falls-back', subject, timesMax: 1 }],
    blocked: [{ name: 'standalone-task-starts', subject, timesMax: 1 }],
  };
  return {
    seed: 1,
    fleet: story === 'rolled-back' ? withRelease(one, 'ecs-agent-fails') : one,
    policy: {
      verify: { timeoutSeconds: 60 },
      // The dead are never ended by Auto Scaling here: who ends them is what is looked at.
      drain: { timeoutSeconds: 300 },
    },
    faults: faults[story],
    deeds: [],
    faultsEndSeconds: 3600,
  };
}

export interface Crash {
  readonly story: Story;
  /** One, or two of which the second strikes after the first. */
  readonly points: readonly CrashPoint[];
  /** From the first kill on every function but the sweep dies at once, for good. */
  readonly alone: boolean;
}

export interface CrashRun extends CaseRun {
  /** How many of the points were reached. */
  readonly killed: number;
}

/** Stands in for the fault file, which knows no n-th invocation. */
function kill(region: Region, { points, alone }: Crash, onKill: () => void): void {
  const invocations = new Map<string, number>();
  const { faults, log } = region.kernel;
  const drawn = faults.strikes.bind(faults);
  let dead = false;
  log.subscribe(({ source, name }) => {
    if (source !== 'lambda' || name !== 'lambda-killed') return;
    if (!dead || !alone) onKill();
    dead = true;
  });
  faults.strikes = (name, subject) => {
    if (name !== 'lambda-killed') return drawn(name, subject);
    const nth = (invocations.get(subject) ?? 0) + 1;
    invocations.set(subject, nth);
    if (alone && dead && subject !== SWEEP) return { name, parameters: { beforeCalls: 1 } };
    const point = points.find((one) => one.functionName === subject && one.invocation === nth);
    if (!point) return undefined;
    const { side, call } = point;
    return { name, parameters: side === 'before' ? { beforeCalls: call } : { afterCalls: call } };
  };
}

export async function runCrash(crash: Crash): Promise<CrashRun> {
  let killed = 0;
  const run = await runCase(caseOf(crash.story), {
    observe: (region) => kill(region, crash, () => killed++),
  });
  return { ...run, killed };
}

/** How many AWS calls each invocation of each function makes when nothing is killed. */
export async function crashPointsOf(story: Story): Promise<CrashPoint[]> {
  const invocations = new Map<string, number[]>();
  await runCase(caseOf(story), {
    observe: (region) => {
      const { faults } = region.kernel;
      const drawn = faults.strikes.bind(faults);
      faults.strikes = (name, subject) => {
        if (name === 'lambda-killed') {
          const calls = invocations.get(subject) ?? [];
          calls.push(0);
          invocations.set(subject, calls);
        }
        return drawn(name, subject);
      };
      countCalls(region, (caller) => {
        const calls = invocations.get(caller);
        if (calls) calls[calls.length - 1] = (calls.at(-1) ?? 0) + 1;
      });
    },
  });
  return [...invocations].flatMap(([name, counts]) =>
    counts.flatMap((calls, index) => pointsOf(name, index + 1, calls)),
  );
}

/**
 * Between the effect of one call and the next call nothing happens in the world, so dying after a call and dying
 * before the next one are the same crash.
 */
function pointsOf(name: string, invocation: number, calls: number): CrashPoint[] {
  const at = { functionName: name, invocation };
  return [
    { ...at, call: 1, side: 'before' },
    ...Array.from({ length: calls }, (_, call) => ({
      ...at,
      call: call + 1,
      side: 'after' as const,
    })),
  ];
}

/** Two invocations of a function at once share their count: a point too many is one that is never reached. */
function countCalls(region: Region, count: (caller: string) => void): void {
  const { counts } = region;
  const record = counts.record.bind(counts);
  counts.record = (name, caller, outcome) => {
    if (caller.kind === 'function') count(caller.name);
    record(name, caller, outcome);
  };
}
