// Lambda functions and Step Functions state machines from a template.

import { arn } from '../kernel/kernel.ts';
import type { JsonObject } from '../kernel/service.ts';
import { jsonText, nameFrom, pick, type ResourceType } from './resource.ts';
import { TemplateError } from './template.ts';

const lambdaFunction: ResourceType = async (request) => {
  const { properties } = request;
  const FunctionName = nameFrom(request, 'FunctionName');
  const created = await request.call('lambda', 'CreateFunction', {
    FunctionName,
    Code: { ZipFile: Buffer.from(await request.code()).toString('base64') },
    ...pick(properties, 'Handler', 'Runtime', 'Role', 'Timeout', 'MemorySize', 'Environment'),
    ...pick(properties, 'Description'),
  });
  const reserved = properties.ReservedConcurrentExecutions;
  if (reserved !== undefined) {
    const input = { FunctionName, ReservedConcurrentExecutions: reserved };
    await request.call('lambda', 'PutFunctionConcurrency', input);
  }
  return { ref: FunctionName, attributes: { Arn: created.FunctionArn } };
};

const lambdaPermission: ResourceType = async (request) => {
  await request.call('lambda', 'AddPermission', {
    StatementId: request.generatedName,
    ...request.properties,
  });
  return { ref: request.generatedName, attributes: {} };
};

const eventInvokeConfig: ResourceType = async (request) => {
  await request.call('lambda', 'PutFunctionEventInvokeConfig', { ...request.properties });
  return { ref: request.generatedName, attributes: {} };
};

/**
 * Puts values in place of `${Name}`; a name without a value would reach the state machine as text.
 */
function substituted(logicalId: string, definition: string, values: JsonObject): string {
  return definition.replace(/\$\{([A-Za-z0-9_]+)\}/g, (_whole, name: string) => {
    if (values[name] === undefined) {
      const message = `State machine ${logicalId} has no substitution for \${${name}}`;
      throw new TemplateError(message);
    }
    // Inside a JSON string the value must not break out of it.
    return JSON.stringify(String(values[name])).slice(1, -1);
  });
}

const stateMachine: ResourceType = async (request) => {
  const { logicalId, properties, kernel } = request;
  const { Definition, DefinitionString, DefinitionSubstitutions } = properties;
  if (Definition === undefined && DefinitionString === undefined) {
    throw new TemplateError(`State machine ${logicalId} has no Definition or DefinitionString`);
  }
  const text = jsonText(DefinitionString ?? Definition);
  const name = nameFrom(request, 'StateMachineName');
  const { StateMachineType: type, RoleArn: roleArn, LoggingConfiguration, Tags } = properties;
  const created = await request.call('states', 'CreateStateMachine', {
    name,
    definition: substituted(logicalId, text, (DefinitionSubstitutions ?? {}) as JsonObject),
    roleArn: roleArn ?? arn({ ...kernel, region: '' }, 'iam', `role/${name}`),
    ...(type === undefined ? {} : { type }),
    ...(LoggingConfiguration === undefined ? {} : { loggingConfiguration: LoggingConfiguration }),
    ...(Tags === undefined ? {} : { tags: Tags }),
  });
  const machineArn = String(created.stateMachineArn);
  return { ref: machineArn, attributes: { Arn: machineArn, Name: name } };
};

export const COMPUTE_RESOURCES: Readonly<Record<string, ResourceType>> = {
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::Lambda::Permission': lambdaPermission,
  'AWS::Lambda::EventInvokeConfig': eventInvokeConfig,
  'AWS::StepFunctions::StateMachine': stateMachine,
};
