// The region's front door: routes each request, lets it take its time, throttles, strikes with
// faults, and counts.

import type { FaultSpec } from '../faults/faults.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { AwsError, type AwsService, type Caller, type JsonObject } from '../kernel/service.ts';
import { CallCounts } from './call-counts.ts';
import { type Call, encodeFailure, encodeSuccess, encodeUnroutable } from './codec.ts';
import {
  accessDenied,
  internalFailure,
  principalArn,
  throttled,
  unknownOperation,
} from './common-errors.ts';
import { ConnectionResetError, type WireRequest, type WireResponse } from './message.ts';
import { Router } from './routing.ts';
import { Throttle } from './throttle.ts';

/**
 * Median and 99th percentile of a control-plane call inside a region: a round figure, not a
 * measurement.
 */
const LATENCY_MEDIAN_MS = 15;
const LATENCY_P99_MS = 80;
/** F14, a brown-out, unless the fault file says how slow. */
const SLOW_SECONDS = 30;

const READ = /^(Describe|List|Get|BatchGet|Query$|Scan$|Search|Select|Lookup|Test|Validate)/;

/** True for operations that change nothing; their calls are counted but not logged. */
function isRead(operation: string): boolean {
  return READ.test(operation);
}

/** IAM authorises every resource of a call: one that may not be touched refuses all of it. */
function mentions(input: unknown, name: string): boolean {
  if (input === name) return true;
  return (
    typeof input === 'object' &&
    input !== null &&
    Object.values(input).some((one) => mentions(one, name))
  );
}

/** What a service made of a call: its answer as bytes, and the error code if it was refused. */
interface Effect {
  readonly response: WireResponse;
  readonly code?: string;
  readonly throttled?: boolean;
}

/** An API call as its service gets it. */
export interface SeenCall {
  readonly serviceId: string;
  readonly operation: string;
  readonly input: JsonObject;
  readonly caller: Caller;
}

type CheckModel = (service: AwsService, operation: string, input: JsonObject) => void;

export class Dispatcher {
  readonly counts = new CallCounts();
  readonly #listeners: ((call: SeenCall) => void)[] = [];
  readonly #kernel: Kernel;
  readonly #router: Router;
  readonly #throttle: Throttle;
  readonly #checkModel: CheckModel;

  /** @param checkModel Refuses what the service's model does. */
  constructor(
    kernel: Kernel,
    services: readonly AwsService[],
    checkModel: CheckModel = () => undefined,
  ) {
    this.#checkModel = checkModel;
    this.#kernel = kernel;
    this.#router = new Router(services);
    this.#throttle = new Throttle(kernel.clock);
  }

  /** Is told of every call before its effect, refused ones included. */
  onCall(listener: (call: SeenCall) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Answers one request in virtual time: half of the latency passes before the effect, half after
   * it.
   *
   * A bug of the simulator (a service that throws anything but `AwsError`) goes to the clock, which
   * throws it out of `run()`; its request is never answered.
   *
   * @param tookEffect Called at the instant of the effect.
   * @throws {ConnectionResetError} When a fault breaks the connection after the effect.
   */
  async handle(
    request: WireRequest,
    caller: Caller,
    tookEffect?: () => void,
  ): Promise<WireResponse> {
    const { clock, random } = this.#kernel;
    const requestId = random.stream(`wire.request-id/${caller.name}`).uuid();
    const addressed = this.#router.address(request);
    const isRouted = 'service' in addressed;
    const name = isRouted ? `${addressed.service.id}:${addressed.operation}` : '';
    const halfLatency = this.#latencyMs(name, caller) / 2;
    await clock.sleep(halfLatency);
    if (!isRouted) {
      this.#reportUnknown(addressed.message, caller);
      return this.#dated(encodeUnroutable(addressed, requestId));
    }
    const call: Call = { ...addressed, requestId };
    const effect = await this.#effectOf(call, name, caller);
    this.#record(call, name, caller, effect);
    tookEffect?.();
    const response = await this.#afterEffect(call, name, caller, effect.response);
    await clock.sleep(halfLatency);
    return this.#dated(response);
  }

  /** Each caller has chance of its own: how often one calls must not move the others. */
  #latencyMs(name: string, caller: Caller): number {
    const usual = this.#kernel.random
      .stream(`wire.latency/${caller.name}`)
      .lognormal(LATENCY_MEDIAN_MS, LATENCY_P99_MS);
    const slow = name === '' ? undefined : this.#kernel.faults.strikes('api-slow', name);
    return slow ? usual + Number(slow.parameters?.seconds ?? SLOW_SECONDS) * 1000 : usual;
  }

