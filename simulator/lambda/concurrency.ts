// How many invocations may run at once: of a function with a reservation, and of all the others
// together.
//
// Source: Lambda developer guide "Configuring reserved concurrency for a function".

import { AwsError } from '../kernel/service.ts';
import type { FunctionCatalogue, FunctionRecord } from './function-catalogue.ts';

/** Concurrent executions of an account in a region (Lambda quotas). */
const ACCOUNT_CONCURRENCY = 1000;
/** What reservations have to leave to the other functions; it is less in young accounts. */
const UNRESERVED_CONCURRENCY_MIN = 100;

type Refusal =
  | 'ReservedFunctionConcurrentInvocationLimitExceeded'
  | 'ConcurrentInvocationLimitExceeded';

export class Concurrency {
  readonly #catalogue: FunctionCatalogue;
  readonly #running: (functionName: string) => number;

  /** @param running How many invocations of a function run now. */
  constructor(catalogue: FunctionCatalogue, running: (functionName: string) => number) {
    this.#catalogue = catalogue;
    this.#running = running;
  }

  /** @throws {AwsError} When too little would be left for the functions without a reservation. */
  reserve(record: FunctionRecord, reserved: number): void {
    const others = this.#reserved() - (record.reservedConcurrency ?? 0);
    if (ACCOUNT_CONCURRENCY - others - reserved < UNRESERVED_CONCURRENCY_MIN)
      throw new AwsError(
        'InvalidParameterValueException',
        "Specified ReservedConcurrentExecutions for function decreases account's " +
          `UnreservedConcurrentExecution below its minimum value of [${UNRESERVED_CONCURRENCY_MIN}].`,
        400,
        { Type: 'User' },
      );
    record.reservedConcurrency = reserved;
  }

  /** Why one more invocation may not run now; undefined when it may. */
  refusal({ configuration, reservedConcurrency }: FunctionRecord): Refusal | undefined {
    if (reservedConcurrency !== undefined)
      return this.#running(configuration.name) >= reservedConcurrency
        ? 'ReservedFunctionConcurrentInvocationLimitExceeded'
        : undefined;
    // "No other function can use" what one has reserved, be it idle.
    return this.#unreservedRunning() >= ACCOUNT_CONCURRENCY - this.#reserved()
      ? 'ConcurrentInvocationLimitExceeded'
      : undefined;
  }

  #reserved(): number {
    const all = this.#catalogue.all();
    return all.reduce((sum, { reservedConcurrency = 0 }) => sum + reservedConcurrency, 0);
  }

  #unreservedRunning(): number {
    return this.#catalogue
      .all()
      .filter(({ reservedConcurrency }) => reservedConcurrency === undefined)
      .reduce((sum, { configuration }) => sum + this.#running(configuration.name), 0);
  }
}
