// One execution environment: one process with one instance of a function's code, serving one
// invocation at a time.

import type { Timer } from '../kernel/clock.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { isAwsHost } from '../wire/hosts.ts';
import type { Transport, WireRequest, WireResponse } from '../wire/message.ts';
import { instantiateCode } from './code.ts';
import type { FunctionConfiguration } from './function-configuration.ts';
import { logGroupOf, runtimeEnvironment } from './function-configuration.ts';
import type { FunctionLogs } from './function-logs.ts';
import { Life } from './life.ts';
import { exited, handlerNotFound, initialisationFailed, type Outcome, thrown } from './outcome.ts';
import type { Sandbox } from './sandbox.ts';

/** Where a fault strikes one invocation; counted in AWS calls of this invocation, from 1. */
export interface Strike {
  readonly killBeforeCall?: number;
  readonly killAfterCall?: number;
  /** The answer to this call never comes: the handler waits until its time is up. */
  readonly hangAfterCall?: number;
  readonly freezeAfterCall?: number;
  readonly freezeSeconds?: number;
}

export interface Invocation {
  readonly requestId: string;
  readonly payload: unknown;
  /** Epoch milliseconds at which Lambda ends it. */
  readonly deadlineAt: number;
  readonly strike: Strike;
}

export interface EnvironmentOptions {
  readonly kernel: Kernel;
  readonly transport: Transport;
  readonly logs: FunctionLogs;
  readonly configuration: FunctionConfiguration;
  /** How far this environment's clock is off, in milliseconds. */
  readonly skewMs: number;
}

type Handler = (event: unknown, context: object) => unknown;

interface Current extends Invocation {
  calls: number;
  readonly settle: (outcome: Outcome) => void;
}

export class ExecutionEnvironment {
  readonly configuration: FunctionConfiguration;
  readonly logStreamName: string;
  readonly #options: EnvironmentOptions;
  readonly #life: Life;
  #handler: Handler | undefined;
  #current: Current | undefined;
  #thaw: Timer | undefined;

  constructor(options: EnvironmentOptions) {
    this.#options = options;
    this.configuration = options.configuration;
    const { clock, random } = options.kernel;
    const day = clock.isoNow().slice(0, 10).replaceAll('-', '/');
    this.logStreamName = `${day}/[$LATEST]${random.stream(`lambda.log-stream/${options.configuration.name}`).hex(32)}`;
    this.#life = new Life((error) => this.#finish(thrown(error), 'end'));
  }

  /** True once its process is gone. */
  get ended(): boolean {
    return this.#life.ended;
  }

  /** Loads the code; answers what failed, if anything did. */
  initialise(): Outcome | undefined {
    const { code, handler } = this.configuration;
    try {
      const exported = instantiateCode(code, this.#sandbox());
      const found = exported[handler.slice(handler.lastIndexOf('.') + 1)];
      if (typeof found !== 'function') return handlerNotFound(handler);
      this.#handler = found as Handler;
      return undefined;
    } catch (error) {
      return initialisationFailed(error);
    }
  }

  /**
   * Runs the handler once. Never rejects, and never answers when the environment is ended
   * meanwhile.
   */
  run(invocation: Invocation): Promise<Outcome> {
    return new Promise((settle) => {
      this.#current = { ...invocation, calls: 0, settle };
      this.#life.thaw();
      this.#life.deliver(() => void this.#callHandler(invocation));
    });
  }

  /** Ends the process: nothing in it runs any more, no answer reaches it, it can send nothing. */
  end(): void {
    this.#life.end();
    this.#thaw?.cancel();
  }

  /**
   * Lambda gives up on the invocation. A process that is frozen by a fault survives unseen and goes
   * on when it thaws; any other is ended.
   */
  abandon(): void {
    if (!this.#thaw) this.end();
  }

  async #callHandler({ requestId, payload, deadlineAt }: Invocation): Promise<void> {
    try {
      const result = await this.#handler!(payload, this.#context(requestId, deadlineAt));
      const text = JSON.stringify(result === undefined ? null : result) ?? 'null';
      this.#finishFor(requestId, { ok: true, payload: text });
    } catch (error) {
      this.#finishFor(requestId, thrown(error));
    }
  }

  #finishFor(requestId: string, outcome: Outcome): void {
    if (this.#current?.requestId === requestId) this.#finish(outcome, 'freeze');
  }

  /**
   * Between invocations AWS freezes the process: what it left open goes on at the next invocation,
   * if any.
   */
  #finish(outcome: Outcome, then: 'freeze' | 'end'): void {
    const current = this.#current;
    this.#current = undefined;
    if (then === 'end') this.end();
    else this.#life.freeze();
    current?.settle(outcome);
  }