  async #effectOf(call: Call, name: string, caller: Caller): Promise<Effect> {
    const { service, operation, input } = call;
    for (const tell of this.#listeners) tell({ serviceId: service.id, operation, input, caller });
    if (!service.operations.includes(operation)) {
      this.#reportUnknown(name, caller);
      return this.#refusal(call, unknownOperation(service, operation));
    }
    const refusal = this.#refusedByFault(call, name, caller);
    if (refusal) return refusal;
    if (!this.#throttle.admits(service, operation)) {
      return { ...this.#refusal(call, throttled(service)), throttled: true };
    }
    try {
      this.#checkModel(service, operation, input);
      return { response: encodeSuccess(call, await service.call(operation, input, caller)) };
    } catch (error) {
      if (error instanceof AwsError) return this.#refusal(call, error);
      return this.#failLoudly(error);
    }
  }

  #refusal(call: Call, error: AwsError): Effect {
    return { response: encodeFailure(call, error), code: error.code };
  }

  /** Hands a bug to the clock and never answers: nothing may go on from a wrong world. */
  #failLoudly(error: unknown): Promise<never> {
    this.#kernel.clock.after(0, () => {
      throw error;
    });
    return new Promise(() => {});
  }

  #strikes(
    fault: string,
    name: string,
    caller: Caller,
    means?: (spec: FaultSpec) => boolean,
  ): FaultSpec | undefined {
    const spec = this.#kernel.faults.strikes(fault, name, means);
    if (spec) this.#kernel.log.append('wire', fault, name, { caller: caller.name });
    return spec;
  }

  #refusedByFault(call: Call, name: string, caller: Caller): Effect | undefined {
    const { service, operation, input } = call;
    const names = ({ parameters }: FaultSpec) =>
      parameters?.naming === undefined || mentions(input, String(parameters.naming));
    if (this.#strikes('api-access-denied', name, caller, names)) {
      const principal = principalArn(caller, this.#kernel);
      return this.#refusal(call, accessDenied(service, operation, principal));
    }
    if (this.#strikes('api-throttled', name, caller)) {
      return { ...this.#refusal(call, throttled(service)), throttled: true };
    }
    if (this.#strikes('api-error-before-effect', name, caller)) {
      return this.#refusal(call, internalFailure(service));
    }
    return undefined;
  }

  /** F3: the effect stands, but the caller does not learn of it. */
  async #afterEffect(
    call: Call,
    name: string,
    caller: Caller,
    response: WireResponse,
  ): Promise<WireResponse> {
    const fault = this.#strikes('api-error-after-effect', name, caller);
    if (!fault) return response;
    switch (fault.parameters?.answer) {
      case 'reset':
        throw new ConnectionResetError();
      case 'none':
        return new Promise(() => {});
      default:
        return encodeFailure(call, internalFailure(call.service));
    }
  }

  #record(call: Call, name: string, caller: Caller, effect: Effect): void {
    const outcome = effect.throttled ? 'throttled' : effect.code === undefined ? 'ok' : 'refused';
    this.counts.record(name, caller, outcome);
    if (isRead(call.operation)) return;
    const detail = { caller: caller.name, outcome: effect.code ?? 'ok' };
    this.#kernel.log.append('wire', 'call', name, detail);
  }

  #reportUnknown(what: string, caller: Caller): void {
    this.counts.unknown.add(what);
    this.#kernel.log.append('wire', 'unknown-operation', what, { caller: caller.name });
  }

  /** SDKs correct their clock by this header, so it must tell the region's time. */
  #dated(response: WireResponse): WireResponse {
    const date = new Date(this.#kernel.clock.now()).toUTCString();
    return { ...response, headers: { ...response.headers, date } };
  }
}
