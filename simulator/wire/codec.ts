// Encodes answers and errors as each AWS protocol writes them.

import {
  AwsError,
  type AwsService,
  type JsonObject,
  type Protocol,
  type Route,
} from '../kernel/service.ts';
import type { WireRequest, WireResponse } from './message.ts';
import type { Unroutable } from './routing.ts';
import { escapeXml, membersXml } from './xml.ts';

/** One decoded call, on its way to its service. */
export interface Call {
  readonly service: AwsService;
  readonly operation: string;
  readonly input: JsonObject;
  readonly request: WireRequest;
  readonly requestId: string;
  readonly route?: Route;
}

interface Codec {
  success(call: Call, output: JsonObject): WireResponse;
  failure(call: Call, error: AwsError): WireResponse;
}

function response(
  status: number,
  contentType: string,
  text: string,
  headers: Record<string, string>,
): WireResponse {
  const body = Buffer.from(text);
  return {
    status,
    headers: { 'content-type': contentType, ...headers, 'content-length': String(body.length) },
    body,
  };
}

/**
 * The name without its namespace: `com.amazonaws.ecs#ClusterNotFoundException` and the plain name
 * are one.
 */
function shapeName(code: string): string {
  return code.slice(code.indexOf('#') + 1);
}

/**
 * The fault of a service is `Receiver`, of a client `Sender`: what `x-amzn-query-error` and XML
 * carry.
 */
function faultOf(error: AwsError): 'Sender' | 'Receiver' {
  return error.status >= 500 ? 'Receiver' : 'Sender';
}

/** Services that moved from Query to JSON repeat the old error code in a header when asked to. */
function queryErrorHeader(call: Call, error: AwsError): Record<string, string> {
  if (call.request.headers['x-amzn-query-mode'] !== 'true') return {};
  return { 'x-amzn-query-error': `${shapeName(error.code)};${faultOf(error)}` };
}

function errorBody(error: AwsError): JsonObject {
  return { ...(error.message === '' ? {} : { message: error.message }), ...error.extra };
}

const awsJson: Codec = {
  success(call, output) {
    const contentType = `application/x-amz-json-${call.service.protocol.slice('awsJson'.length)}`;
    return response(200, contentType, JSON.stringify(output), {
      'x-amzn-requestid': call.requestId,
    });
  },
  failure(call, error) {
    const contentType = `application/x-amz-json-${call.service.protocol.slice('awsJson'.length)}`;
    const text = JSON.stringify({ __type: error.code, ...errorBody(error) });
    return response(error.status, contentType, text, {
      'x-amzn-requestid': call.requestId,
      ...queryErrorHeader(call, error),
    });
  },
};

function headerMembers(route: Route | undefined, output: JsonObject): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [member, header] of Object.entries(route?.outputHeaders ?? {})) {
    if (output[member] !== undefined) headers[header] = String(output[member]);
  }
  return headers;
}

function restBody(route: Route | undefined, output: JsonObject): string {
  if (route?.payload !== undefined) return String(output[route.payload] ?? '');
  const { outputHeaders = {}, statusMember } = route ?? {};
  const inBody = Object.entries(output).filter(
    ([member]) => outputHeaders[member] === undefined && member !== statusMember,
  );
  return JSON.stringify(Object.fromEntries(inBody));
}

const restJson: Codec = {
  success(call, output) {
    const { route } = call;
    const status = Number(output[route?.statusMember ?? ''] ?? route?.status ?? 200);
    return response(status, 'application/json', status === 204 ? '' : restBody(route, output), {
      'x-amzn-requestid': call.requestId,
      ...headerMembers(route, output),
    });
  },
  failure(call, error) {
    return response(error.status, 'application/json', JSON.stringify(errorBody(error)), {
      'x-amzn-requestid': call.requestId,
      'x-amzn-errortype': shapeName(error.code),
    });
  },
};

const XML = 'text/xml;charset=UTF-8';
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

function errorXml(error: AwsError, type: string): string {
  const message = escapeXml(error.message);
  return `<Error>${type}<Code>${escapeXml(error.code)}</Code><Message>${message}</Message></Error>`;
}

const awsQuery: Codec = {
  success({ service, operation, requestId }, output) {
    const result = `<${operation}Result>${membersXml(output, 'member')}</${operation}Result>`;
    const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
    const open = `<${operation}Response xmlns="${service.xmlNamespace ?? ''}">`;
    return response(200, 'text/xml', `${open}${result}${metadata}</${operation}Response>`, {
      'x-amzn-requestid': requestId,
    });
  },
  failure({ service, requestId }, error) {
    const inner = errorXml(error, `<Type>${faultOf(error)}</Type>`);
    const open = `<ErrorResponse xmlns="${service.xmlNamespace ?? ''}">`;
    const text = `${open}${inner}<RequestId>${requestId}</RequestId></ErrorResponse>`;
    return response(error.status, 'text/xml', text, { 'x-amzn-requestid': requestId });
  },
};

const ec2Query: Codec = {
  success({ service, operation, requestId }, output) {
    const open = `<${operation}Response xmlns="${service.xmlNamespace ?? ''}">`;
    const members = `<requestId>${requestId}</requestId>${membersXml(output, 'item')}`;
    return response(200, XML, `${DECLARATION}${open}${members}</${operation}Response>`, {
      'x-amzn-requestid': requestId,
    });
  },
  failure({ requestId }, error) {
    const errors = `<Errors>${errorXml(error, '')}</Errors>`;
    const text = `<Response>${errors}<RequestID>${requestId}</RequestID></Response>`;
    return response(error.status, XML, DECLARATION + text, {});
  },
};

const CODECS: Readonly<Record<Protocol, Codec>> = {
  'awsJson1.0': awsJson,
  'awsJson1.1': awsJson,
  awsQuery,
  ec2Query,
  restJson1: restJson,
};

export function encodeSuccess(call: Call, output: JsonObject): WireResponse {
  return CODECS[call.service.protocol].success(call, output);
}

export function encodeFailure(call: Call, error: AwsError): WireResponse {
  return CODECS[call.service.protocol].failure(call, error);
}

/** Services that speak REST with XML; S3 is what somebody tries first. */
const XML_SERVICES: ReadonlySet<string | undefined> = new Set(['s3', 'route53', 'cloudfront']);

/**
 * Refuses a request that no service of the region could be found for, in the form its client can
 * read.
 */
export function encodeUnroutable(unroutable: Unroutable, requestId: string): WireResponse {
  const { code, message, status, isForm, signedFor } = unroutable;
  const error = new AwsError(code, message, status);
  if (isForm) {
    const inner = errorXml(error, `<Type>${faultOf(error)}</Type>`);
    const xml = `<ErrorResponse>${inner}<RequestId>${requestId}</RequestId></ErrorResponse>`;
    return response(status, 'text/xml', xml, { 'x-amzn-requestid': requestId });
  }
  if (XML_SERVICES.has(signedFor)) {
    return response(status, 'application/xml', DECLARATION + errorXml(error, ''), {});
  }
  const text = JSON.stringify({ __type: code, message });
  return response(status, 'application/x-amz-json-1.1', text, {
    'x-amzn-requestid': requestId,
    'x-amzn-errortype': code,
  });
}
