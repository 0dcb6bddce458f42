// The state of the small model: a few container instances, each with its host, its record and its execution.

import type { Outcome } from '../../../functions/core/model.ts';
import type { UndoDone } from '../../../functions/core/undo-facts.ts';

/** What the undo knows of its question to the host. */
export type Probe =
  | { readonly kind: 'none' | 'sent' | 'silent' }
  | {
      readonly kind: 'answered';
      readonly boot: number;
      readonly version: Version;
      readonly ready: boolean;
    };

export type Version = 'from' | 'to';

export interface UndoState {
  readonly error: string;
  /** Ticks since it began, and since each action was last done. */
  readonly age: number;
  readonly done: UndoDone;
  readonly decided?: Outcome | undefined;
  readonly probe: Probe;
}

/**
 * Where an execution stands: the effect that it will have next. `undo` decides anew each time; `dead` is over without
 * an outcome, and the sweep's.
 */
export type Place =
  | 'waiting'
  | 'note-drain'
  | 'mark'
  | 'drain'
  | 'await-drain'
  | 'note-reboot'
  | 'send-reboot'
  | 'await-boot'
  | 'await-agent'
  | 'note-return'
  | 'activate'
  | 'unmark'
  | 'note-returned'
  | 'confirm'
  | 'undo'
  | 'undo-activate'
  | 'undo-unmark'
  | 'record'
  | 'dead'
  | 'over';

export interface Instance {
  // The world.
  readonly status: 'ACTIVE' | 'DRAINING';
  readonly marked: boolean;
  /** Somebody else was the last to set its status. */
  readonly foreign: boolean;
  readonly hasTasks: boolean;
  readonly host: 'up' | 'booting' | 'dead';
  /** Counts boots since the start. */
  readonly boot: number;
  readonly version: Version;
  /** The other version boots next. */
  readonly armed: boolean;
  /** A command that may still be carried out, for the boot that it names. */
  readonly command: { readonly kind: 'reboot' | 'roll-back'; readonly boot: number } | undefined;
  readonly agent: boolean;
  /** Counts connects and disconnects, as ECS does. */
  readonly agentVersion: number;
  /** Reboots by our doing. */
  readonly reboots: { readonly activate: number; readonly back: number; readonly ec2: number };
  // The record; how many ticks ago something was written.
  readonly drainedAge: number | undefined;
  readonly rebootSentAge: number | undefined;
  readonly isReturned: boolean;
  readonly bootBefore: number;
  readonly seenAgentVersion: number | undefined;
  readonly outcome: Outcome | undefined;
  readonly undo: UndoState | undefined;
  /** The outcome that an execution is about to record. */
  readonly result: Outcome | undefined;
  // Whoever works on it.
  readonly place: Place;
  readonly bySweep: boolean;
}

/** Beyond one a reboot command does nothing any more, and all the patience of an undo fits into three. */
export const TICK_SECONDS = 1000;
/** What is older is as old as anything: every deadline of the core is past. */
const AGE_MAX = 4;

function older(age: number): number {
  return Math.min(AGE_MAX, age + 1);
}

/** The same a tick later. */
export function aged(one: Instance): Instance {
  const { undo, drainedAge, rebootSentAge } = one;
  const done = Object.entries(undo?.done ?? {}).map(([action, age]) => [action, older(age)]);
  return {
    ...one,
    drainedAge: drainedAge === undefined ? undefined : older(drainedAge),
    rebootSentAge: rebootSentAge === undefined ? undefined : older(rebootSentAge),
    undo: undo && {
      ...undo,
      age: older(undo.age),
      done: Object.fromEntries(done) as UndoState['done'],
    },
  };
}

/** What is over is only what it has come to: its way there makes no difference any more. */
export function settled(one: Instance): Instance {
  const { status, foreign, version, outcome } = one;
  return { ...FRESH, status, foreign, version, outcome, hasTasks: false, place: 'over' };
}

/** Planned, and not started. */
export const FRESH: Instance = {
  status: 'ACTIVE',
  marked: false,
  foreign: false,
  hasTasks: true,
  host: 'up',
  boot: 1,
  version: 'from',
  armed: false,
  command: undefined,
  agent: true,
  agentVersion: 0,
  reboots: { activate: 0, back: 0, ec2: 0 },
  drainedAge: undefined,
  rebootSentAge: undefined,
  isReturned: false,
  bootBefore: 1,
  seenAgentVersion: undefined,
  outcome: undefined,
  undo: undefined,
  result: undefined,
  place: 'waiting',
  bySweep: false,
};
