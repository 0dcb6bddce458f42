// Creates what a CloudFormation template describes, by the API calls CloudFormation would make.

import { type Kernel, partitionOf } from '../kernel/kernel.ts';
import type { JsonObject } from '../kernel/service.ts';
import { COMPUTE_RESOURCES } from './compute-resources.ts';
import { EVENT_RESOURCES } from './event-resources.ts';
import { NO_VALUE, resolve, type Scope } from './intrinsics.ts';
import { KEPT_RESOURCES } from './kept-resources.ts';
import { creationOrder } from './order.ts';
import type { CreatedResource, ResourceRequest, ResourceType } from './resource.ts';
import { STORE_RESOURCES } from './store-resources.ts';
import { checkTemplate, type Template, TemplateError } from './template.ts';

const RESOURCE_TYPES: Readonly<Record<string, ResourceType>> = {
  ...COMPUTE_RESOURCES,
  ...EVENT_RESOURCES,
  ...STORE_RESOURCES,
  ...KEPT_RESOURCES,
};

/** Where a stack is deployed. */
export interface DeployTarget {
  readonly kernel: Kernel;
  /** Calls an operation of a service at once, without latency or throttling. */
  call(serviceId: string, operation: string, input: JsonObject): Promise<JsonObject>;
}

export interface DeployOptions {
  /** CommonJS text of a function, for example from `bundleFunction()`. */
  codeFor(logicalId: string, properties: JsonObject): Promise<string>;
  readonly stackName?: string;
  /** Values of template parameters that have no default, or another one. */
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface StackResource extends CreatedResource {
  readonly logicalId: string;
  readonly type: string;
  /** With every intrinsic function resolved. */
  readonly properties: JsonObject;
}

export interface Stack {
  readonly name: string;
  /** By logical id, in the order of creation. */
  readonly resources: ReadonlyMap<string, StackResource>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Names in a template while its resources come into being. */
class StackScope implements Scope {
  readonly resources = new Map<string, StackResource>();
  readonly #named: ReadonlyMap<string, unknown>;
  readonly #conditions: Readonly<Record<string, unknown>>;

  constructor(target: DeployTarget, template: Template, options: DeployOptions, name: string) {
    const { region, accountId, random } = target.kernel;
    this.#conditions = template.Conditions ?? {};
    const partition = partitionOf(region);
    const stackId = random.stream('cloudformation.stack').uuid();
    this.#named = new Map<string, unknown>([
      ['AWS::Region', region],
      ['AWS::AccountId', accountId],
      ['AWS::Partition', partition],
      ['AWS::URLSuffix', partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'],
      ['AWS::StackName', name],
      [
        'AWS::StackId',
        `arn:${partition}:cloudformation:${region}:${accountId}:stack/${name}/${stackId}`,
      ],
      ['AWS::NotificationARNs', []],
      ['AWS::NoValue', NO_VALUE],
      ...parameterValues(template, options),
    ]);
  }

  ref(name: string): unknown {
    if (this.#named.has(name)) return this.#named.get(name);
    const resource = this.resources.get(name);
    if (resource) return resource.ref;
    throw new TemplateError(`Unresolved reference: ${name} is no parameter and no resource`);
  }

  condition(name: string): boolean {
    if (Object.hasOwn(this.#conditions, name))
      return resolve(this.#conditions[name], this) === true;
    throw new TemplateError(`Unresolved reference: no condition ${name}`);
  }

  attribute(logicalId: string, name: string): unknown {
    const resource = this.resources.get(logicalId);
    if (!resource) throw new TemplateError(`Unresolved reference: no resource ${logicalId}`);
    const value = resource.attributes[name];
    if (value !== undefined) return value;
    throw new TemplateError(`Not simulated: attribute ${name} of ${logicalId} (${resource.type})`);
  }
}

function parameterValues(template: Template, options: DeployOptions): [string, unknown][] {
  return Object.entries(template.Parameters ?? {}).map(([name, { Type, Default }]) => {
    const value = options.parameters?.[name] ?? Default;
    if (value === undefined) throw new TemplateError(`Parameter ${name} must have a value`);
    const isList = Type.startsWith('List<') || Type === 'CommaDelimitedList';
    return [name, isList ? String(value).split(',') : value];
  });
}

function typeOf(template: Template, logicalId: string): ResourceType {
  const { Type } = template.Resources[logicalId]!;
  const type = RESOURCE_TYPES[Type];
  if (type) return type;
  throw new TemplateError(`Not simulated: resource ${logicalId} of type ${Type}`);
}

/**
 * Deploys a template, every resource after those it refers to.
 *
 * @throws {TemplateError} For anything in the template that would otherwise be ignored.
 * @throws {AwsError} What a service refused; resources created before it stay.
 */
export async function deploy(
  target: DeployTarget,
  template: Template,
  options: DeployOptions,
): Promise<Stack> {
  const { stackName = 'stack' } = options;
  checkTemplate(template);
  const order = creationOrder(template);
  const types = new Map(order.map((logicalId) => [logicalId, typeOf(template, logicalId)]));
  const scope = new StackScope(target, template, options, stackName);
  for (const [logicalId, create] of types) {
    const { Type, Properties = {} } = template.Resources[logicalId]!;
    const properties = resolve(Properties, scope) as JsonObject;
    // A stream of its own: one resource more does not rename the others.
    const { random } = target.kernel;
    const suffix = random.stream(`cloudformation.name.${logicalId}`).hex(12).toUpperCase();
    const request: ResourceRequest = {
      logicalId,
      properties,
      kernel: target.kernel,
      generatedName: `${stackName}-${logicalId}-${suffix}`,
      call: (serviceId, operation, input) => target.call(serviceId, operation, input),
      code: () => options.codeFor(logicalId, properties),
    };
    const created = await create(request);
    scope.resources.set(logicalId, { logicalId, type: Type, properties, ...created });
  }
  const outputs = Object.entries(template.Outputs ?? {}).map(
    ([name, { Value }]) => [name, resolve(Value, scope)] as const,
  );
  return { name: stackName, resources: scope.resources, outputs: Object.fromEntries(outputs) };
}
