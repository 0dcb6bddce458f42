// AWS Step Functions: the operations of the API over the region's state machines and executions.

import { happenOnce } from '../faults/instants.ts';
import { type Constraints, validate } from '../kernel/constraints.ts';
import { type Kernel, partitionOf } from '../kernel/kernel.ts';
import { pageOf } from '../kernel/page.ts';
import {
  AwsError,
  type AwsService,
  type JsonObject,
  type ThrottleBucket,
} from '../kernel/service.ts';
import { inspectDefinition } from './definition/load.ts';
import type { Execution, ExecutionStatus } from './execution.ts';
import { listExecutions, seenExecution } from './execution-lists.ts';
import { Executions } from './executions.ts';
import { Jsonata } from './jsonata.ts';
import { CONSTRAINTS } from './operation-constraints.ts';
import { type StateMachine, StateMachines } from './state-machines.ts';
import { TaskTokens } from './task-tokens.ts';
import { throttleBucket } from './throttle-buckets.ts';

export interface StatesOptions {
  /** Histories of closed executions that are kept, newest first; 2,000 unless said. */
  readonly closedHistoriesMax?: number;
}

/** What tests and reports read of an execution. */
export type ExecutionView = Pick<
  Execution,
  'arn' | 'name' | 'stateMachine' | 'status' | 'startAt' | 'stopAt' | 'path' | 'ending' | 'input'
>;

type Operation = (input: JsonObject) => JsonObject;

export class StatesService implements AwsService {
  readonly id = 'states';
  readonly protocol = 'awsJson1.0';
  readonly targetPrefix = 'AWSStepFunctions';
  readonly operations: readonly string[];
  readonly #kernel: Kernel;
  readonly #jsonata: Jsonata;
  readonly #tokens: TaskTokens;
  readonly #stateMachines: StateMachines;
  readonly #executions: Executions;
  readonly #byName: Readonly<Record<string, Operation>>;

