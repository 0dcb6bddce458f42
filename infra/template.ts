// The whole stack as one CloudFormation template; what is deployed and what is simulated are this same object.

import { documentResources } from './documents.ts';
import { eventResources } from './events.ts';
import { functionResources } from './functions.ts';
import { stateMachineResources } from './state-machines.ts';
import { tableResources } from './table.ts';

export interface CloudFormationTemplate {
  readonly AWSTemplateFormatVersion: '2010-09-09';
  readonly Description: string;
  readonly Resources: Readonly<Record<string, unknown>>;
}

export function fleetTemplate(): CloudFormationTemplate {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'Bottlerocket Fleet Updater for Amazon ECS',
    Resources: {
      ...tableResources(),
      ...documentResources(),
      ...functionResources(),
      ...stateMachineResources(),
      ...eventResources(),
    },
  };
}
