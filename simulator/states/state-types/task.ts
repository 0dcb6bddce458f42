// Task: calls a service, in its time, and waits for a token or a child where the resource says so.

import type { Timer } from '../../kernel/clock.ts';
import type { TaskState } from '../definition/schema.ts';
import { invokeFunctionArn, invokeLambda } from '../integrations/lambda.ts';
import { putEvents } from '../integrations/put-events.ts';
import { argumentsProblem, parseResource, type Resource } from '../integrations/resource.ts';
import { startExecution, waitForExecution } from '../integrations/start-execution.ts';
import type { TaskCall } from '../integrations/task-call.ts';
import { makePayload, type Payload, parsePayload } from '../payload.ts';
import type { StateResult } from '../runtime.ts';
import type { Scope } from '../scope.ts';
import { heartbeatTimeout, runtimeError, StateError, timeout } from '../state-error.ts';
import type { Visit } from '../visit.ts';
import { type TaskEvents, taskEvents } from './task-events.ts';

export async function performTask(visit: Visit, state: TaskState): Promise<StateResult> {
  // The definition was refused at load unless the resource is known.
  const resource = parseResource(state.Resource)!;
  const { runtime, frame } = visit;
  if (resource.pattern === 'callback') visit.token = runtime.tokens.issue();
  const timeoutSeconds = await visit.evaluateSeconds(state.TimeoutSeconds, 'TimeoutSeconds');
  const heartbeatSeconds = await visit.evaluateSeconds(state.HeartbeatSeconds, 'HeartbeatSeconds');
  const given = await argumentsOf(visit, state, resource);
  const events = taskEvents(visit, resource);
  events.scheduled(given.text, timeoutSeconds, heartbeatSeconds);
  events.started();
  const limit = timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000;
  const attempt: Attempt = { visit, resource, given: given.value, events, heartbeatSeconds };
  try {
    const result = await frame.scope.limit(runtime.kernel.clock, limit, timeout, (scope) =>
      settle(attempt, scope),
    );
    events.succeeded(result.text);
    return await visit.leave(state, result, { result: result.value });
  } catch (error) {
    if (error instanceof StateError) events.failedOnce(error);
    throw error;
  }
}

async function argumentsOf(visit: Visit, state: TaskState, resource: Resource): Promise<Payload> {
  if (state.Arguments === undefined) return visit.input;
  const value = await visit.evaluate(state.Arguments, 'Arguments');
  const problem = argumentsProblem(resource, value);
  if (problem) {
    const shown = `The Parameters '${JSON.stringify(value)}' could not be used to start the Task:`;
    throw runtimeError(visit.stateName, visit.enteredEventId, `${shown} [${problem}]`);
  }
  return makePayload(value, visit.stateName);
}

interface Attempt {
  readonly visit: Visit;
  readonly resource: Resource;
  readonly given: unknown;
  readonly events: TaskEvents;
  readonly heartbeatSeconds: number | undefined;
}

async function settle(attempt: Attempt, scope: Scope): Promise<Payload> {
  const { visit, resource, given, events } = attempt;
  const call: TaskCall = { runtime: visit.runtime, execution: visit.execution, scope, given };
  if (resource.pattern === 'callback') return settleByToken(attempt, call);
  if (resource.kind === 'start-execution') {
    const { child, answer } = startExecution(call);
    if (resource.pattern === 'request') return makePayload(answer, resource.resourceType);
    events.submitted(JSON.stringify(answer));
    return makePayload(await waitForExecution(call, child), resource.resourceType);
  }
  return makePayload(await request(resource, call), resource.resourceType);
}

async function request(resource: Resource, call: TaskCall): Promise<unknown> {
  if (resource.kind === 'lambda-invoke') return invokeLambda(call);
  if (resource.kind === 'put-events') return putEvents(call);
  return invokeFunctionArn(call, resource.resource);
}

/**
 * Calls the service with the token and waits for the answer to the token.
 *
 * The answer may come before the call returns (the function itself may send it): the task ends
 * then, and what the call returns is ignored.
 */
function settleByToken(attempt: Attempt, call: TaskCall): Promise<Payload> {
  const { visit, resource, events, heartbeatSeconds } = attempt;
  const { scope } = call;
  const { clock } = visit.runtime.kernel;
  const { tokens } = visit.runtime;
  const token = visit.token!;
  let timer: Timer | undefined;
  // At once, not when the promise reacts: a second answer at this same instant is already too late.
  const finish = () => {
    timer?.cancel();
    tokens.close(token);
  };
  return scope.suspend<Payload>((resolve, reject) => {
    const fail = (error: unknown) => {
      finish();
      reject(error);
    };
    const watch = () => {
      timer?.cancel();
      if (heartbeatSeconds === undefined) return;
      timer = clock.after(heartbeatSeconds * 1000, () => fail(heartbeatTimeout()));
    };
    tokens.open(token, {
      succeed(output) {
        finish();
        resolve(parsePayload(output));
      },
      fail: (error, cause) => fail(new StateError(error, cause)),
      heartbeat: watch,
    });
    watch();
    request(resource, call)
      .then((answer) => {
        if (scope.open) events.submitted(makePayload(answer, resource.resourceType).text);
      })
      .catch(fail);
    return finish;
  });
}
