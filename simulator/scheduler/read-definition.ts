// Judges the body of CreateSchedule and UpdateSchedule, and fills in what AWS fills in.

import { type Constraints, validate } from '../kernel/constraints.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import { parseScheduleExpression, type ScheduleExpression } from './schedule-expression.ts';
import type { ScheduleDefinition, ScheduleTarget } from './schedules.ts';
import { isReachable } from './target.ts';
import { isTimeZone } from './wall-clock.ts';

/** Constraints of the Scheduler API model. */
const CONSTRAINTS: Constraints = {
  ScheduleExpression: { required: true, min: 1, max: 256 },
  ScheduleExpressionTimezone: { min: 1, max: 50 },
  State: { oneOf: ['ENABLED', 'DISABLED'] },
  ActionAfterCompletion: { oneOf: ['NONE', 'DELETE'] },
  Description: { max: 512 },
  Target: { required: true },
  'Target.Arn': { required: true, min: 1, max: 1600 },
  'Target.RoleArn': { required: true, min: 1, max: 1600 },
  'Target.Input': { min: 1 },
  'Target.RetryPolicy.MaximumEventAgeInSeconds': { min: 60, max: 86_400 },
  'Target.RetryPolicy.MaximumRetryAttempts': { min: 0, max: 185 },
  FlexibleTimeWindow: { required: true },
  'FlexibleTimeWindow.Mode': { required: true, oneOf: ['OFF', 'FLEXIBLE'] },
  'FlexibleTimeWindow.MaximumWindowInMinutes': { min: 1, max: 1440 },
};

/** What GetSchedule shows when no retry policy was given. */
const RETRY_POLICY_DEFAULT = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 };

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

/** REST JSON carries timestamps as epoch seconds; people's tools also send ISO 8601. */
function epochSeconds(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'number' ? value : Date.parse(String(value)) / 1000;
}

function readTarget(input: JsonObject): ScheduleTarget {
  const target = input.Target as ScheduleTarget;
  if (!isReachable(target.Arn))
    throw invalid(
      'This simulator reaches Lambda functions, state machines, aws-sdk:sfn:startExecution and ' +
        `aws-sdk:lambda:invoke, not ${target.Arn}.`,
    );
  return { ...target, RetryPolicy: { ...RETRY_POLICY_DEFAULT, ...target.RetryPolicy } };
}

function readWindow(input: JsonObject): ScheduleDefinition['FlexibleTimeWindow'] {
  const window = input.FlexibleTimeWindow as ScheduleDefinition['FlexibleTimeWindow'];
  const minutes = window.MaximumWindowInMinutes;
  if (window.Mode === 'FLEXIBLE' && minutes === undefined)
    throw invalid('MaximumWindowInMinutes must be set when FlexibleTimeWindow Mode is FLEXIBLE.');
  if (window.Mode === 'OFF' && minutes !== undefined)
    throw invalid('MaximumWindowInMinutes must not be set when FlexibleTimeWindow Mode is OFF.');
  return window;
}

/** @throws {AwsError} `ValidationException` in AWS's words where they are known. */
export function readDefinition(input: JsonObject): {
  readonly definition: ScheduleDefinition;
  readonly expression: ScheduleExpression;
} {
  validate(input, CONSTRAINTS);
  const timeZone = String(input.ScheduleExpressionTimezone ?? 'UTC');
  if (!isTimeZone(timeZone)) throw invalid(`Invalid ScheduleExpressionTimezone ${timeZone}.`);
  const text = String(input.ScheduleExpression);
  const expression = parseScheduleExpression(text, timeZone);
  if (!expression) throw invalid(`Invalid Schedule Expression ${text}.`);
  const StartDate = epochSeconds(input.StartDate);
  const EndDate = epochSeconds(input.EndDate);
  if (StartDate !== undefined && EndDate !== undefined && StartDate >= EndDate)
    throw invalid('The StartDate must come before the EndDate.');
  const optional = (value: unknown) => (value === undefined ? undefined : String(value));
  const definition: ScheduleDefinition = {
    ScheduleExpression: text,
    ScheduleExpressionTimezone: timeZone,
    StartDate,
    EndDate,
    State: input.State === 'DISABLED' ? 'DISABLED' : 'ENABLED',
    Target: readTarget(input),
    FlexibleTimeWindow: readWindow(input),
    ActionAfterCompletion: input.ActionAfterCompletion === 'DELETE' ? 'DELETE' : 'NONE',
    Description: optional(input.Description),
    KmsKeyArn: optional(input.KmsKeyArn),
  };
  return { definition, expression };
}
