// What every resource type needs to create one resource, and what comes of it.

import type { Kernel } from '../kernel/kernel.ts';
import type { JsonObject } from '../kernel/service.ts';

/** A resource of the template with its intrinsic functions resolved. */
export interface ResourceRequest {
  readonly logicalId: string;
  readonly properties: JsonObject;
  readonly kernel: Kernel;
  /** A name in CloudFormation's way: stack, logical id, and a suffix that makes it unique. */
  readonly generatedName: string;
  /** Calls an operation of a service of the region. */
  call(serviceId: string, operation: string, input: JsonObject): Promise<JsonObject>;
  /** Text of a function's code. */
  code(): Promise<string>;
}

export interface CreatedResource {
  /** What `Ref` answers. */
  readonly ref: string;
  /** What `Fn::GetAtt` answers. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

export type ResourceType = (request: ResourceRequest) => CreatedResource | Promise<CreatedResource>;

/** The named members that are there. */
export function pick(properties: JsonObject, ...names: readonly string[]): JsonObject {
  const present = names.filter((name) => properties[name] !== undefined);
  return Object.fromEntries(present.map((name) => [name, properties[name]]));
}

/** A name given by the template, or a generated one. */
export function nameFrom(request: ResourceRequest, member: string): string {
  return String(request.properties[member] ?? request.generatedName);
}

/** Policies and patterns are objects in a template and JSON text in an API call. */
export function jsonText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