  constructor(kernel: Kernel, options: StatesOptions = {}) {
    this.#kernel = kernel;
    this.#jsonata = new Jsonata(kernel.clock, kernel.random.stream('states.jsonata'));
    this.#tokens = new TaskTokens(kernel.random.stream('states.token'));
    this.#stateMachines = new StateMachines(kernel, this.#jsonata);
    this.#executions = new Executions(kernel, {
      stateMachines: this.#stateMachines,
      jsonata: this.#jsonata,
      tokens: this.#tokens,
      closedHistoriesMax: options.closedHistoriesMax ?? 2000,
    });
    happenOnce(kernel, {
      name: 'state-machine-updated',
      subjects: () => this.#stateMachines.all().map(({ name }) => name),
      happen: (name) => {
        const { arn, definition } = this.#stateMachines.named(name);
        this.#stateMachines.update({ stateMachineArn: arn, definition });
      },
    });
    this.#byName = this.#bind();
    this.operations = Object.keys(this.#byName);
  }

  /** States entered and retried so far, as AWS bills them. */
  get transitions(): number {
    return this.#executions.transitions;
  }

  /** The same, by name of the state machine. */
  get transitionsByMachine(): ReadonlyMap<string, number> {
    return this.#executions.transitionsByMachine;
  }

  /** The longest history of a closed execution. */
  get longestHistory(): { readonly executionArn: string; readonly events: number } | undefined {
    return this.#executions.longestHistory;
  }

  /** Every execution so far, in the order of their starts. */
  executions(): readonly ExecutionView[] {
    return this.#executions.all();
  }

  /** The states an execution entered, in order. */
  path(executionArn: string): readonly string[] {
    return this.#executions.get(executionArn).path;
  }

  /** What `kernel.startExecution` calls: EventBridge and the Scheduler start executions so. */
  async startExecution(
    stateMachineArn: string,
    input: unknown,
    name?: string,
  ): Promise<{ executionArn: string }> {
    const text = typeof input === 'string' ? input : JSON.stringify(input ?? {});
    return { executionArn: this.#executions.start(stateMachineArn, text, name).arn };
  }

  throttle(operation: string): ThrottleBucket | undefined {
    return throttleBucket(operation, this.#kernel.region);
  }

  call(operation: string, input: JsonObject): JsonObject {
    const run = this.#byName[operation];
    if (!run) throw new AwsError('UnknownOperationException', '');
    const constraints: Constraints | undefined = CONSTRAINTS[operation];
    if (constraints) validate(input, constraints);
    return run(input);
  }

  #bind(): Readonly<Record<string, Operation>> {
    return {
      CreateStateMachine: (input) => {
        const { arn, createdAt } = this.#stateMachines.create(input);
        return { stateMachineArn: arn, creationDate: createdAt / 1000 };
      },
      UpdateStateMachine: (input) => {
        const { revisionId } = this.#stateMachines.update(input);
        return { updateDate: this.#kernel.clock.now() / 1000, revisionId };
      },
      DeleteStateMachine: (input) => {
        this.#stateMachines.delete(String(input.stateMachineArn));
        return {};
      },
      DescribeStateMachine: (input) => {
        return describeStateMachine(this.#stateMachines.get(String(input.stateMachineArn)));
      },
      ListStateMachines: (input) => this.#listStateMachines(input),
      ListTagsForResource: (input) => {
        return { tags: this.#stateMachines.get(String(input.resourceArn)).tags };
      },
      ValidateStateMachineDefinition: (input) => this.#validateDefinition(input),
      StartExecution: (input) => this.#start(input),
      DescribeExecution: (input) => this.#describeExecution(input),
      ListExecutions: (input) => this.#listExecutions(input),
      GetExecutionHistory: (input) => this.#history(input),
      StopExecution: (input) => this.#stop(input),
      RedriveExecution: (input) => {
        this.#executions.redrive(this.#executions.get(String(input.executionArn)));
        return { redriveDate: this.#kernel.clock.now() / 1000 };
      },
      SendTaskSuccess: (input) => this.#sendSuccess(input),
      SendTaskFailure: (input) => this.#sendFailure(input),
      SendTaskHeartbeat: (input) => {
        this.#tokens.find(String(input.taskToken)).heartbeat();
        return {};
      },
    };
  }

  #listStateMachines(input: JsonObject): JsonObject {
    const { items, nextToken } = pageOf(this.#stateMachines.all(), pageRequest(input), badToken);
    const stateMachines = items.map((it) => ({
      stateMachineArn: it.arn,
      name: it.name,
      type: 'STANDARD',
      creationDate: it.createdAt / 1000,
    }));
    return nextToken === undefined ? { stateMachines } : { stateMachines, nextToken };
  }

  #validateDefinition(input: JsonObject): JsonObject {
    const partition = partitionOf(this.#kernel.region);
    const result = inspectDefinition(String(input.definition), this.#jsonata, partition);
    if ('machine' in result) return { result: 'OK', diagnostics: [], truncated: false };
    const diagnostics = result.diagnostics.map((it) => ({ severity: 'ERROR', ...it }));
    return { result: 'FAIL', diagnostics, truncated: false };
  }

  #start(input: JsonObject): JsonObject {
    const name = input.name === undefined ? undefined : String(input.name);
    const text = String(input.input ?? '{}');
    const { arn, startAt } = this.#executions.start(String(input.stateMachineArn), text, name);
    return { executionArn: arn, startDate: startAt / 1000 };
  }

  #describeExecution(input: JsonObject): JsonObject {
    const arn = String(input.executionArn);
    const execution = this.#executions.get(arn);
    const seen = seenExecution(execution, this.#staleAt('execution-description', execution.name));
    if (!seen) {
      throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    }
    return seen;
  }

  #listExecutions(input: JsonObject): JsonObject {
    const stateMachine = this.#stateMachines.get(String(input.stateMachineArn));
    return listExecutions(this.#executions.of(stateMachine), {
      status: input.statusFilter as ExecutionStatus | undefined,
      limit: pageRequest(input).limit,
      token: input.nextToken,
      seenAt: this.#staleAt('execution-list', stateMachine.name),
      badToken,
    });
  }

  /** "This operation is eventually consistent": how things stood then is what the caller sees. */
  #staleAt(what: 'execution-list' | 'execution-description', subject: string): number {
    const now = this.#kernel.clock.now();
    const spec = this.#kernel.faults.strikes(`${what}-stale`, subject);
    return spec ? now - Number(spec.parameters?.staleSeconds ?? 10) * 1000 : now;
  }

  #history(input: JsonObject): JsonObject {
    const { arn, history } = this.#executions.get(String(input.executionArn));
    if (!history.kept) {
      const reason = `the history of '${arn}' was dropped, as of all but the newest executions`;
      throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: ${reason}`);
    }
    const events = history.view(input.includeExecutionData !== false);
    if (input.reverseOrder === true) events.reverse();
    const { items, nextToken } = pageOf(events, pageRequest(input), badToken);
    return nextToken === undefined ? { events: items } : { events: items, nextToken };
  }

  #stop(input: JsonObject): JsonObject {
    const execution = this.#executions.get(String(input.executionArn));
    const text = (value: unknown) => (value === undefined ? undefined : String(value));
    const { error, cause } = input;
    this.#executions.end(execution, { status: 'ABORTED', error: text(error), cause: text(cause) });
    return { stopDate: (execution.stopAt ?? 0) / 1000 };
  }

  #sendSuccess(input: JsonObject): JsonObject {
    const output = String(input.output);
    try {
      JSON.parse(output);
    } catch (error) {
      throw new AwsError('InvalidOutput', `Invalid Output: '${(error as Error).message}'`);
    }
    this.#tokens.find(String(input.taskToken)).succeed(output);
    return {};
  }

  #sendFailure(input: JsonObject): JsonObject {
    const { error, cause } = input;
    const text = (value: unknown) => (value === undefined ? undefined : String(value));
    this.#tokens.find(String(input.taskToken)).fail(text(error), text(cause));
    return {};
  }
}

function badToken(): AwsError {
  return new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
}

/** "The default is 100 … A value of 0 uses the default." */
function pageRequest(input: JsonObject): { limit: number; token: unknown } {
  return { limit: Number(input.maxResults ?? 0) || 100, token: input.nextToken };
}

function describeStateMachine(found: StateMachine): JsonObject {
  return {
    stateMachineArn: found.arn,
    name: found.name,
    status: 'ACTIVE',
    definition: found.definition,
    roleArn: found.roleArn,
    type: 'STANDARD',
    creationDate: found.createdAt / 1000,
    loggingConfiguration: found.loggingConfiguration,
    tracingConfiguration: found.tracingConfiguration,
    ...(found.revisionId === undefined ? {} : { revisionId: found.revisionId }),
  };
}
