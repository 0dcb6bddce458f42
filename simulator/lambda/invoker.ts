// Decides where an invocation runs (a warm environment or a cold start), how long it may take, and
// what it cost.

import type { Kernel } from '../kernel/kernel.ts';
import type { Transport } from '../wire/message.ts';
import { ExecutionEnvironment, type Strike } from './execution-environment.ts';
import type { FunctionConfiguration } from './function-configuration.ts';
import type { FunctionLogs } from './function-logs.ts';
import { type FunctionUsage, newUsage } from './function-usage.ts';
import { type Outcome, timedOut } from './outcome.ts';

/** Cold start of a small Node.js bundle, in milliseconds: usual figures, not a promise of AWS. */
const COLD_START_MS = { low: 250, high: 450 };
/** What an invocation takes besides the handler's own calls. */
const WARM_MEDIAN_MS = 5;
const WARM_P99_MS = 25;
/** AWS reclaims idle environments at times of its own; these bounds are a guess. */
const IDLE_MINUTES = { low: 5, high: 45 };
/**
 * Idle environments kept per function. AWS keeps more; here each holds some megabytes of real memory,
 * so after a burst the least recently used are reclaimed first, as AWS may do at any time.
 */
const IDLE_MAX = 20;
/** Payload limit of a synchronous answer (Lambda quotas), as the error message spells it. */
const RESPONSE_BYTES_MAX = 6_291_556;
/** F31, unless the fault file says how far. */
const SKEW_SECONDS = 300;
/** F24, unless the fault file says how long. */
const FROZEN_SECONDS = 300;

interface Idle {
  readonly environment: ExecutionEnvironment;
  readonly reclaimedAt: number;
}

interface Pool {
  readonly idle: Idle[];
  busy: number;
  readonly usage: FunctionUsage;
}

export interface Invoked {
  readonly requestId: string;
  readonly outcome: Outcome;
}

export class Invoker {
  readonly #kernel: Kernel;
  readonly #transport: Transport;
  readonly #logs: FunctionLogs;
  readonly #pools = new Map<string, Pool>();

  constructor(kernel: Kernel, transport: Transport, logs: FunctionLogs) {
    this.#kernel = kernel;
    this.#transport = transport;
    this.#logs = logs;
  }

  /** Invocations of one function that run now. */
  concurrency(functionName: string): number {
    return this.#pool(functionName).busy;
  }

  usage(functionName: string): FunctionUsage {
    return this.#pool(functionName).usage;
  }

  /** Runs the function once; the answer says how it ended. */
  async invoke(configuration: FunctionConfiguration, payload: string): Promise<Invoked> {
    const { clock, random } = this.#kernel;
    const { name, timeoutSeconds } = configuration;
    const pool = this.#pool(name);
    const requestId = random.stream(`lambda.request-id/${name}`).uuid();
    const strike = this.#strike(name);
    pool.busy++;
    pool.usage.invocations++;
    pool.usage.concurrentMax = Math.max(pool.usage.concurrentMax, pool.busy);
    const { environment, initMs, failure } = await this.#ready(pool, configuration);
    await clock.sleep(random.stream(`lambda.warm/${name}`).lognormal(WARM_MEDIAN_MS, WARM_P99_MS));
    this.#print(name, requestId, `START RequestId: ${requestId} Version: $LATEST`);
    const startedAt = clock.now();
    const deadlineAt = startedAt + timeoutSeconds * 1000;
    const invocation = { requestId, payload: JSON.parse(payload) as unknown, deadlineAt, strike };
    const outcome =
      failure ?? checkSize(await this.#within(environment, invocation, timeoutSeconds));
    if (failure) environment.end();
    this.#account(pool, configuration, { requestId, outcome, initMs, startedAt });
    this.#release(pool, environment, outcome);
    return { requestId, outcome };
  }

  #pool(functionName: string): Pool {
    const pool = this.#pools.get(functionName) ?? { idle: [], busy: 0, usage: newUsage() };
    this.#pools.set(functionName, pool);
    return pool;
  }

