// What the members of each operation's input must be (botocore stepfunctions 2016-11-23).

import type { Constraint, Constraints } from '../kernel/constraints.ts';

const arn: Constraint = { required: true, min: 1, max: 256 };
const name: Constraint = { min: 1, max: 80 };
const definition: Constraint = { min: 1, max: 1_048_576 };
const data: Constraint = { max: 262_144 };
const error: Constraint = { max: 256 };
const cause: Constraint = { max: 32_768 };
const taskToken: Constraint = { required: true, min: 1, max: 2048 };
const maxResults: Constraint = { min: 0, max: 1000 };
const statusFilter: Constraint = {
  oneOf: ['SUCCEEDED', 'TIMED_OUT', 'PENDING_REDRIVE', 'ABORTED', 'FAILED', 'RUNNING'],
};

export const CONSTRAINTS: Readonly<Record<string, Constraints>> = {
  CreateStateMachine: {
    name: { ...name, required: true },
    definition: { ...definition, required: true },
    roleArn: arn,
  },
  UpdateStateMachine: { stateMachineArn: arn, definition, roleArn: { min: 1, max: 256 } },
  DeleteStateMachine: { stateMachineArn: arn },
  DescribeStateMachine: { stateMachineArn: arn },
  ListStateMachines: { maxResults, nextToken: { min: 1, max: 1024 } },
  ListTagsForResource: { resourceArn: arn },
  ValidateStateMachineDefinition: { definition: { ...definition, required: true } },
  StartExecution: { stateMachineArn: arn, name, input: data },
  DescribeExecution: { executionArn: arn },
  ListExecutions: {
    stateMachineArn: arn,
    statusFilter,
    maxResults,
    nextToken: { min: 1, max: 3096 },
  },
  GetExecutionHistory: { executionArn: arn, maxResults, nextToken: { min: 1, max: 1024 } },
  RedriveExecution: { executionArn: arn, clientToken: { min: 1, max: 64 } },
  StopExecution: { executionArn: arn, error, cause },
  SendTaskSuccess: { taskToken, output: { ...data, required: true } },
  SendTaskFailure: { taskToken, error, cause },
  SendTaskHeartbeat: { taskToken },
};
