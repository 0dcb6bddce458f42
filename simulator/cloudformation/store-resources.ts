// Tables, documents, parameters and alarms from a template.

import { arn } from '../kernel/kernel.ts';
import type { JsonObject } from '../kernel/service.ts';
import { jsonText, nameFrom, pick, type ResourceType } from './resource.ts';

const table: ResourceType = async (request) => {
  const { properties } = request;
  const TableName = nameFrom(request, 'TableName');
  const created = await request.call('dynamodb', 'CreateTable', {
    TableName,
    ...pick(properties, 'AttributeDefinitions', 'KeySchema', 'BillingMode'),
    ...pick(properties, 'GlobalSecondaryIndexes', 'LocalSecondaryIndexes', 'Tags'),
    ...pick(properties, 'ProvisionedThroughput', 'DeletionProtectionEnabled'),
  });
  const { TimeToLiveSpecification, PointInTimeRecoverySpecification } = properties;
  if (TimeToLiveSpecification !== undefined) {
    await request.call('dynamodb', 'UpdateTimeToLive', { TableName, TimeToLiveSpecification });
  }
  if (PointInTimeRecoverySpecification !== undefined) {
    const input = { TableName, PointInTimeRecoverySpecification };
    await request.call('dynamodb', 'UpdateContinuousBackups', input);
  }
  const { TableArn } = created.TableDescription as JsonObject;
  return { ref: TableName, attributes: { Arn: TableArn } };
};

const document: ResourceType = async (request) => {
  const { properties } = request;
  const Name = nameFrom(request, 'Name');
  const isText = typeof properties.Content === 'string';
  await request.call('ssm', 'CreateDocument', {
    Name,
    Content: jsonText(properties.Content),
    ...pick(properties, 'DocumentType', 'TargetType', 'VersionName', 'Requires', 'Tags'),
    // Content given as an object is sent as JSON, whatever the template calls it.
    DocumentFormat: isText ? (properties.DocumentFormat ?? 'JSON') : 'JSON',
  });
  return { ref: Name, attributes: {} };
};

const parameter: ResourceType = async (request) => {
  const { properties } = request;
  const Name = nameFrom(request, 'Name');
  const { Tags: _asObject, ...input } = properties;
  await request.call('ssm', 'PutParameter', { ...input, Name });
  return { ref: Name, attributes: pick(properties, 'Type', 'Value') };
};

const alarm: ResourceType = async (request) => {
  const AlarmName = nameFrom(request, 'AlarmName');
  const { kernel, properties } = request;
  await request.call('monitoring', 'PutMetricAlarm', { ...properties, AlarmName });
  const Arn = arn(kernel, 'cloudwatch', `alarm:${AlarmName}`);
  return { ref: AlarmName, attributes: { Arn } };
};

export const STORE_RESOURCES: Readonly<Record<string, ResourceType>> = {
  'AWS::DynamoDB::Table': table,
  'AWS::SSM::Document': document,
  'AWS::SSM::Parameter': parameter,
  'AWS::CloudWatch::Alarm': alarm,
};
