// Runs one drawn case: while faults strike every invariant is checked after every event, and then all must come to rest.

import type { ProductSource } from '../../cli/product.ts';
import { isAnyRolloutOpen, type RolloutRecord } from '../../cli/record.ts';
import { readPolicy } from '../../functions/core/read-policy.ts';
import type { LogEntry } from '../../simulator/kernel/event-log.ts';
import type { Region } from '../../simulator/region.ts';
import type { ExecutionView } from '../../simulator/states/states-service.ts';
import { CLUSTER, type Ended, endedOf, type Started, startRollout } from '../support/rollout.ts';
import { leftBehind, reported } from '../support/rollout-invariants.ts';
import type { Case, Deed } from './draw-case.ts';
import { allInvariants } from './invariants/all.ts';
import type { Asked, Word } from './invariants/invariant.ts';
import type { WorldEvent } from './world-events.ts';
import { Truth, watchWorld } from './world-watch.ts';

/** Something that should never be, and when. */
export interface Finding {
  readonly invariant: string;
  readonly what: string;
  readonly at: number;
}

export interface CaseRun {
  readonly drawn: Case;
  readonly findings: readonly Finding[];
  /** What happened last, oldest first, one line each. */
  readonly lastEvents: readonly string[];
  readonly endings: readonly string[];
  /** How often each fault struck. */
  readonly struck: ReadonlyMap<string, number>;
  readonly simulatedSeconds: number;
  readonly events: number;
  readonly hash: string;
}

/** Hours without any fault after which everything must have come to rest; a rollout in order takes less than two. */
const LIVENESS_HOURS = 14;
/** Last commands reach their hosts, and the sweep has looked twice. */
const SETTLE_SECONDS = 300;
const LAST_EVENTS = 60;
/** Calls and invocations say little to who reads a story; what they did has entries of its own. */
const NOISE = new Set(['wire call', 'lambda invocation-succeeded', 'events event-delivered']);

function lineOf({ at, source, name, subject, detail }: LogEntry): string {
  const text = JSON.stringify(detail);
  return `${new Date(at).toISOString().slice(11, 19)} ${source} ${name} ${subject} ${text.slice(0, 160)}`;
}

interface Checks {
  readonly findings: Finding[];
  readonly lastEvents: string[];
  readonly observe: NonNullable<Parameters<typeof startRollout>[0]['observe']>;
}

/** Looks on from the first instant. */
function makeChecks(asked: Asked): Checks {
  const findings: Finding[] = [];
  const lastEvents: string[] = [];
  const invariants = allInvariants();
  return {
    findings,
    lastEvents,
    observe(region) {
      const truth = new Truth(region, CLUSTER);
      const tell = (event: WorldEvent) => {
        if (findings.length > 0) return;
        for (const { id, broken } of invariants) {
          const what = broken(event, truth, asked);
          if (what !== undefined) findings.push({ invariant: id, what, at: truth.now });
        }
      };
      watchWorld(truth, tell);
      region.kernel.log.subscribe((entry) => {
        if (NOISE.has(`${entry.source} ${entry.name}`) || findings.length > 0) return;
        lastEvents.push(lineOf(entry));
        if (lastEvents.length > LAST_EVENTS) lastEvents.shift();
      });
    },
  };
}

/** Puts what people do on the clock; answers the rollouts that they start. */
function scheduleDeeds(
  { running }: Started,
  deeds: readonly Deed[],
  control: Word[],
): ExecutionView[] {
  const started: ExecutionView[] = [];
  const { clock } = running.region.kernel;
  for (const [index, { atSeconds, action }] of deeds.entries()) {
    clock.after(atSeconds * 1000, async () => {
      if (action === 'start') {
        started.push(await running.start(`again-${index}`));
        return;
      }
      // Refused where the rollout is not open: there is nobody left to hear it.
      const granted = await running.ask(action);
      if (granted) control.push({ action, rolloutId: running.rolloutId, at: clock.now() });
    });
  }
  return started;
}

export interface CaseOptions {
  /** What is deployed; the product of this repository unless said. */
  readonly source?: ProductSource;
  /** Looks on beside the invariants. */
  readonly observe?: (region: Region) => void;
}

export async function runCase(drawn: Case, options: CaseOptions = {}): Promise<CaseRun> {
  const { fleet, faults, seed, deeds, faultsEndSeconds } = drawn;
  const control: Word[] = [];
  const { policy } = readPolicy([{ cluster: CLUSTER, ...drawn.policy }]);
  const faultNames = new Set(faults.map(({ name }) => name));
  const checks = makeChecks({ fleet, policy, faultNames, control });
  const { findings, lastEvents } = checks;
  const observe = (region: Region) => {
    checks.observe(region);
    options.observe?.(region);
  };
  const started = await startRollout({
    ...{ fleet, policy: drawn.policy, faults, seed, observe },
    ...(options.source ? { source: options.source } : {}),
  });
  const { region, execution } = started.running;
  const beganAt = region.kernel.clock.now();
  const lastDeedAt = beganAt + (deeds.at(-1)?.atSeconds ?? 0) * 1000 + 5000;
  const others = scheduleDeeds(started, deeds, control);
  const boundAt = beganAt + (faultsEndSeconds + LIVENESS_HOURS * 3600) * 1000;
  const isOver = () => findings.length > 0;
  await region.run(isOver, lastDeedAt);
  const isRunning = () =>
    region.services.states.executions().some(({ status }) => status === 'RUNNING');
  while (!isOver() && region.kernel.clock.now() < boundAt) {
    await region.run(() => isOver() || !isRunning(), boundAt);
    if (isOver() || !(await isAnyRolloutOpen(region))) break;
    await region.run(isOver, region.kernel.clock.now() + 60_000);
  }
  if (!isOver()) await region.run(isOver, region.kernel.clock.now() + SETTLE_SECONDS * 1000);
  const endeds = await endedAll(started, [execution, ...others]);
  const at = region.kernel.clock.now();
  if (!isOver()) {
    for (const what of await notAtRest(endeds))
      findings.push({ invariant: 'comes-to-rest', what, at });
  }
  return {
    drawn,
    findings,
    lastEvents,
    endings: endeds.map(({ rolloutId, ending }) => `${rolloutId} ${ending}`),
    struck: region.kernel.faults.struck,
    simulatedSeconds: (at - beganAt) / 1000,
    events: region.kernel.log.length,
    hash: region.kernel.log.sha256(),
  };
}

async function endedAll(started: Started, executions: readonly ExecutionView[]): Promise<Ended[]> {
  const endeds: Ended[] = [];
  for (const execution of executions) {
    endeds.push(await endedOf(started.running, execution, started.policy, started.watched));
  }
  return endeds;
}

/** A start that was refused opened nothing, so it leaves nothing. */
function opened({ record }: { readonly record: RolloutRecord }): boolean {
  return record.rollout !== undefined;
}

/** Sentences about what is still going on, or was left, hours after the last fault. */
async function notAtRest(endeds: readonly Ended[]): Promise<string[]> {
  const sentences = new Set<string>();
  for (const ended of endeds) {
    if (ended.execution.status === 'RUNNING') sentences.add(`${ended.rolloutId} still runs`);
    if (!opened(ended)) continue;
    const elsewhere = new Set(
      endeds.flatMap((other) => (other === ended ? [] : [...reported(other)])),
    );
    for (const what of await leftBehind(ended, elsewhere))
      sentences.add(`${ended.rolloutId}: ${what}`);
  }
  return [...sentences];
}
