// Binds each state machine file to the functions and state machines it names.

import { readFileSync } from 'node:fs';
import { FUNCTIONS, functionLogicalId } from './functions.ts';
import { pascalCase, stateMachineArn, stateMachineName } from './names.ts';

const FILES = ['roll-out-cluster', 'run-wave', 'update-container-instance'] as const;

/** The definition's text, as it is in the repository and as it is deployed. */
export function definitionText(file: (typeof FILES)[number]): string {
  return readFileSync(new URL(`../state-machines/${file}.asl.json`, import.meta.url), 'utf8');
}

/** AWS::StepFunctions::StateMachine resources, by logical id. */
export function stateMachineResources(): Record<string, unknown> {
  const functions = FUNCTIONS.map(({ file }) => [
    `${pascalCase(file)}Arn`,
    { 'Fn::GetAtt': [functionLogicalId(file), 'Arn'] },
  ]);
  return Object.fromEntries(
    FILES.map((file) => {
      const text = definitionText(file);
      const named = functions.filter(([name]) => text.includes(`\${${name}}`));
      const machines = FILES.filter((other) => text.includes(`\${${pascalCase(other)}Arn}`));
      return [
        `${pascalCase(file)}StateMachine`,
        {
          Type: 'AWS::StepFunctions::StateMachine',
          Properties: {
            StateMachineName: stateMachineName(file),
            StateMachineType: 'STANDARD',
            DefinitionString: text,
            DefinitionSubstitutions: {
              ...Object.fromEntries(named),
              ...Object.fromEntries(
                machines.map((other) => [`${pascalCase(other)}Arn`, stateMachineArn(other)]),
              ),
            },
          },
        },
      ];
    }),
  );
}
