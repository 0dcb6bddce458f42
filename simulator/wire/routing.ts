// Finds the service and operation a request is meant for, as AWS's endpoints do, and decodes its
// input.

import type { AwsService, JsonObject, Route } from '../kernel/service.ts';
import type { Call } from './codec.ts';
import { decodeForm } from './form.ts';
import type { WireRequest } from './message.ts';

/** A request that no service of the region can read. */
export interface Unroutable {
  readonly code: string;
  readonly message: string;
  readonly status: number;
  /** True when it came as a form, which is answered in XML. */
  readonly isForm?: boolean;
  /** Signing name, if it was signed. */
  readonly signedFor?: string | undefined;
}

type Addressed = Omit<Call, 'requestId'>;

function unroutable(code: string, message: string, status = 400): Unroutable {
  return { code, message, status };
}

/**
 * Access key id and signing name from `Credential=<key>/<date>/<region>/<service>/aws4_request`.
 */
export function credentialOf(
  headers: WireRequest['headers'],
): { readonly accessKeyId: string; readonly service: string } | undefined {
  const scope = /Credential=([^/,\s]+)\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/;
  const found = scope.exec(headers.authorization ?? '');
  return found ? { accessKeyId: found[1]!, service: found[2]! } : undefined;
}

function jsonInput(body: Buffer): JsonObject | undefined {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}

const NOT_JSON = unroutable('SerializationException', 'The request body is not a JSON object.');

function matchPath(template: string, path: string): Record<string, string> | undefined {
  const expected = template.split('/');
  const actual = path.split('/');
  if (expected.length !== actual.length) return undefined;
  const members: Record<string, string> = {};
  for (const [index, piece] of expected.entries()) {
    const label = /^\{(.+)\}$/.exec(piece)?.[1];
    if (label !== undefined) members[label] = decodeURIComponent(actual[index]!);
    else if (piece !== actual[index]) return undefined;
  }
  return members;
}

function restInput(
  route: Route,
  labels: Record<string, string>,
  query: URLSearchParams,
  request: WireRequest,
): JsonObject | undefined {
  const body =
    route.payload === undefined
      ? jsonInput(request.body)
      : { [route.payload]: request.body.toString() };
  if (!body) return undefined;
  const input: JsonObject = { ...body, ...Object.fromEntries(query), ...labels };
  for (const [header, member] of Object.entries(route.inputHeaders ?? {})) {
    if (request.headers[header] !== undefined) input[member] = request.headers[header];
  }
  return input;
}

/** Knows the services of one region and addresses requests to them. */
export class Router {
  readonly #services: readonly AwsService[];

  constructor(services: readonly AwsService[]) {
    this.#services = services;
  }

  address(request: WireRequest): Addressed | Unroutable {
    if (request.headers['smithy-protocol'] === 'rpc-v2-cbor') {
      const message = 'The simulator does not speak smithy-rpc-v2-cbor; use the JSON protocol.';
      return unroutable('UnsupportedProtocolException', message, 415);
    }
    const target = request.headers['x-amz-target'];
    if (target !== undefined) return this.#byTarget(request, target);
    const contentType = request.headers['content-type'] ?? '';
    if (contentType.startsWith('application/x-www-form-urlencoded')) return this.#byForm(request);
    return this.#byPath(request);
  }

  #byTarget(request: WireRequest, target: string): Addressed | Unroutable {
    const dot = target.lastIndexOf('.');
    const prefix = target.slice(0, dot);
    const service = this.#services.find((candidate) => candidate.targetPrefix === prefix);
    if (!service) return unroutable('UnknownOperationException', `Not simulated: ${target}.`);
    const input = jsonInput(request.body);
    return input ? { service, operation: target.slice(dot + 1), input, request } : NOT_JSON;
  }

  #byForm(request: WireRequest): Addressed | Unroutable {
    const { Action, Version, ...input } = decodeForm(request.body.toString());
    const signedFor = credentialOf(request.headers)?.service;
    const service = this.#services.find(({ id, apiVersion, protocol }) => {
      if (protocol !== 'ec2Query' && protocol !== 'awsQuery') return false;
      return signedFor === undefined ? apiVersion === Version : id === signedFor;
    });
    if (service) return { service, operation: String(Action), input, request };
    const sender = signedFor ?? 'an unsigned request';
    const message = `Not simulated: ${String(Action)} of ${sender} as a form.`;
    return { ...unroutable('InvalidAction', message), isForm: true };
  }

  #byPath(request: WireRequest): Addressed | Unroutable {
    const url = new URL(request.path, 'http://region');
    const signedFor = credentialOf(request.headers)?.service;
    for (const service of this.#services) {
      if (signedFor !== undefined && service.id !== signedFor) continue;
      for (const route of service.routes ?? []) {
        if (route.method !== request.method) continue;
        const labels = matchPath(route.path, url.pathname);
        if (!labels) continue;
        const input = restInput(route, labels, url.searchParams, request);
        return input ? { service, operation: route.operation, input, request, route } : NOT_JSON;
      }
    }
    const message = `Not simulated: ${request.method} ${url.pathname} of ${signedFor ?? 'nobody'}.`;
    return { ...unroutable('UnknownOperationException', message, 404), signedFor };
  }
}
