// What IAM is asked when a function makes an API call: action, resources and condition keys of the service
// authorization reference.

import { arn } from '../../../simulator/kernel/kernel.ts';
import type { SeenCall } from '../../../simulator/wire/dispatcher.ts';
import type { IamRequest } from './evaluate.ts';

/** Account and region of a run, and how its instances are tagged. */
export interface IamWorld {
  readonly region: string;
  readonly accountId: string;
  /** Value of the tag `bottlerocket-fleet` on every EC2 instance and Auto Scaling group. */
  readonly fleetTag: string;
}

type Input = Readonly<Record<string, unknown>>;
type Asked = Omit<IamRequest, 'action'> & Partial<Pick<IamRequest, 'action'>>;
/** The action is the call's own unless it says another one. */
type Resources = (input: Input, world: IamWorld) => readonly Asked[];

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function clusterArn(input: Input, world: IamWorld): string {
  const cluster = String(input.cluster ?? 'default');
  return cluster.startsWith('arn:') ? cluster : arn(world, 'ecs', `cluster/${cluster}`);
}

/** Things in a cluster, by ARN or by the last part of it. */
function inCluster(kind: string, find: (input: Input) => readonly string[]): Resources {
  return (input, world) => {
    const cluster = clusterArn(input, world);
    const name = cluster.split('/').at(-1);
    return find(input).map((one) => ({
      resource: one.startsWith('arn:') ? one : arn(world, 'ecs', `${kind}/${name}/${one}`),
      context: { 'ecs:cluster': cluster },
    }));
  };
}

const onCluster: Resources = (input, world) => [
  { resource: clusterArn(input, world), context: {} },
];
const anywhere: Resources = () => [{ resource: '*', context: {} }];
const listedInCluster: Resources = (input, world) => [
  { resource: '*', context: { 'ecs:cluster': clusterArn(input, world) } },
];

const onTable: Resources = ({ TableName, IndexName }, world) => {
  const table = arn(world, 'dynamodb', `table/${String(TableName)}`);
  const index = IndexName === undefined ? '' : `/index/${String(IndexName)}`;
  return [{ resource: table + index, context: {} }];
};

/** Checked once per table, whatever the number of items. */
const onTables: Resources = ({ RequestItems }, world) =>
  Object.keys(RequestItems as object).flatMap((TableName) => onTable({ TableName }, world));

const attributeTargets = inCluster('container-instance', ({ attributes }) =>
  (attributes as { targetId: string }[]).map(({ targetId }) => targetId),
);

const onInstances =
  (tagKey: string, member: string): Resources =>
  (input, world) =>
    texts(input[member]).map((id) => ({
      resource: arn(world, 'ec2', `instance/${id}`),
      context: { [tagKey]: world.fleetTag },
    }));

const onGroup: Resources = ({ AutoScalingGroupName = 'unknown' }, world) => [
  {
    resource: arn(
      world,
      'autoscaling',
      `autoScalingGroup:1f2e:autoScalingGroupName/${String(AutoScalingGroupName)}`,
    ),
    context: { 'aws:ResourceTag/bottlerocket-fleet': world.fleetTag },
  },
];

const sendCommand: Resources = (input, world) => [
  { resource: arn(world, 'ssm', `document/${String(input.DocumentName)}`), context: {} },
  ...onInstances('ssm:resourceTag/bottlerocket-fleet', 'InstanceIds')(input, world),
];

/** As if each SecureString were under a customer's key: the account's own key asks the role for nothing. */
const getParameter: Resources = ({ Name, WithDecryption }, world) => {
  const resource = arn(world, 'ssm', `parameter${String(Name)}`);
  const context = { 'kms:EncryptionContext:PARAMETER_ARN': resource };
  const decrypt = { action: 'kms:Decrypt', resource: arn(world, 'kms', 'key/1f2e'), context };
  return [{ resource, context: {} }, ...(WithDecryption === true ? [decrypt] : [])];
};

