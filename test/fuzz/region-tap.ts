// Lets a test see every call that reaches a service of a region, with its input, its caller and its answer.

import type { AwsService, Caller, JsonObject } from '../../simulator/kernel/service.ts';

export interface TappedCall {
  readonly operation: string;
  readonly input: JsonObject;
  readonly caller: Caller;
}

export interface Tap {
  /** Just before the service acts. */
  before?(call: TappedCall): void;
  /** At the instant of the effect; not called for what the service refuses. */
  after(call: TappedCall, output: JsonObject): void;
}

/** The service answers as before: a tap only looks. */
export function tapCalls(service: AwsService, tap: Tap): void {
  const act = service.call.bind(service);
  service.call = async (operation, input, caller) => {
    const call = { operation, input, caller };
    tap.before?.(call);
    const output = await act(operation, input, caller);
    tap.after(call, output);
    return output;
  };
}
