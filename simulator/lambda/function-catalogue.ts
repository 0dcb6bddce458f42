// The functions of the region and their settings, as the Lambda control plane keeps them.

import { validate } from '../kernel/constraints.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { arn } from '../kernel/kernel.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import { onlyFileOf } from './archive.ts';
import {
  ASYNCHRONOUS_DEFAULTS,
  type AsynchronousConfiguration,
  type FunctionConfiguration,
  functionNameOf,
} from './function-configuration.ts';

export interface FunctionRecord {
  configuration: FunctionConfiguration;
  reservedConcurrency: number | undefined;
  asynchronous: AsynchronousConfiguration;
  readonly permissions: JsonObject[];
}

type Changes = Partial<Omit<FunctionConfiguration, 'name' | 'arn'>>;

const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_MEMORY_MEGABYTES = 128;

const CONFIGURATION = {
  Timeout: { min: 1, max: 900 },
  MemorySize: { min: 128, max: 10_240 },
  Handler: { max: 128, pattern: /^[^\s]+$/ },
} as const;

/**
 * `Code.ZipFile` holds an archive with one file of CommonJS, or, which AWS would refuse, the text
 * of that file itself: what the simulator's own deployments give.
 */
function codeFrom(input: JsonObject): string {
  const bytes = Buffer.from(String(input.ZipFile ?? ''), 'base64');
  const text = bytes.subarray(0, 2).toString() === 'PK' ? onlyFileOf(bytes) : bytes.toString();
  if (text) return text;
  throw new AwsError(
    'InvalidParameterValueException',
    'Could not unzip uploaded file. Please check your file, then try to upload again.',
  );
}

function changesFrom(input: JsonObject): Changes {
  validate(input, CONFIGURATION, 'ValidationException');
  const { Timeout, MemorySize, Environment, Handler, Runtime, Role, Description } = input;
  const variables = (Environment as JsonObject | undefined)?.Variables;
  return {
    ...(Timeout === undefined ? {} : { timeoutSeconds: Number(Timeout) }),
    ...(MemorySize === undefined ? {} : { memoryMegabytes: Number(MemorySize) }),
    ...(variables ? { environment: variables as Record<string, string> } : {}),
    ...(Handler === undefined ? {} : { handler: String(Handler) }),
    ...(Runtime === undefined ? {} : { runtime: String(Runtime) }),
    ...(Role === undefined ? {} : { role: String(Role) }),
    ...(Description === undefined ? {} : { description: String(Description) }),
  };
}

/** A function as GetFunctionConfiguration shows it. */
export function describeFunction(configuration: FunctionConfiguration): JsonObject {
  return {
    FunctionName: configuration.name,
    FunctionArn: configuration.arn,
    Runtime: configuration.runtime,
    Role: configuration.role,
    Handler: configuration.handler,
    CodeSize: Buffer.byteLength(configuration.code),
    Description: configuration.description,
    Timeout: configuration.timeoutSeconds,
    MemorySize: configuration.memoryMegabytes,
    // The API writes this one instant as ISO 8601 with a numeric offset.
    LastModified: new Date(configuration.modifiedAt).toISOString().replace('Z', '+0000'),
    Version: '$LATEST',
    Environment: { Variables: configuration.environment },
    RevisionId: configuration.revisionId,
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Architectures: ['x86_64'],
  };
}

export class FunctionCatalogue {
  readonly #kernel: Kernel;
  readonly #functions = new Map<string, FunctionRecord>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** All functions, in the order of their creation. */
  all(): readonly FunctionRecord[] {
    return [...this.#functions.values()];
  }

  /** @param reference Name or ARN. */
  known(reference: string): FunctionRecord | undefined {
    return this.#functions.get(functionNameOf(reference));
  }

  /** @param reference Name or ARN. */
  find(reference: string): FunctionRecord {
    const record = this.known(reference);
    if (record) return record;
    const name = functionNameOf(reference);
    const missing = arn(this.#kernel, 'lambda', `function:${name}`);
    const message = `Function not found: ${missing}`;
    throw new AwsError('ResourceNotFoundException', message, 404, { Type: 'User' });
  }

  create(input: JsonObject): FunctionRecord {
    const name = functionNameOf(String(input.FunctionName));
    if (this.#functions.has(name)) {
      const message = `Function already exist: ${name}`;
      throw new AwsError('ResourceConflictException', message, 409, { Type: 'User' });
    }
    const record: FunctionRecord = {
      configuration: {
        name,
        arn: arn(this.#kernel, 'lambda', `function:${name}`),
        code: codeFrom((input.Code ?? {}) as JsonObject),
        handler: 'index.handler',
        timeoutSeconds: DEFAULT_TIMEOUT_SECONDS,
        memoryMegabytes: DEFAULT_MEMORY_MEGABYTES,
        environment: {},
        runtime: 'nodejs24.x',
        role: '',
        description: '',
        ...changesFrom(input),
        ...this.#revision(),
      },
      reservedConcurrency: undefined,
      asynchronous: ASYNCHRONOUS_DEFAULTS,
      permissions: [],
    };
    this.#functions.set(name, record);
    return record;
  }

  /** New code or configuration: the next invocation is a cold start. */
  update(input: JsonObject): FunctionRecord {
    const record = this.find(String(input.FunctionName));
    const changes = input.ZipFile === undefined ? changesFrom(input) : { code: codeFrom(input) };
    record.configuration = { ...record.configuration, ...changes, ...this.#revision() };
    return record;
  }

  /** UpdateFunctionCode with the code that is there: a new revision, and cold environments. */
  deployAgain(reference: string): void {
    const record = this.find(reference);
    record.configuration = { ...record.configuration, ...this.#revision() };
  }

  delete(reference: string): void {
    this.#functions.delete(this.find(reference).configuration.name);
  }

  #revision(): Pick<FunctionConfiguration, 'modifiedAt' | 'revisionId'> {
    const { clock, random } = this.#kernel;
    return { modifiedAt: clock.now(), revisionId: random.stream('lambda.revision').uuid() };
  }
}
