// The executions of the region: started once per name, found, listed, stopped, and counted.

import type { Kernel } from '../kernel/kernel.ts';
import { AwsError } from '../kernel/service.ts';
import { type Ending, Execution } from './execution.ts';
import { ExecutionFaults } from './execution-faults.ts';
import { runExecution, runFlow } from './interpreter.ts';
import type { Jsonata } from './jsonata.ts';
import { checkArn, checkName, executionArn } from './names.ts';
import { type Payload, parsePayload } from './payload.ts';
import type { Runtime } from './runtime.ts';
import type { StateMachine, StateMachines } from './state-machines.ts';
import { statusEvent } from './status-event.ts';
import type { TaskTokens } from './task-tokens.ts';

/** "90 days. After this time, you can no longer retrieve or view the execution history." */
const RETENTION_MILLISECONDS = 90 * 86_400_000;

/** Step Functions service quotas: "14 days". */
const REDRIVABLE_MILLISECONDS = 14 * 86_400_000;

interface Parts {
  readonly stateMachines: StateMachines;
  readonly jsonata: Jsonata;
  readonly tokens: TaskTokens;
  /** Histories of closed executions that are kept; older ones are dropped, their paths are not. */
  readonly closedHistoriesMax: number;
}

export class Executions {
  readonly #kernel: Kernel;
  readonly #parts: Parts;
  readonly #runtime: Runtime;
  readonly #faults: ExecutionFaults;
  readonly #byArn = new Map<string, Execution>();
  readonly #byMachine = new Map<string, Execution[]>();
  readonly #running = new Set<Execution>();
  readonly #closed: Execution[] = [];
  #started = 0;
  /** States entered and retried, as AWS bills them. */
  transitions = 0;
  /** The same, by name of the state machine. */
  readonly transitionsByMachine = new Map<string, number>();
  /** The longest history so far. */
  longestHistory: { executionArn: string; events: number } | undefined;

