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

/** Characters, white space apart, that all inline policies of a role may have together (IAM quotas). */
const ROLE_CHARACTERS_MAX = 10_240;
/** The longest that a pseudo parameter may become, such as `ap-northeast-1` or `aws-us-gov`. */
const FILLED_IN = 'x'.repeat(14);

/** What tells two statements apart that cannot become one. */
function groupOf({ Resource, Condition }: Statement): string {
  // Under one condition each action keeps to its own kind of resource, whatever else stands beside it.
  const resources = Condition === undefined || Resource.includes('*') ? Resource : [];
  return JSON.stringify([resources, Condition]);
}

function union<T>(lists: readonly (readonly T[])[]): T[] {
  const byText = new Map(lists.flat().map((one) => [JSON.stringify(one), one]));
  return [...byText.values()];
}

/** The same permissions in as few statements as possible. */
function compact(statements: readonly Statement[]): readonly Statement[] {
  const groups = new Map<string, Statement[]>();
  for (const statement of statements) {
    const key = groupOf(statement);
    groups.set(key, [...(groups.get(key) ?? []), statement]);
  }
  return [...groups.values()].map((group) => ({
    ...group[0]!,
    Action: union(group.map(({ Action }) => Action)),
    Resource: union(group.map(({ Resource }) => Resource)),
  }));
}

/** @throws {Error} When IAM would refuse a role for its size, which grows with the number of fleets. */
function checkSize(file: string, statements: readonly Statement[]): void {
  const text = JSON.stringify(statements).replaceAll(/\{"Fn::\w+":|\$\{AWS::\w+\}/g, (found) =>
    found.startsWith('$') ? FILLED_IN : '',
  );
  if (text.length <= ROLE_CHARACTERS_MAX) return;
  throw new Error(
    `Cannot deploy so many fleets in one stack: the role of ${file} would have ${text.length} characters, IAM accepts ` +
      `${ROLE_CHARACTERS_MAX}; put some of the fleets into a stack of another account or region`,
  );
}

/** AWS::IAM::Role resources of the functions, by logical id. */
export function functionRoles(fleets: readonly Fleet[]): Record<string, unknown> {
  return Object.fromEntries(
    FUNCTIONS.map(({ file }) => {
      const grants = FUNCTION_GRANTS[file];
      if (!grants)
        throw new Error(`Cannot deploy ${file}: infra/roles/function-grants.ts has no row`);
      const granted = grants.flatMap((grant) => grant(fleets));
      const statements = compact([...granted, writeOwnLog(file)]);
      checkSize(file, statements);
      return [roleLogicalId(file), roleFor('lambda', statements)];
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