/** By signing name and operation; what is not here nobody has looked up. */
const RESOURCES: Readonly<Record<string, Resources>> = {
  'ecs:DescribeClusters': ({ clusters }, world) =>
    texts(clusters).flatMap((cluster) => onCluster({ cluster }, world)),
  'ecs:ListContainerInstances': onCluster,
  'ecs:DeregisterContainerInstance': onCluster,
  'ecs:DescribeContainerInstances': inCluster('container-instance', (input) =>
    texts(input.containerInstances),
  ),
  'ecs:UpdateContainerInstancesState': inCluster('container-instance', (input) =>
    texts(input.containerInstances),
  ),
  'ecs:PutAttributes': attributeTargets,
  'ecs:DeleteAttributes': attributeTargets,
  'ecs:ListTasks': listedInCluster,
  'ecs:ListServices': listedInCluster,
  'ecs:DescribeTasks': inCluster('task', ({ tasks }) => texts(tasks)),
  'ecs:GetTaskProtection': inCluster('task', ({ tasks }) => texts(tasks)),
  'ecs:StopTask': inCluster('task', ({ task }) => [String(task)]),
  'ecs:DescribeServices': inCluster('service', ({ services }) => texts(services)),
  'ecs:DescribeTaskDefinition': anywhere,
  'ssm:SendCommand': sendCommand,
  'ssm:GetCommandInvocation': anywhere,
  'ssm:ListCommandInvocations': anywhere,
  'ssm:ListCommands': anywhere,
  'ssm:DescribeInstanceInformation': anywhere,
  'ssm:GetParameter': getParameter,
  'ssm:GetParametersByPath': ({ Path }, world) => [
    { resource: arn(world, 'ssm', `parameter${String(Path)}`), context: {} },
  ],
  'ssm:GetCalendarState': ({ CalendarNames }, world) =>
    texts(CalendarNames).map((name) => ({
      resource: name.startsWith('arn:') ? name : arn(world, 'ssm', `document/${name}`),
      context: {},
    })),
  'ec2:DescribeInstances': anywhere,
  'ec2:RebootInstances': (input, world) =>
    onInstances('aws:ResourceTag/bottlerocket-fleet', 'InstanceId')(input, world),
  'autoscaling:DescribeAutoScalingInstances': anywhere,
  'autoscaling:DescribeAutoScalingGroups': anywhere,
  'autoscaling:SetInstanceProtection': onGroup,
  'autoscaling:TerminateInstanceInAutoScalingGroup': onGroup,
  'elasticloadbalancing:DescribeTargetHealth': anywhere,
  'elasticloadbalancing:DescribeTargetGroupAttributes': anywhere,
  'monitoring:DescribeAlarms': anywhere,
  'events:PutEvents': ({ Entries }, world) =>
    (Entries as { EventBusName: string }[]).map(({ EventBusName }) => ({
      resource: arn(world, 'events', `event-bus/${EventBusName}`),
      context: {},
    })),
  'states:StartExecution': ({ stateMachineArn }) => [
    { resource: String(stateMachineArn), context: {} },
  ],
  'states:DescribeExecution': ({ executionArn }) => [
    { resource: String(executionArn), context: {} },
  ],
  'states:SendTaskSuccess': anywhere,
  'states:SendTaskFailure': anywhere,
  'lambda:Invoke': ({ FunctionName }, world) => [
    {
      resource: String(FunctionName).startsWith('arn:')
        ? String(FunctionName)
        : arn(world, 'lambda', `function:${String(FunctionName)}`),
      context: {},
    },
  ],
  'dynamodb:GetItem': onTable,
  'dynamodb:PutItem': onTable,
  'dynamodb:UpdateItem': onTable,
  'dynamodb:DeleteItem': onTable,
  'dynamodb:Query': onTable,
  'dynamodb:BatchGetItem': onTables,
  'dynamodb:BatchWriteItem': onTables,
};

/** Where IAM's name of an action is not the operation's own. */
const ACTIONS: Readonly<Record<string, string>> = {
  'monitoring:DescribeAlarms': 'cloudwatch:DescribeAlarms',
  'lambda:Invoke': 'lambda:InvokeFunction',
};

/** @throws {Error} For a call that nobody has looked up in the service authorization reference. */
export function requestsOf(
  { serviceId, operation, input }: SeenCall,
  world: IamWorld,
): IamRequest[] {
  const call = `${serviceId}:${operation}`;
  const resources = RESOURCES[call];
  if (!resources)
    throw new Error(`Cannot tell what IAM is asked for ${call}: add it to ${import.meta.url}`);
  return resources(input, world).map((one) => ({ action: ACTIONS[call] ?? call, ...one }));
}