  constructor(kernel: Kernel, parts: Parts) {
    this.#kernel = kernel;
    this.#parts = parts;
    this.#faults = new ExecutionFaults(
      kernel,
      () => this.#running,
      (execution, ending) => this.end(execution, ending),
    );
    this.#runtime = {
      kernel,
      jsonata: parts.jsonata,
      tokens: parts.tokens,
      executions: {
        start: (arn, input, name) => this.start(arn, input, name),
        stop: (execution) => this.end(execution, { status: 'ABORTED' }),
      },
      jitter: kernel.random.stream('states.jitter'),
      delays: kernel.random.stream('states.delays'),
      countTransition: (execution) => this.#countTransition(execution),
      onStateEntered: (execution, stateName) => this.#stateEntered(execution, stateName),
      runFlow: (...line) => runFlow(this.#runtime, ...line),
    };
  }

  all(): readonly Execution[] {
    return [...this.#byArn.values()];
  }

  /** In the order of their starts. */
  of(stateMachine: StateMachine): readonly Execution[] {
    return (this.#byMachine.get(stateMachine.arn) ?? []).filter((it) => !this.#expired(it));
  }

  /** @throws {AwsError} InvalidArn, ExecutionDoesNotExist. */
  get(arn: string): Execution {
    checkArn(arn, 'execution');
    const found = this.#byArn.get(arn);
    if (found && !this.#expired(found)) return found;
    throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  }

  /**
   * Starts an execution; the same name with the same input answers the one that runs already.
   *
   * @param input JSON text.
   * @param name A random UUID unless given.
   * @throws {AwsError} ExecutionAlreadyExists for another input, and for any once it has closed.
   */
  start(machineArn: string, input: string, name: string | undefined): Execution {
    const stateMachine = this.#parts.stateMachines.get(machineArn);
    const given = name ?? this.#kernel.random.stream('states.name').uuid();
    checkName(given);
    const payload = parseInput(input);
    const arn = executionArn(this.#kernel, stateMachine.name, given);
    const known = this.#byArn.get(arn);
    if (known && !this.#expired(known)) {
      if (known.status === 'RUNNING' && known.input.text === input) return known;
      throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    }
    const record = { arn, name: given, serial: this.#started++, stateMachine, input: payload };
    const execution = new Execution(this.#kernel.clock, record, this.#faults.limitsFor(given));
    this.#admit(execution);
    return execution;
  }

  /** Ends an execution from outside; one that has ended stays as it is. */
  end(execution: Execution, ending: Ending, previousEventId = 0): void {
    if (execution.status !== 'RUNNING') return;
    execution.close(ending, previousEventId);
    this.#running.delete(execution);
    this.#keepHistories(execution);
    const { status, ...rest } = ending;
    const { subject } = execution;
    const error = 'error' in rest && rest.error !== undefined ? { error: rest.error } : {};
    this.#kernel.log.append('states', 'execution-closed', subject, { status, ...error });
    this.#kernel.emit(statusEvent(execution));
    this.#faults.closed(execution, () => this.redrive(execution));
  }

  /**
   * RedriveExecution: what ended without success goes on in the state where it ended, with its time
   * limit anew. A parent that waited for it does not wait again.
   *
   * @throws {AwsError} ExecutionNotRedrivable.
   */
  redrive(execution: Execution): void {
    const { status, stopAt, history } = execution;
    const ageMilliseconds = this.#kernel.clock.now() - (stopAt ?? 0);
    const isRedrivable = status !== 'RUNNING' && status !== 'SUCCEEDED';
    if (!isRedrivable || !history.mayGrow || ageMilliseconds > REDRIVABLE_MILLISECONDS) {
      const message = `Execution is ${status} and cannot be redriven`;
      throw new AwsError('ExecutionNotRedrivable', message);
    }
    execution.reopen();
    this.#running.add(execution);
    this.#kernel.log.append('states', 'execution-redriven', execution.subject);
    this.#begin(execution);
  }

  #admit(execution: Execution): void {
    const { stateMachine } = execution;
    this.#byArn.set(execution.arn, execution);
    const siblings = this.#byMachine.get(stateMachine.arn) ?? [];
    siblings.push(execution);
    this.#byMachine.set(stateMachine.arn, siblings);
    this.#running.add(execution);
    this.#kernel.log.append('states', 'execution-started', execution.subject);
    this.#begin(execution);
  }

  #begin(execution: Execution): void {
    this.#kernel.emit(statusEvent(execution));
    this.#faults.watch();
    this.#kernel.clock.after(0, () =>
      runExecution(this.#runtime, execution, (ending, lastEventId) =>
        this.end(execution, ending, lastEventId),
      ),
    );
  }

  #expired(execution: Execution): boolean {
    const { stopAt } = execution;
    return stopAt !== undefined && this.#kernel.clock.now() - stopAt > RETENTION_MILLISECONDS;
  }

  #keepHistories(execution: Execution): void {
    const events = execution.history.length;
    if (events > (this.longestHistory?.events ?? 0)) {
      this.longestHistory = { executionArn: execution.arn, events };
    }
    this.#closed.push(execution);
    if (this.#closed.length > this.#parts.closedHistoriesMax) this.#closed.shift()?.history.drop();
  }

  #countTransition(execution: Execution): void {
    const { name } = execution.stateMachine;
    this.transitions++;
    this.transitionsByMachine.set(name, (this.transitionsByMachine.get(name) ?? 0) + 1);
  }

  #stateEntered(execution: Execution, stateName: string): void {
    this.#kernel.log.append('states', 'state-entered', execution.subject, { state: stateName });
    this.#faults.entered(execution, stateName);
  }
}

function parseInput(input: string): Payload {
  try {
    return parsePayload(input);
  } catch {
    throw new AwsError(
      'InvalidExecutionInput',
      "Invalid State Machine Execution Input: 'Invalid execution input.'",
    );
  }
}
