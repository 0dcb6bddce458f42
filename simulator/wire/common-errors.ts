// The errors that every AWS service can answer with, spelled as each service spells them.

import { type Kernel, partitionOf } from '../kernel/kernel.ts';
import { AwsError, type AwsService, type Caller } from '../kernel/service.ts';

interface Spelling {
  readonly code: string;
  readonly message: string;
  readonly status: number;
}

/**
 * Names and statuses by signing name, from each service's "Common Errors" page and its model in
 * botocore. EC2 and the Query services have older names than the JSON services.
 */
const THROTTLED: Readonly<Record<string, Spelling>> = {
  ec2: { code: 'RequestLimitExceeded', message: 'Request limit exceeded.', status: 503 },
  autoscaling: { code: 'Throttling', message: 'Rate exceeded', status: 400 },
  elasticloadbalancing: { code: 'Throttling', message: 'Rate exceeded', status: 400 },
  lambda: { code: 'TooManyRequestsException', message: 'Rate exceeded', status: 429 },
  scheduler: { code: 'ThrottlingException', message: 'Rate exceeded', status: 429 },
};

const INTERNAL: Readonly<Record<string, Spelling>> = {
  ec2: { code: 'InternalError', message: 'An internal error has occurred', status: 500 },
  ecs: {
    code: 'ServerException',
    message: 'Service Unavailable. Please try again later.',
    status: 500,
  },
  ssm: { code: 'InternalServerError', message: '', status: 500 },
  dynamodb: { code: 'InternalServerError', message: 'Internal server error', status: 500 },
  events: { code: 'InternalException', message: '', status: 500 },
  lambda: {
    code: 'ServiceException',
    message: 'An error occurred and the request cannot be processed.',
    status: 500,
  },
  scheduler: { code: 'InternalServerException', message: 'Internal server error', status: 500 },
};

function spelled({ code, message, status }: Spelling): AwsError {
  return new AwsError(code, message, status);
}

export function throttled(service: AwsService): AwsError {
  const usual = { code: 'ThrottlingException', message: 'Rate exceeded', status: 400 };
  return spelled(THROTTLED[service.id] ?? usual);
}

export function internalFailure(service: AwsService): AwsError {
  const usual = {
    code: 'InternalFailure',
    message: 'The request processing has failed because of an unknown error.',
    status: 500,
  };
  return spelled(INTERNAL[service.id] ?? usual);
}

export function accessDenied(
  service: AwsService,
  operation: string,
  principalArn: string,
): AwsError {
  const message =
    `User: ${principalArn} is not authorized to perform: ${service.id}:${operation} ` +
    `because no identity-based policy allows the ${service.id}:${operation} action`;
  switch (service.protocol) {
    case 'ec2Query':
      return new AwsError(
        'UnauthorizedOperation',
        `You are not authorized to perform this operation. ${message}`,
        403,
      );
    case 'awsQuery':
      return new AwsError('AccessDenied', message, 403);
    case 'restJson1':
      return new AwsError('AccessDeniedException', message, 403);
    default:
      return new AwsError('AccessDeniedException', message);
  }
}

/**
 * AWS says only that it does not know the operation; here the reader must learn that the simulator
 * does not.
 */
export function unknownOperation(service: AwsService, operation: string): AwsError {
  const message = `Not simulated: ${service.id}:${operation}. See simulator/SUPPORT.md.`;
  const isQuery = service.protocol === 'ec2Query' || service.protocol === 'awsQuery';
  return new AwsError(isQuery ? 'InvalidAction' : 'UnknownOperationException', message);
}

/** The principal an access denial names. */
export function principalArn(
  caller: Caller,
  { accountId, region }: Pick<Kernel, 'accountId' | 'region'>,
): string {
  const partition = partitionOf(region);
  if (caller.kind === 'outside') return `arn:${partition}:iam::${accountId}:user/${caller.name}`;
  return `arn:${partition}:sts::${accountId}:assumed-role/${caller.name}/${caller.name}`;
}
