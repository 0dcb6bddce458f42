// Runs executions: from state to state, through Retry and Catch, to one of four ends.

import type { Flow, State } from './definition/schema.ts';
import type { Ending, Execution } from './execution.ts';
import { type Payload, payloadTooLarge } from './payload.ts';
import { Retries } from './retry.ts';
import type { Frame, Runtime, StateResult } from './runtime.ts';
import { Stopped } from './scope.ts';
import { StateError } from './state-error.ts';
import { performChoice } from './state-types/choice.ts';
import { performFail } from './state-types/fail.ts';
import { performMap } from './state-types/map.ts';
import { performParallel } from './state-types/parallel.ts';
import { performPass } from './state-types/pass.ts';
import { performSucceed } from './state-types/succeed.ts';
import { performTask } from './state-types/task.ts';
import { performWait } from './state-types/wait.ts';
import { Visit } from './visit.ts';

/** Going from one state to the next takes Standard workflows some tens of milliseconds. */
const TRANSITION_MILLISECONDS = [20, 60] as const;

/** The machine's own TimeoutSeconds passed: the execution ends, and no Catch runs. */
class ExecutionTimeout extends Error {}

/** Runs an execution to its end; `end` is told how, unless someone else ended it first. */
export async function runExecution(
  runtime: Runtime,
  execution: Execution,
  end: (ending: Ending, lastEventId: number) => void,
): Promise<void> {
  const { TimeoutSeconds: timeoutSeconds } = execution.machine;
  const milliseconds = timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000;
  let frame: Frame | undefined;
  try {
    const output = await execution.scope.limit(
      runtime.kernel.clock,
      milliseconds,
      () => new ExecutionTimeout(),
      (scope) => {
        // The first state's event follows no other: its previousEventId is 0.
        const variables = { ...(execution.redriveCount > 0 ? execution.reached?.variables : {}) };
        frame = { scope, variables, lastEventId: 0 };
        return runFlow(runtime, execution, execution.machine, execution.input, frame);
      },
    );
    end({ status: 'SUCCEEDED', output: output.text }, frame?.lastEventId ?? 0);
  } catch (error) {
    if (error instanceof Stopped) return;
    if (error instanceof ExecutionTimeout) end({ status: 'TIMED_OUT' }, 0);
    else if (error instanceof StateError) {
      end({ status: 'FAILED', ...error.details }, frame?.lastEventId ?? 0);
    } else throw error;
  }
}

/** Runs a line of states; answers the output of its last one. */
export async function runFlow(
  runtime: Runtime,
  execution: Execution,
  flow: Flow,
  input: Payload,
  frame: Frame,
): Promise<Payload> {
  const isWhole = flow === execution.machine;
  const resumed = isWhole && execution.redriveCount > 0 ? execution.reached : undefined;
  let name = resumed?.name ?? flow.StartAt;
  let current = resumed?.input ?? input;
  for (;;) {
    if (isWhole) execution.reached = { name, input: current, variables: { ...frame.variables } };
    const delay = runtime.delays.integer(...TRANSITION_MILLISECONDS);
    await frame.scope.sleep(runtime.kernel.clock, delay);
    // Targets were checked when the definition was loaded.
    const state = flow.States[name]!;
    const result = await runState(runtime, execution, { name, state, input: current }, frame);
    if (result.next === undefined) return result.output;
    name = result.next;
    current = result.output;
  }
}

interface Step {
  readonly name: string;
  readonly state: State;
  readonly input: Payload;
}

async function runState(
  runtime: Runtime,
  execution: Execution,
  { name, state, input }: Step,
  frame: Frame,
): Promise<StateResult> {
  frame.scope.check();
  frame.stateType = state.Type;
  const { history } = execution;
  frame.lastEventId = history.append(`${state.Type}StateEntered`, frame.lastEventId, {
    name,
    input: input.text,
  });
  execution.path.push(name);
  runtime.countTransition(execution);
  const enteredEventId = frame.lastEventId;
  const visit = new Visit(runtime, { execution, frame, stateName: name, input, enteredEventId });
  runtime.onStateEntered(execution, name);
  const result = await performUntilDone(visit, state);
  visit.record(`${state.Type}StateExited`, {
    name,
    output: result.output.text,
    ...assignedMembers(result.assigned),
  });
  Object.assign(frame.variables, result.assigned?.value);
  return result;
}

function assignedMembers(assigned: Payload | undefined): Record<string, unknown> {
  if (!assigned) return {};
  const entries = Object.entries(assigned.value as object);
  const texts = entries.map(([name, value]) => [name, JSON.stringify(value)]);
  return { assignedVariables: Object.fromEntries(texts) };
}

async function performUntilDone(visit: Visit, state: State): Promise<StateResult> {
  const { runtime, execution, frame } = visit;
  const retriers = ('Retry' in state ? state.Retry : undefined) ?? [];
  const retries = new Retries(retriers, runtime.jitter);
  for (;;) {
    try {
      return withinLimit(visit, await perform(visit, state));
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      const delaySeconds = retries.nextDelaySeconds(error);
      if (delaySeconds === undefined) return recover(visit, state, error);
      visit.retryCount = retries.count;
      await frame.scope.sleep(runtime.kernel.clock, Math.round(delaySeconds * 1000));
      // "Retries are treated as state transitions", and billed so.
      runtime.countTransition(execution);
    }
  }
}

/** F28: what a state may return is checked against 256 KiB elsewhere; here against a fault's limit. */
function withinLimit({ execution, stateName }: Visit, result: StateResult): StateResult {
  const { payloadBytesMax = Number.POSITIVE_INFINITY } = execution;
  if (Buffer.byteLength(result.output.text) <= payloadBytesMax) return result;
  throw payloadTooLarge(stateName);
}

/** Goes on where a Catch points, or throws the error on. */
async function recover(visit: Visit, state: State, error: StateError): Promise<StateResult> {
  if (state.Type === 'Map' || state.Type === 'Parallel') visit.record(`${state.Type}StateFailed`);
  const catchers = ('Catch' in state ? state.Catch : undefined) ?? [];
  const index = catchers.findIndex((catcher) => error.matches(catcher.ErrorEquals));
  const catcher = catchers[index];
  if (!catcher) throw error;
  const errorOutput = error.output;
  const fallback = { text: JSON.stringify(errorOutput), value: errorOutput };
  return visit.leave(catcher, fallback, { errorOutput }, `Catch[${index}]/`);
}

function perform(visit: Visit, state: State): Promise<StateResult> {
  switch (state.Type) {
    case 'Pass':
      return performPass(visit, state);
    case 'Task':
      return performTask(visit, state);
    case 'Choice':
      return performChoice(visit, state);
    case 'Wait':
      return performWait(visit, state);
    case 'Succeed':
      return performSucceed(visit, state);
    case 'Fail':
      return performFail(visit, state);
    case 'Map':
      return performMap(visit, state);
    case 'Parallel':
      return performParallel(visit, state);
  }
}
