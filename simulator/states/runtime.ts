// What the interpreter of one region works with, and what it knows of the place it has reached.

import type { Kernel } from '../kernel/kernel.ts';
import type { RandomStream } from '../kernel/random.ts';
import type { Flow } from './definition/schema.ts';
import type { Execution } from './execution.ts';
import type { Jsonata } from './jsonata.ts';
import type { Payload } from './payload.ts';
import type { Scope } from './scope.ts';
import type { TaskTokens } from './task-tokens.ts';

/** Where one line of states stands: the execution itself, a branch, or an iteration. */
export interface Frame {
  readonly scope: Scope;
  /** Variables that can be read here; an inner line starts with a copy of the outer ones. */
  readonly variables: Record<string, unknown>;
  readonly mapItem?: { readonly Index: number; readonly Value: unknown };
  /** The event that the next one follows. */
  lastEventId: number;
  /** Type of the state the line is in, for the `…StateAborted` events. */
  stateType?: string;
}

/** What a state leaves behind. */
export interface StateResult {
  readonly output: Payload;
  readonly assigned?: Payload | undefined;
  /** Undefined at the end of the line. */
  readonly next?: string | undefined;
}

/** Starting and stopping executions from within one. */
export interface NestedExecutions {
  start(stateMachineArn: string, input: string, name: string | undefined): Execution;
  stop(execution: Execution): void;
}

export interface Runtime {
  readonly kernel: Kernel;
  readonly jsonata: Jsonata;
  readonly tokens: TaskTokens;
  readonly executions: NestedExecutions;
  /** FULL jitter. */
  readonly jitter: RandomStream;
  /** Delays of the service itself. */
  readonly delays: RandomStream;
  /** Counts a state entered, or tried again. */
  countTransition(execution: Execution): void;
  /** Told after a state was entered. */
  onStateEntered(execution: Execution, stateName: string): void;
  /** Runs a line of states to its end. */
  runFlow(execution: Execution, flow: Flow, input: Payload, frame: Frame): Promise<Payload>;
}
