// Resources that nothing in the region acts on: kept with their properties, so that a test can read
// them.

import { arn, type Kernel, partitionOf } from '../kernel/kernel.ts';
import { nameFrom, type ResourceType } from './resource.ts';

/** IAM is global: its ARNs name no region. */
function iamArn(kernel: Kernel, resource: string): string {
  return arn({ accountId: kernel.accountId, region: '' }, 'iam', resource);
}

const role: ResourceType = (request) => {
  const name = nameFrom(request, 'RoleName');
  const path = String(request.properties.Path ?? '/');
  const RoleId = `AROA${request.kernel.random.stream('iam.id').hex(17).toUpperCase()}`;
  return { ref: name, attributes: { Arn: iamArn(request.kernel, `role${path}${name}`), RoleId } };
};

/** Nothing refers to these but by the name of something else. */
const policy: ResourceType = (request) => ({ ref: request.generatedName, attributes: {} });

const managedPolicy: ResourceType = (request) => {
  const name = nameFrom(request, 'ManagedPolicyName');
  const policyArn = iamArn(
    request.kernel,
    `policy${String(request.properties.Path ?? '/')}${name}`,
  );
  return { ref: policyArn, attributes: { PolicyArn: policyArn } };
};

const logGroup: ResourceType = (request) => {
  const name = nameFrom(request, 'LogGroupName');
  return { ref: name, attributes: { Arn: arn(request.kernel, 'logs', `log-group:${name}:*`) } };
};

const queue: ResourceType = (request) => {
  const { kernel } = request;
  const QueueName = nameFrom(request, 'QueueName');
  const url = `https://sqs.${kernel.region}.amazonaws.com/${kernel.accountId}/${QueueName}`;
  return {
    ref: url,
    attributes: { QueueName, QueueUrl: url, Arn: arn(kernel, 'sqs', QueueName) },
  };
};

const topic: ResourceType = (request) => {
  const TopicName = nameFrom(request, 'TopicName');
  const TopicArn = arn(request.kernel, 'sns', TopicName);
  return { ref: TopicArn, attributes: { TopicName, TopicArn } };
};

const bucket: ResourceType = (request) => {
  // Bucket names have no capitals.
  const name = nameFrom(request, 'BucketName').toLowerCase();
  return {
    ref: name,
    attributes: { Arn: `arn:${partitionOf(request.kernel.region)}:s3:::${name}` },
  };
};

const dashboard: ResourceType = (request) => ({
  ref: nameFrom(request, 'DashboardName'),
  attributes: {},
});

export const KEPT_RESOURCES: Readonly<Record<string, ResourceType>> = {
  'AWS::IAM::Role': role,
  'AWS::IAM::Policy': policy,
  'AWS::IAM::ManagedPolicy': managedPolicy,
  'AWS::Logs::LogGroup': logGroup,
  'AWS::Logs::MetricFilter': policy,
  'AWS::Logs::ResourcePolicy': policy,
  'AWS::S3::Bucket': bucket,
  'AWS::S3::BucketPolicy': policy,
  'AWS::SQS::Queue': queue,
  'AWS::SQS::QueuePolicy': policy,
  'AWS::SNS::Topic': topic,
  'AWS::CloudWatch::Dashboard': dashboard,
};
