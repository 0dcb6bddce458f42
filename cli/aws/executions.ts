// Speaks to Step Functions for the command line: starts rollouts, and reads where their executions stand.

import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { stateMachineName } from '../../infra/names.ts';
import { UsageError } from '../usage-error.ts';
import { RegionError } from './region-error.ts';

const sfn = new SFNClient({ maxAttempts: 5 });

const ROLL_OUT = stateMachineName('roll-out-cluster');
/** More than any one state leaves behind on the good path, retries included. */
const EVENTS_MAX = 60;
/** Executions looked through for the last one of a cluster. */
const EXECUTIONS_MAX = 100;

/** In the account, region and partition of any other ARN, such as the cluster's. */
export function rollOutClusterArn(besideArn: string): string {
  const [, partition, , region, account] = besideArn.split(':');
  return `arn:${partition}:states:${region}:${account}:stateMachine:${ROLL_OUT}`;
}

/** @throws {RegionError} When the stack is not in this region. */
export async function findRollOutClusterArn(): Promise<string> {
  let nextToken: string | undefined;
  do {
    const page = await sfn.send(new ListStateMachinesCommand({ nextToken }));
    const found = page.stateMachines?.find(({ name }) => name === ROLL_OUT);
    if (found?.stateMachineArn !== undefined) return found.stateMachineArn;
    nextToken = page.nextToken;
  } while (nextToken);
  throw new RegionError(
    `there is no state machine ${ROLL_OUT} in this region: set AWS_REGION, or deploy the stack`,
  );
}

/** ARN of an execution of another of our state machines, or of the same one. */
export function executionArnOf(besideArn: string, file: string, name: string): string {
  const [, partition, , region, account] = besideArn.split(':');
  return `arn:${partition}:states:${region}:${account}:execution:${stateMachineName(file)}:${name}`;
}

/** @throws {UsageError} When the name was used before. */
export async function startRollout(
  stateMachineArn: string,
  name: string,
  input: Readonly<Record<string, unknown>>,
): Promise<string> {
  try {
    const command = new StartExecutionCommand({
      stateMachineArn,
      name,
      input: JSON.stringify(input),
    });
    const { executionArn } = await sfn.send(command);
    return executionArn ?? executionArnOf(stateMachineArn, 'roll-out-cluster', name);
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ExecutionAlreadyExists')) throw error;
    throw new UsageError(`option --name: "${name}" was used within the last 90 days; take another`);
  }
}

export type SeenExecution = Pick<
  DescribeExecutionCommandOutput,
  | 'executionArn'
  | 'name'
  | 'status'
  | 'input'
  | 'output'
  | 'error'
  | 'cause'
  | 'startDate'
  | 'stopDate'
>;

/** Undefined when there is none, or it was forgotten (90 days after its end). */
export async function describeExecution(executionArn: string): Promise<SeenExecution | undefined> {
  try {
    return await sfn.send(new DescribeExecutionCommand({ executionArn }));
  } catch (error) {
    if (error instanceof Error && error.name === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
}

/** Names and ARNs of the last rollouts' executions, newest first. */
export async function listRollouts(
  stateMachineArn: string,
): Promise<{ readonly name: string; readonly executionArn: string }[]> {
  const { executions = [] } = await sfn.send(
    new ListExecutionsCommand({ stateMachineArn, maxResults: EXECUTIONS_MAX }),
  );
  return executions.flatMap(({ name, executionArn }) =>
    name === undefined || executionArn === undefined ? [] : [{ name, executionArn }],
  );
}

/** Where an execution stands. */
export interface Standing {
  /** The state entered last. */
  readonly state: string;
  /** Epoch milliseconds. */
  readonly enteredAt: number;
  /** What the function of the last task with an answer said. */
  readonly answer: Readonly<Record<string, unknown>> | undefined;
  readonly answeredAt: number;
  /** The execution that this state has started and waits for. */
  readonly startedArn: string | undefined;
}

function payloadOf(event: HistoryEvent | undefined): Standing['answer'] {
  try {
    const { Payload } = JSON.parse(event?.taskSucceededEventDetails?.output ?? '{}');
    return Payload ?? undefined;
  } catch {
    return undefined;
  }
}

function startedBy({ taskSubmittedEventDetails: details }: HistoryEvent): string | undefined {
  if (details?.resourceType !== 'states') return undefined;
  return (JSON.parse(details.output ?? '{}') as { ExecutionArn?: string }).ExecutionArn;
}

/** Undefined when there is no such execution, or nothing to tell. */
export async function standingOf(executionArn: string): Promise<Standing | undefined> {
  const asked = { executionArn, reverseOrder: true, maxResults: EVENTS_MAX };
  try {
    const { events = [] } = await sfn.send(new GetExecutionHistoryCommand(asked));
    const at = events.findIndex(({ stateEnteredEventDetails }) => stateEnteredEventDetails);
    const entered = events[at];
    if (!entered) return undefined;
    const answered = events.find((event) => payloadOf(event) !== undefined);
    return {
      state: entered.stateEnteredEventDetails?.name ?? '',
      enteredAt: entered.timestamp?.getTime() ?? 0,
      answer: payloadOf(answered),
      answeredAt: answered?.timestamp?.getTime() ?? 0,
      startedArn: events
        .slice(0, at)
        .map(startedBy)
        .find((arn) => arn !== undefined),
    };
  } catch (error) {
    if (error instanceof Error && error.name === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
}
