// The whole stack as one CloudFormation template; what is deployed and what is simulated are this same object.

import { documentResources } from './documents.ts';
import { eventResources, ruleLogicalIds } from './events.ts';
import { FLEETS, type Fleet } from './fleets.ts';
import { functionResources } from './functions.ts';
import { abnormalEndResources } from './monitoring/abnormal-ends.ts';
import { alarmResources } from './monitoring/alarms.ts';
import { dashboardResources } from './monitoring/dashboard.ts';
import { logResources } from './monitoring/logs.ts';
import { queueResources } from './queue.ts';
import { functionRoles } from './roles/roles.ts';
import { scheduleResources } from './schedules.ts';
import { stateMachineResources } from './state-machines.ts';
import { tableResources } from './table.ts';

export interface CloudFormationTemplate {
  readonly AWSTemplateFormatVersion: '2010-09-09';
  readonly Description: string;
  readonly Parameters: Readonly<
    Record<string, { readonly Type: string; readonly Default: string }>
  >;
  readonly Conditions: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, unknown>>;
}

const given = (name: string) => ({ 'Fn::Not': [{ 'Fn::Equals': [{ Ref: name }, ''] }] });

/** @param fleets Those of fleets.ts, unless a test has its own. */
export function fleetTemplate(fleets: readonly Fleet[] = FLEETS): CloudFormationTemplate {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'Bottlerocket Fleet Updater for Amazon ECS',
    Parameters: {
      /** ARN of the managed policy that bounds every role of the stack; none when empty. */
      PermissionsBoundaryArn: { Type: 'String', Default: '' },
      /** ARN of the SNS topic that hears of alarms; nobody does when empty. */
      AlarmTopicArn: { Type: 'String', Default: '' },
    },
    Conditions: {
      HasPermissionsBoundary: given('PermissionsBoundaryArn'),
      HasAlarmTopic: given('AlarmTopicArn'),
    },
    Resources: {
      ...tableResources(),
      ...documentResources(),
      ...functionRoles(fleets),
      ...functionResources(),
      ...stateMachineResources(),
      ...queueResources([...ruleLogicalIds(), 'AbnormalEndRule']),
      ...eventResources(),
      ...scheduleResources(fleets),
      ...logResources(),
      ...abnormalEndResources(),
      ...alarmResources(fleets),
      ...dashboardResources(fleets),
    },
  };
}