  #context(requestId: string, deadlineAt: number): object {
    const { name, arn, memoryMegabytes } = this.configuration;
    return {
      callbackWaitsForEmptyEventLoop: true,
      functionVersion: '$LATEST',
      functionName: name,
      memoryLimitInMB: String(memoryMegabytes),
      logGroupName: logGroupOf(name),
      logStreamName: this.logStreamName,
      invokedFunctionArn: arn,
      awsRequestId: requestId,
      getRemainingTimeInMillis: () => Math.max(0, deadlineAt - this.#options.kernel.clock.now()),
    };
  }

  #sandbox(): Sandbox {
    const { kernel, skewMs, configuration, logs } = this.#options;
    const functionName = configuration.name;
    return {
      clock: kernel.clock,
      now: () => kernel.clock.now() + skewMs,
      random: kernel.random.stream(`lambda.code/${functionName}`),
      life: this.#life,
      environment: runtimeEnvironment(kernel, configuration, this.logStreamName),
      send: (request) => this.#send(request),
      write: (text) => {
        const at = kernel.clock.now();
        const requestId = this.#current?.requestId ?? '';
        logs.append({ at, functionName, requestId, text: text.replace(/\n$/, '') });
      },
      requestId: () => this.#current?.requestId ?? 'undefined',
      exit: (code) => {
        const how = `exit status ${code}`;
        this.#finish(exited(this.#current?.requestId ?? '', how), 'end');
      },
    };
  }

  #send(request: WireRequest): Promise<WireResponse> {
    return new Promise((resolve, reject) => {
      if (this.#life.ended) return;
      const current = this.#current;
      const call = current && isAwsHost(request.headers.host) ? ++current.calls : 0;
      if (call > 0 && call === current?.strike.killBeforeCall) {
        this.#kill(current, `before call ${call}`);
        return;
      }
      const tookEffect = () => {
        if (call > 0 && call === current?.strike.killAfterCall) {
          this.#kill(current, `after call ${call}`);
        }
      };
      const caller = { kind: 'function', name: this.configuration.name } as const;
      this.#options.transport(request, caller, tookEffect).then(
        (response) => {
          if (call > 0 && call === current?.strike.hangAfterCall) return;
          if (call > 0 && call === current?.strike.freezeAfterCall) this.#freeze(current.strike);
          this.#life.deliver(() => resolve(response));
        },
        (error: Error) => this.#life.deliver(() => reject(error)),
      );
    });
  }

  #kill(current: Current, when: string): void {
    this.#log('lambda-killed', { requestId: current.requestId, when });
    this.#finish(exited(current.requestId, 'signal: killed'), 'end');
  }

  #freeze({ freezeSeconds = 0 }: Strike): void {
    this.#log('lambda-frozen', { seconds: freezeSeconds });
    this.#life.freeze();
    this.#thaw = this.#options.kernel.clock.after(freezeSeconds * 1000, () => {
      this.#thaw = undefined;
      this.#life.thaw();
    });
  }

  #log(name: string, detail: Record<string, unknown>): void {
    this.#options.kernel.log.append('lambda', name, this.configuration.name, detail);
  }
}
