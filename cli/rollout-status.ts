// Sums up where a rollout stands, as `fleet status --json` prints it.

import type { InstanceRecord } from '../functions/aws/instance-record.ts';
import type { WaveRecord } from '../functions/aws/plan-record.ts';
import { isoInstant } from '../functions/core/instant.ts';
import type { Ending, Outcome } from '../functions/core/model.ts';
import { countOutcomes } from '../functions/core/outcome.ts';
import { endOf, phaseText, type RolloutView } from './rollout-view.ts';
import { stepWords } from './steps.ts';

/** Instants are ISO 8601. Null: not known, or not yet. */
export interface RolloutStatus {
  readonly rolloutId: string;
  readonly cluster: string | null;
  readonly startedBy: string | null;
  /** It only plans, and touches nothing. */
  readonly planOnly: boolean;
  readonly openedAt: string | null;
  readonly windowClosesAt: string | null;
  /** In words; null once it is over. */
  readonly phase: string | null;
  /** Null as long as it is open. */
  readonly ending: Ending | null;
  readonly reason: string | null;
  readonly closedAt: string | null;
  readonly paused: Asked | null;
  readonly aborted: Asked | null;
  /** Version by image. */
  readonly targets: Readonly<Record<string, string>>;
  readonly waves: readonly StatusWave[];
  /** Container instances by outcome; those that are not over are `open` and `toCome`. */
  readonly counts: Partial<Record<Outcome, number>>;
  readonly open: number;
  readonly toCome: number;
  /** Why container instances of the running wave wait: at most ten of them are told apart. */
  readonly waiting: readonly { readonly reason: string; readonly containerInstances: number }[];
  readonly containerInstances: readonly StatusInstance[];
}

interface Asked {
  readonly by: string;
  readonly at: string;
}

interface StatusWave {
  readonly wave: number;
  readonly kind: string;
  readonly size: number;
  /** Had their turn and are over. */
  readonly over: number;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** `next`, `done` or `halt`; in words while there is none. */
  readonly verdict: string;
  readonly reason: string | null;
}

interface StatusInstance {
  readonly ec2InstanceId: string;
  readonly availabilityZone: string;
  readonly wave: number | null;
  /** In words; null before its turn and once it is over. */
  readonly step: string | null;
  readonly outcome: Outcome | null;
  readonly code: string;
  readonly reason: string;
  readonly fromVersion: string | null;
  readonly toVersion: string | null;
}

function instant(at: number | undefined): string | null {
  return at === undefined ? null : isoInstant(at);
}

function askedOf(asked: { readonly by: string; readonly at: number } | undefined): Asked | null {
  return asked === undefined ? null : { by: asked.by, at: isoInstant(asked.at) };
}

function isOpen({ outcome, startedAt }: InstanceRecord): boolean {
  return outcome === undefined && startedAt !== undefined;
}

/** And is over. */
function hadItsTurn({ outcome }: InstanceRecord): boolean {
  return outcome !== undefined && outcome !== 'NotStarted';
}

function statusInstance(record: InstanceRecord): StatusInstance {
  const { ec2InstanceId, availabilityZone, outcome, code, reason } = record;
  return {
    ec2InstanceId,
    availabilityZone,
    wave: record.wave ?? null,
    step: isOpen(record) && record.step ? stepWords(record.step) : null,
    outcome: outcome ?? null,
    code,
    reason,
    fromVersion: record.fromVersion ?? null,
    toVersion: record.toVersion ?? null,
  };
}

function wavePhase(
  { wave, ofWave }: RolloutView,
  number: number,
  written: WaveRecord | undefined,
  isOver: boolean,
): string {
  if (written?.verdict !== undefined) return written.verdict;
  if (wave !== number) {
    if (written?.startedAt !== undefined) return 'did not end';
    return isOver ? 'never began' : 'to come';
  }
  return ofWave?.state === 'LetBake' || ofWave?.state === 'BakeWave' ? 'bakes' : 'runs';
}

function statusWaves(view: RolloutView): StatusWave[] {
  const { rollout, waves, instances } = view.record;
  const isOver = endOf(view) !== undefined;
  return (rollout?.waves ?? []).map(({ wave, kind, size }) => {
    const written = waves.find((one) => one.wave === wave);
    const said = view.wave === wave ? view.ofWave?.answer?.reason : undefined;
    return {
      wave,
      kind,
      size,
      over: instances.filter((one) => one.wave === wave && hadItsTurn(one)).length,
      startedAt: instant(written?.startedAt),
      endedAt: instant(written?.endedAt),
      verdict: wavePhase(view, wave, written, isOver),
      reason: written?.reason ?? (said === undefined ? null : String(said)),
    };
  });
}

/** What the dispatcher said last, by reason; nothing once the wave bakes. */
export function waitingReasons({ ofWave }: RolloutView): Map<string, number> {
  const counts = new Map<string, number>();
  const { waiting = [] } = (ofWave?.answer ?? {}) as {
    readonly waiting?: readonly { readonly reason: string }[];
  };
  for (const { reason } of waiting) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return counts;
}

export function statusOf(view: RolloutView): RolloutStatus {
  const { rollout, instances } = view.record;
  const end = endOf(view);
  const open = instances.filter(isOpen).length;
  const over = instances.flatMap(({ outcome }) => outcome ?? []);
  return {
    rolloutId: view.rolloutId,
    cluster: rollout?.clusterName ?? null,
    startedBy: rollout?.startedBy ?? null,
    planOnly: rollout?.policy.planOnly ?? false,
    openedAt: instant(rollout?.openedAt),
    windowClosesAt: instant(rollout?.windowCloseAt),
    phase: end === undefined ? phaseText(view) : null,
    ending: end?.ending ?? null,
    reason: end?.reason ?? null,
    closedAt: instant(rollout?.closedAt),
    paused: askedOf(rollout?.control?.pause),
    aborted: askedOf(rollout?.control?.abort),
    targets: rollout?.targets ?? {},
    waves: statusWaves(view),
    counts: countOutcomes(over),
    open,
    toCome: instances.length - open - over.length,
    waiting: [...waitingReasons(view)].map(([reason, containerInstances]) => {
      return { reason, containerInstances };
    }),
    containerInstances: instances.map(statusInstance),
  };
}