  #strike(functionName: string): Strike {
    const { faults } = this.#kernel;
    const killed = faults.strikes('lambda-killed', functionName);
    const { afterCalls = 1, beforeCalls } = killed?.parameters ?? {};
    const kill =
      beforeCalls === undefined
        ? { killAfterCall: Number(afterCalls) }
        : { killBeforeCall: Number(beforeCalls) };
    const frozen = faults.strikes('lambda-frozen', functionName);
    const hanging = faults.strikes('lambda-times-out', functionName);
    return {
      ...(killed ? kill : {}),
      ...(hanging ? { hangAfterCall: Number(hanging.parameters?.afterCalls ?? 1) } : {}),
      ...(frozen
        ? {
            freezeAfterCall: Number(frozen.parameters?.afterCalls ?? 1),
            freezeSeconds: Number(frozen.parameters?.seconds ?? FROZEN_SECONDS),
          }
        : {}),
    };
  }

  /** The most recently used warm environment of this revision, or a new one after a cold start. */
  async #ready(
    pool: Pool,
    configuration: FunctionConfiguration,
  ): Promise<{ environment: ExecutionEnvironment; initMs: number; failure?: Outcome }> {
    const { clock, random, faults } = this.#kernel;
    for (let idle = pool.idle.pop(); idle; idle = pool.idle.pop()) {
      const { environment, reclaimedAt } = idle;
      const isCurrent = environment.configuration.revisionId === configuration.revisionId;
      if (isCurrent && reclaimedAt > clock.now()) return { environment, initMs: 0 };
      environment.end();
    }
    pool.usage.coldStarts++;
    const skew = faults.strikes('lambda-clock-skewed', configuration.name);
    const environment = new ExecutionEnvironment({
      kernel: this.#kernel,
      transport: this.#transport,
      logs: this.#logs,
      configuration,
      skewMs: (skew ? Number(skew.parameters?.seconds ?? SKEW_SECONDS) : 0) * 1000,
    });
    const { low, high } = COLD_START_MS;
    const initMs = random.stream(`lambda.cold-start/${configuration.name}`).between(low, high);
    await clock.sleep(initMs);
    const failure = environment.initialise();
    return { environment, initMs, ...(failure ? { failure } : {}) };
  }

  #within(
    environment: ExecutionEnvironment,
    invocation: Parameters<ExecutionEnvironment['run']>[0],
    timeoutSeconds: number,
  ): Promise<Outcome> {
    return new Promise((resolve) => {
      const limit = this.#kernel.clock.at(invocation.deadlineAt, () => {
        environment.abandon();
        resolve(timedOut(invocation.requestId, timeoutSeconds));
      });
      void environment.run(invocation).then((outcome) => {
        limit.cancel();
        resolve(outcome);
      });
    });
  }

  #account(
    { usage }: Pool,
    { name, memoryMegabytes }: FunctionConfiguration,
    ended: { requestId: string; outcome: Outcome; initMs: number; startedAt: number },
  ): void {
    const { requestId, outcome, initMs, startedAt } = ended;
    const durationMs = this.#kernel.clock.now() - startedAt;
    const billedMs = Math.ceil(durationMs + initMs);
    usage.billedMilliseconds += billedMs;
    usage.gigabyteSeconds += (billedMs / 1000) * (memoryMegabytes / 1024);
    const fields = [
      `REPORT RequestId: ${requestId}`,
      `Duration: ${durationMs.toFixed(2)} ms`,
      `Billed Duration: ${billedMs} ms`,
      `Memory Size: ${memoryMegabytes} MB`,
    ];
    if (initMs > 0) fields.push(`Init Duration: ${initMs.toFixed(2)} ms`);
    const detail = { requestId, durationMs, initMs };
    if (outcome.ok) this.#kernel.log.append('lambda', 'invocation-succeeded', name, detail);
    else {
      usage.errors++;
      if (outcome.errorType === 'Sandbox.Timedout') {
        usage.timeouts++;
        fields.push('Status: timeout');
      }
      const { errorType } = outcome;
      this.#kernel.log.append('lambda', 'invocation-failed', name, { ...detail, errorType });
    }
    this.#print(name, requestId, `END RequestId: ${requestId}`);
    this.#print(name, requestId, fields.join('\t'));
  }

  #release(pool: Pool, environment: ExecutionEnvironment, outcome: Outcome): void {
    pool.busy--;
    const isReusable = outcome.ok || outcome.errorType !== 'Sandbox.Timedout';
    if (environment.ended || !isReusable) return;
    const { low, high } = IDLE_MINUTES;
    const idleMinutes = this.#kernel.random
      .stream(`lambda.idle/${environment.configuration.name}`)
      .between(low, high);
    const reclaimedAt = this.#kernel.clock.now() + idleMinutes * 60_000;
    pool.idle.push({ environment, reclaimedAt });
    if (pool.idle.length > IDLE_MAX) pool.idle.shift()?.environment.end();
  }

  #print(functionName: string, requestId: string, text: string): void {
    this.#logs.append({ at: this.#kernel.clock.now(), functionName, requestId, text });
  }
}

function checkSize(outcome: Outcome): Outcome {
  if (!outcome.ok || Buffer.byteLength(outcome.payload) <= RESPONSE_BYTES_MAX) return outcome;
  return {
    ok: false,
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage:
      'Response payload size exceeded maximum allowed payload size ' +
      `(${RESPONSE_BYTES_MAX} bytes).`,
  };
}
