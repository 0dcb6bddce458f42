// AWS Lambda: keeps functions and runs the shipped handlers in virtual time.

import { invokeAsynchronously } from '../events/asynchronous-invocation.ts';
import { happenOnce } from '../faults/instants.ts';
import { validate } from '../kernel/constraints.ts';
import type { InvokeResult, Kernel } from '../kernel/kernel.ts';
import { pageOf } from '../kernel/page.ts';
import {
  AwsError,
  type AwsService,
  type JsonObject,
  type ThrottleBucket,
} from '../kernel/service.ts';
import type { Transport } from '../wire/message.ts';
import { Concurrency } from './concurrency.ts';
import { describeFunction, FunctionCatalogue, type FunctionRecord } from './function-catalogue.ts';
import { ASYNCHRONOUS_DEFAULTS, type AsynchronousConfiguration } from './function-configuration.ts';
import { FunctionLogs } from './function-logs.ts';
import type { FunctionUsage } from './function-usage.ts';
import { type Invoked, Invoker } from './invoker.ts';
import { LAMBDA_OPERATIONS, LAMBDA_ROUTES } from './lambda-routes.ts';
import { errorPayload } from './outcome.ts';

/** Payload limits in bytes, by invocation type (Lambda quotas). */
const PAYLOAD_BYTES_MAX = { RequestResponse: 6_291_456, Event: 1_048_576 };

type Operation = (input: JsonObject) => JsonObject | Promise<JsonObject>;

export class LambdaService implements AwsService {
  readonly id = 'lambda';
  readonly protocol = 'restJson1';
  readonly operations = LAMBDA_OPERATIONS;
  readonly routes = LAMBDA_ROUTES;
  readonly logs = new FunctionLogs();
  readonly #kernel: Kernel;
  readonly #invoker: Invoker;
  readonly #catalogue: FunctionCatalogue;
  readonly #concurrency: Concurrency;

  /** @param transport Carries what functions send, to AWS and to everybody else. */
  constructor(kernel: Kernel, transport: Transport) {
    this.#kernel = kernel;
    this.#invoker = new Invoker(kernel, transport, this.logs);
    this.#catalogue = new FunctionCatalogue(kernel);
    this.#concurrency = new Concurrency(this.#catalogue, (name) => this.#invoker.concurrency(name));
    happenOnce(kernel, {
      name: 'function-code-updated',
      subjects: () => this.#catalogue.all().map(({ configuration }) => configuration.name),
      happen: (name) => this.#catalogue.deployAgain(name),
    });
  }

