// The REST routes of the Lambda API that the simulator answers (botocore lambda/2015-03-31).

import type { Route } from '../kernel/service.ts';

const FUNCTIONS = '/2015-03-31/functions';
const ONE = `${FUNCTIONS}/{FunctionName}`;

export const LAMBDA_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: `${ONE}/invocations`,
    operation: 'Invoke',
    inputHeaders: { 'x-amz-invocation-type': 'InvocationType', 'x-amz-log-type': 'LogType' },
    outputHeaders: {
      FunctionError: 'x-amz-function-error',
      ExecutedVersion: 'x-amz-executed-version',
    },
    payload: 'Payload',
    statusMember: 'StatusCode',
  },
  { method: 'POST', path: FUNCTIONS, operation: 'CreateFunction', status: 201 },
  // Some clients end the collection's path with a slash.
  { method: 'POST', path: `${FUNCTIONS}/`, operation: 'CreateFunction', status: 201 },
  { method: 'GET', path: FUNCTIONS, operation: 'ListFunctions' },
  { method: 'GET', path: `${FUNCTIONS}/`, operation: 'ListFunctions' },
  { method: 'GET', path: ONE, operation: 'GetFunction' },
  { method: 'DELETE', path: ONE, operation: 'DeleteFunction', status: 204 },
  { method: 'GET', path: `${ONE}/configuration`, operation: 'GetFunctionConfiguration' },
  { method: 'PUT', path: `${ONE}/configuration`, operation: 'UpdateFunctionConfiguration' },
  { method: 'PUT', path: `${ONE}/code`, operation: 'UpdateFunctionCode' },
  { method: 'POST', path: `${ONE}/policy`, operation: 'AddPermission', status: 201 },
  {
    method: 'PUT',
    path: '/2017-10-31/functions/{FunctionName}/concurrency',
    operation: 'PutFunctionConcurrency',
  },
  {
    method: 'DELETE',
    path: '/2017-10-31/functions/{FunctionName}/concurrency',
    operation: 'DeleteFunctionConcurrency',
    status: 204,
  },
  {
    method: 'GET',
    path: '/2019-09-30/functions/{FunctionName}/concurrency',
    operation: 'GetFunctionConcurrency',
  },
  {
    method: 'PUT',
    path: '/2019-09-25/functions/{FunctionName}/event-invoke-config',
    operation: 'PutFunctionEventInvokeConfig',
  },
  {
    method: 'GET',
    path: '/2019-09-25/functions/{FunctionName}/event-invoke-config',
    operation: 'GetFunctionEventInvokeConfig',
  },
];

export const LAMBDA_OPERATIONS: readonly string[] = [
  ...new Set(LAMBDA_ROUTES.map(({ operation }) => operation)),
];
