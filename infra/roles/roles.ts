// The roles of the functions, the state machines and the schedules, as resources.

import type { Fleet } from '../fleets.ts';
import { FUNCTIONS } from '../functions.ts';
import { allow, arnOf, roleFor, type Statement } from '../iam.ts';
import { functionLogicalId, logGroupName, roleLogicalId, stateMachineName } from '../names.ts';
import { FUNCTION_GRANTS } from './function-grants.ts';

/** The log group is the stack's; a function cannot make another one, nor read any. */
function writeOwnLog(file: string): Statement {
  const streams = arnOf('logs', `log-group:${logGroupName(file)}:*`);
  return allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [streams]);
}

/** AWS::IAM::Role resources of the functions, by logical id. */
export function functionRoles(fleets: readonly Fleet[]): Record<string, unknown> {
  return Object.fromEntries(
    FUNCTIONS.map(({ file }) => {
      const grants = FUNCTION_GRANTS[file];
      if (!grants)
        throw new Error(`Cannot deploy ${file}: infra/roles/function-grants.ts has no row`);
      const statements = grants.flatMap((grant) => grant(fleets));
      return [roleLogicalId(file), roleFor('lambda', [...statements, writeOwnLog(file)])];
    }),
  );
}

/**
 * What a state machine needs for what its definition names, and no more.
 *
 * @param functions Files of the functions it invokes.
 * @param machines Files of the state machines that it starts and waits for.
 */
export function stateMachineStatements(
  functions: readonly string[],
  machines: readonly string[],
): readonly Statement[] {
  const arns = functions.map((file) => ({ 'Fn::GetAtt': [functionLogicalId(file), 'Arn'] }));
  const invoke = allow(['lambda:InvokeFunction'], arns);
  if (machines.length === 0) return [invoke];
  const names = machines.map(stateMachineName);
  return [
    invoke,
    allow(
      ['states:StartExecution'],
      names.map((name) => arnOf('states', `stateMachine:${name}`)),
    ),
    allow(
      ['states:DescribeExecution', 'states:StopExecution'],
      names.map((name) => arnOf('states', `execution:${name}:*`)),
    ),
    // How Step Functions learns that an execution it waits for has ended (developer guide, "startExecution.sync").
    allow(
      ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
      [arnOf('events', 'rule/StepFunctionsGetEventsForStepFunctionsExecutionRule')],
    ),
  ];
}
