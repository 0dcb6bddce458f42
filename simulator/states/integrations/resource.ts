// Decides what a Task's Resource means, and which Arguments it takes.

/** One member of Arguments; `any` takes every JSON value. */
interface ArgumentMember {
  readonly required?: boolean;
  readonly type: 'string' | 'array' | 'any';
}

/** A resource that is simulated. `resourceType` and `resource` are what the history shows. */
export interface Resource {
  readonly kind: 'lambda-invoke' | 'lambda-function' | 'start-execution' | 'put-events';
  readonly resourceType: string;
  readonly resource: string;
  /** Request and response, `.sync:2`, or `.waitForTaskToken`. */
  readonly pattern: 'request' | 'sync' | 'callback';
  /** Members of Arguments; undefined where Arguments is the function's own payload. */
  readonly members?: Readonly<Record<string, ArgumentMember>>;
}

const lambda = {
  kind: 'lambda-invoke',
  resourceType: 'lambda',
  members: { FunctionName: { required: true, type: 'string' }, Payload: { type: 'any' } },
} as const;

const states = {
  kind: 'start-execution',
  resourceType: 'states',
  members: {
    StateMachineArn: { required: true, type: 'string' },
    Input: { type: 'any' },
    Name: { type: 'string' },
  },
} as const;

const events = {
  kind: 'put-events',
  resourceType: 'events',
  members: { Entries: { required: true, type: 'array' } },
} as const;

const INTEGRATIONS: Readonly<Record<string, Resource>> = {
  'lambda:invoke': { ...lambda, resource: 'invoke', pattern: 'request' },
  'lambda:invoke.waitForTaskToken': {
    ...lambda,
    resource: 'invoke.waitForTaskToken',
    pattern: 'callback',
  },
  'states:startExecution': { ...states, resource: 'startExecution', pattern: 'request' },
  'states:startExecution.sync:2': {
    ...states,
    resource: 'startExecution.sync:2',
    pattern: 'sync',
  },
  'events:putEvents': { ...events, resource: 'putEvents', pattern: 'request' },
  'events:putEvents.waitForTaskToken': {
    ...events,
    resource: 'putEvents.waitForTaskToken',
    pattern: 'callback',
  },
};

const INTEGRATION = /^arn:(aws[a-z-]*):states:::(.+)$/;
const FUNCTION =
  /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9-_]+(:[A-Za-z0-9$_-]+)?$/;

/**
 * Answers undefined for a resource that is not simulated.
 *
 * @param partition The integrations of this one only; of any unless said.
 */
export function parseResource(resource: string, partition?: string): Resource | undefined {
  const [, ofPartition, integration] = INTEGRATION.exec(resource) ?? [];
  if (integration !== undefined) {
    return partition === undefined || ofPartition === partition
      ? INTEGRATIONS[integration]
      : undefined;
  }
  if (!FUNCTION.test(resource)) return undefined;
  return { kind: 'lambda-function', resourceType: resource, resource, pattern: 'request' };
}

/** What is wrong with evaluated Arguments, as Step Functions says it; undefined when nothing is. */
export function argumentsProblem(resource: Resource, given: unknown): string | undefined {
  const { members } = resource;
  if (!members) return undefined;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return 'Arguments must be an object';
  }
  for (const [name, { required, type }] of Object.entries(members)) {
    const value: unknown = (given as Readonly<Record<string, unknown>>)[name];
    if (value === undefined) {
      if (required) return `The field '${name}' is required but was missing`;
    } else if (type !== 'any' && type !== (Array.isArray(value) ? 'array' : typeof value)) {
      return `The value for the field '${name}' must be of type ${type}`;
    }
  }
  const extra = Object.keys(given).find((name) => !(name in members));
  return extra === undefined
    ? undefined
    : `The field '${extra}' is not supported by Step Functions`;
}
