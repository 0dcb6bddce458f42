// Binds each state machine file to the functions and state machines it names, and to a role for just those.

import { readFileSync } from 'node:fs';
import { FUNCTIONS } from './functions.ts';
import { roleFor } from './iam.ts';
import {
  functionLogicalId,
  pascalCase,
  roleLogicalId,
  stateMachineArn,
  stateMachineName,
} from './names.ts';
import { stateMachineStatements } from './roles/roles.ts';

const STATE_MACHINES = ['roll-out-cluster', 'run-wave', 'update-container-instance'] as const;

type StateMachineFile = (typeof STATE_MACHINES)[number];

/** A file names the partition that most accounts are in, so that it can be read, and validated, as it is. */
const INTEGRATIONS = 'arn:aws:states:::';

/** The file's text, with the partition of whatever account it is deployed into left open. */
export function definitionText(file: StateMachineFile): string {
  const url = new URL(`../state-machines/${file}.asl.json`, import.meta.url);
  return readFileSync(url, 'utf8').replaceAll(INTEGRATIONS, `arn:\${Partition}:states:::`);
}

function resourcesOf(file: StateMachineFile): [string, unknown][] {
  const text = definitionText(file);
  const isNamed = (other: string) => text.includes(`\${${pascalCase(other)}Arn}`);
  const functions = FUNCTIONS.map((row) => row.file).filter(isNamed);
  const machines = STATE_MACHINES.filter(isNamed);
  const role = roleFor('states', stateMachineStatements(functions, machines));
  const substitutions: [string, unknown][] = [
    ['Partition', { Ref: 'AWS::Partition' }],
    ...functions.map((other): [string, unknown] => [
      `${pascalCase(other)}Arn`,
      { 'Fn::GetAtt': [functionLogicalId(other), 'Arn'] },
    ]),
    ...machines.map((other): [string, unknown] => [
      `${pascalCase(other)}Arn`,
      stateMachineArn(other),
    ]),
  ];
  const stateMachine = {
    Type: 'AWS::StepFunctions::StateMachine',
    // cfn-lint knows Seconds as a JSONata expression, but not TimeoutSeconds; asl-validator does.
    Metadata: { 'cfn-lint': { config: { ignore_checks: ['E3601'] } } },
    Properties: {
      StateMachineName: stateMachineName(file),
      StateMachineType: 'STANDARD',
      RoleArn: { 'Fn::GetAtt': [roleLogicalId(file), 'Arn'] },
      DefinitionString: text,
      DefinitionSubstitutions: Object.fromEntries(substitutions),
    },
  };
  return [
    [roleLogicalId(file), role],
    [`${pascalCase(file)}StateMachine`, stateMachine],
  ];
}

/** AWS::StepFunctions::StateMachine and AWS::IAM::Role resources, by logical id. */
export function stateMachineResources(): Record<string, unknown> {
  return Object.fromEntries(STATE_MACHINES.flatMap(resourcesOf));
}