  /** Figures of every function, in the order of their creation. */
  usage(): ReadonlyMap<string, FunctionUsage> {
    const names = this.#catalogue.all().map(({ configuration }) => configuration.name);
    return new Map(names.map((name) => [name, this.#invoker.usage(name)]));
  }

  /**
   * Lambda quotas: GetFunction 100 requests per second, the rest of the control plane 15 together.
   */
  throttle(operation: string): ThrottleBucket | undefined {
    if (operation === 'Invoke') return undefined;
    return operation === 'GetFunction'
      ? { name: 'GetFunction', burst: 100, refillPerSecond: 100 }
      : { name: 'control-plane', burst: 15, refillPerSecond: 15 };
  }

  /**
   * Invokes a function and waits; what `kernel.invokeFunction` does.
   *
   * @throws {AwsError} What Lambda itself refuses: an unknown function, no concurrency left.
   */
  async invokeFunction(reference: string, payload: unknown): Promise<InvokeResult> {
    const record = this.#catalogue.find(reference);
    const { outcome } = await this.#admit(record, JSON.stringify(payload ?? null));
    if (outcome.ok) return { ok: true, payload: JSON.parse(outcome.payload) as unknown };
    const { errorType, errorMessage } = outcome;
    return { ok: false, errorType, errorMessage };
  }

  /** What PutFunctionEventInvokeConfig was given; undefined for an unknown function. */
  asynchronousInvocation(reference: string): AsynchronousConfiguration | undefined {
    return this.#catalogue.known(reference)?.asynchronous;
  }

  call(operation: string, input: JsonObject): JsonObject | Promise<JsonObject> {
    return this.#operations[operation]!(input);
  }

  readonly #operations: Readonly<Record<string, Operation>> = {
    Invoke: (input) => this.#invoke(input),
    CreateFunction: (input) => describeFunction(this.#catalogue.create(input).configuration),
    GetFunction: (input) => {
      const { configuration, reservedConcurrency } = this.#record(input);
      return {
        Configuration: describeFunction(configuration),
        Code: { RepositoryType: 'S3' },
        ...(reservedConcurrency === undefined
          ? {}
          : { Concurrency: { ReservedConcurrentExecutions: reservedConcurrency } }),
      };
    },
    GetFunctionConfiguration: (input) => describeFunction(this.#record(input).configuration),
    ListFunctions: (input) => {
      const request = { limit: Number(input.MaxItems ?? LIST_DEFAULT), token: input.Marker };
      const { items, nextToken } = pageOf(this.#catalogue.all(), request, badMarker);
      const Functions = items.map(({ configuration }) => describeFunction(configuration));
      return nextToken === undefined ? { Functions } : { Functions, NextMarker: nextToken };
    },
    UpdateFunctionCode: (input) => describeFunction(this.#catalogue.update(input).configuration),
    UpdateFunctionConfiguration: (input) =>
      describeFunction(this.#catalogue.update(input).configuration),
    DeleteFunction: (input) => {
      this.#catalogue.delete(String(input.FunctionName));
      return {};
    },
    AddPermission: (input) => this.#addPermission(input),
    PutFunctionConcurrency: (input) => {
      const record = this.#record(input);
      this.#concurrency.reserve(record, Number(input.ReservedConcurrentExecutions));
      return { ReservedConcurrentExecutions: record.reservedConcurrency };
    },
    DeleteFunctionConcurrency: (input) => {
      this.#record(input).reservedConcurrency = undefined;
      return {};
    },
    GetFunctionConcurrency: (input) => ({
      ReservedConcurrentExecutions: this.#record(input).reservedConcurrency,
    }),
    PutFunctionEventInvokeConfig: (input) => {
      const record = this.#record(input);
      record.asynchronous = asynchronousFrom(input);
      return describeAsynchronous(record);
    },
    GetFunctionEventInvokeConfig: (input) => {
      const record = this.#record(input);
      if (record.asynchronous === ASYNCHRONOUS_DEFAULTS) throw noEventInvokeConfig(record);
      return describeAsynchronous(record);
    },
  };

  #record(input: JsonObject): FunctionRecord {
    return this.#catalogue.find(String(input.FunctionName));
  }

  /** Kept, and shown as the statement of a policy; nothing acts on it. */
  #addPermission(input: JsonObject): JsonObject {
    const { configuration, permissions } = this.#record(input);
    const { StatementId: Sid, Action, Principal, SourceArn, SourceAccount } = input;
    if (permissions.some(({ StatementId }) => StatementId === Sid))
      throw new AwsError(
        'ResourceConflictException',
        `The statement id (${String(Sid)}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
        409,
        { Type: 'User' },
      );
    permissions.push(input);
    const isService = String(Principal).includes('.');
    const Condition = {
      ...(SourceArn ? { ArnLike: { 'AWS:SourceArn': SourceArn } } : {}),
      ...(SourceAccount ? { StringEquals: { 'AWS:SourceAccount': SourceAccount } } : {}),
    };
    const Statement = {
      Sid,
      Effect: 'Allow',
      Principal: isService ? { Service: Principal } : Principal,
      Action,
      Resource: configuration.arn,
      ...(Object.keys(Condition).length > 0 ? { Condition } : {}),
    };
    return { Statement: JSON.stringify(Statement) };
  }

  async #invoke(input: JsonObject): Promise<JsonObject> {
    const record = this.#record(input);
    const type = String(input.InvocationType ?? 'RequestResponse');
    validate({ InvocationType: type }, INVOCATION);
    const payload = String(input.Payload ?? '') || 'null';
    if (type === 'DryRun') return { StatusCode: 204 };
    checkPayload(payload, type === 'Event' ? 'Event' : 'RequestResponse');
    if (type === 'Event') {
      invokeAsynchronously(this.#kernel, record.configuration.arn, JSON.parse(payload));
      return { StatusCode: 202 };
    }
    const { outcome } = await this.#admit(record, payload);
    const ExecutedVersion = '$LATEST';
    if (outcome.ok) return { StatusCode: 200, ExecutedVersion, Payload: outcome.payload };
    const FunctionError = 'Unhandled';
    return { StatusCode: 200, ExecutedVersion, FunctionError, Payload: errorPayload(outcome) };
  }

  /** Lets an invocation through if concurrency is left. */
  #admit(record: FunctionRecord, payload: string): Promise<Invoked> {
    const { configuration } = record;
    const { name } = configuration;
    const Reason = this.#concurrency.refusal(record);
    if (Reason !== undefined) {
      this.#invoker.usage(name).throttles++;
      this.#kernel.log.append('lambda', 'invocation-throttled', name);
      throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429, {
        Reason,
        Type: 'User',
      });
    }
    return this.#invoker.invoke(configuration, payload);
  }
}

/** ListFunctions: "up to 50 items". */
const LIST_DEFAULT = 50;

function badMarker(): AwsError {
  return new AwsError('InvalidParameterValueException', 'Invalid Marker', 400, { Type: 'User' });
}

function noEventInvokeConfig({ configuration }: FunctionRecord): AwsError {
  const message = `The function ${configuration.arn}:$LATEST doesn't have an EventInvokeConfig`;
  return new AwsError('ResourceNotFoundException', message, 404, { Type: 'User' });
}

const INVOCATION = {
  InvocationType: { oneOf: ['Event', 'RequestResponse', 'DryRun'] },
} as const;

function checkPayload(payload: string, type: keyof typeof PAYLOAD_BYTES_MAX): void {
  const limit = PAYLOAD_BYTES_MAX[type];
  if (Buffer.byteLength(payload) > limit) {
    const message = `Request must be smaller than ${limit} bytes for the InvokeFunction operation`;
    throw new AwsError('RequestTooLargeException', message, 413, { Type: 'User' });
  }
  try {
    JSON.parse(payload);
  } catch (error) {
    const message = `Could not parse request body into json: ${(error as Error).message}`;
    throw new AwsError('InvalidRequestContentException', message, 400, { Type: 'User' });
  }
}

function asynchronousFrom(input: JsonObject): AsynchronousConfiguration {
  validate(input, {
    MaximumRetryAttempts: { min: 0, max: 2 },
    MaximumEventAgeInSeconds: { min: 60, max: 21_600 },
  });
  const destinations = input.DestinationConfig as { OnFailure?: JsonObject } | undefined;
  const onFailureArn = destinations?.OnFailure?.Destination;
  return {
    maximumRetryAttempts: Number(input.MaximumRetryAttempts ?? 2),
    maximumEventAgeSeconds: Number(input.MaximumEventAgeInSeconds ?? 21_600),
    ...(onFailureArn === undefined ? {} : { onFailureArn: String(onFailureArn) }),
  };
}

function describeAsynchronous({ configuration, asynchronous }: FunctionRecord): JsonObject {
  return {
    FunctionArn: `${configuration.arn}:$LATEST`,
    MaximumRetryAttempts: asynchronous.maximumRetryAttempts,
    MaximumEventAgeInSeconds: asynchronous.maximumEventAgeSeconds,
    DestinationConfig:
      asynchronous.onFailureArn === undefined
        ? {}
        : { OnFailure: { Destination: asynchronous.onFailureArn } },
  };
}
