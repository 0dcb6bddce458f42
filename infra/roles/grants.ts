// Each thing a function may be permitted, as narrow as AWS allows; which function may do what is in function-grants.ts.

import { deployedNames } from '../documents.ts';
import type { Fleet } from '../fleets.ts';
import { allow, arnOf, clusterArns, onlyTagged, type Statement } from '../iam.ts';
import {
  EVENT_BUS_NAME,
  FLEET_PARAMETER_PREFIX,
  PREFIX,
  SLACK_PARAMETER_PREFIX,
  stateMachineName,
} from '../names.ts';
import { type SsmDocumentVerb, ssmDocuments } from '../ssm-documents/documents.ts';

/** The statements of one permission, for the configured fleets. */
export type Grant = (fleets: readonly Fleet[]) => readonly Statement[];

const TABLE = { 'Fn::GetAtt': ['RecordTable', 'Arn'] };

type RecordAction =
  | 'GetItem'
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'Query'
  | 'BatchGetItem'
  | 'BatchWriteItem';

export function record(...actions: readonly RecordAction[]): Grant {
  return () => [
    allow(
      actions.map((action) => `dynamodb:${action}`),
      [TABLE],
    ),
  ];
}

/** Who is open, waiting, failed or stuck, in the order of their turn. */
export const queryByDispatch: Grant = () => [
  allow(['dynamodb:Query'], [{ 'Fn::Sub': `\${RecordTable.Arn}/index/byDispatch` }]),
];

export const publishEvents: Grant = () => [
  allow(['events:PutEvents'], [arnOf('events', `event-bus/${EVENT_BUS_NAME}`)]),
];

type ClusterResource = 'container-instance' | 'task' | 'service';

/** Actions on what is in a configured cluster: the condition says which, so that a role has room for many of them. */
function inClusters(resource: ClusterResource, ...actions: readonly string[]): Grant {
  return (fleets) => [
    allow(
      actions.map((action) => `ecs:${action}`),
      [arnOf('ecs', `${resource}/*`)],
      { ArnEquals: { 'ecs:cluster': clusterArns(fleets) } },
    ),
  ];
}

/** Lists that ECS checks against no resource; the condition still holds them to configured clusters. */
function listedInClusters(...actions: readonly string[]): Grant {
  return (fleets) => [
    allow(
      actions.map((action) => `ecs:${action}`),
      ['*'],
      { ArnEquals: { 'ecs:cluster': clusterArns(fleets) } },
    ),
  ];
}

function onClusters(...actions: readonly string[]): Grant {
  return (fleets) => [
    allow(
      actions.map((action) => `ecs:${action}`),
      clusterArns(fleets),
    ),
  ];
}

export const describeClusters = onClusters('DescribeClusters');
export const listContainerInstances = onClusters('ListContainerInstances');
export const describeContainerInstances = inClusters(
  'container-instance',
  'DescribeContainerInstances',
);
export const listTasks = listedInClusters('ListTasks');
export const describeTasks = inClusters('task', 'DescribeTasks');
export const readTaskProtection = inClusters('task', 'GetTaskProtection');
export const listServices = listedInClusters('ListServices');
export const describeServices = inClusters('service', 'DescribeServices');
/** ECS checks it against no resource. */
export const describeTaskDefinitions: Grant = () => [allow(['ecs:DescribeTaskDefinition'], ['*'])];

/** Drains and gives back are one action for IAM; only who marks may drain, by what the code does. */
export const setState = inClusters('container-instance', 'UpdateContainerInstancesState');
export const mark = inClusters('container-instance', 'PutAttributes');
export const unmark = inClusters('container-instance', 'DeleteAttributes');
export const stopTasks = inClusters('task', 'StopTask');
export const deregister = onClusters('DeregisterContainerInstance');

/** Only our documents, by their exact names, and only to hosts that carry our tag. */
export function send(...verbs: readonly SsmDocumentVerb[]): Grant {
  const documents = ssmDocuments().filter(({ verb }) => verbs.includes(verb));
  return (fleets) => [
    allow(
      ['ssm:SendCommand'],
      documents.map((document) => arnOf('ssm', `document/${deployedNames(document)}`)),
    ),
    allow(['ssm:SendCommand'], [arnOf('ec2', 'instance/*')], onlyTagged(fleets, 'ssm:resourceTag')),
  ];
}

/** Systems Manager checks these against no resource. */
function systemsManager(...actions: readonly string[]): Grant {
  return () => [
    allow(
      actions.map((action) => `ssm:${action}`),
      ['*'],
    ),
  ];
}

export const readAnswers = systemsManager('GetCommandInvocation', 'ListCommandInvocations');
/** Of all hosts of a command; nobody here asks for the answer of one. */
export const listAnswers = systemsManager('ListCommandInvocations');
export const listCommands = systemsManager('ListCommands');
export const describeInstanceInformation = systemsManager('DescribeInstanceInformation');

/** A calendar may be shared from another account. */
export const readCalendars: Grant = () => [
  allow(
    ['ssm:GetCalendarState'],
    [{ 'Fn::Sub': `arn:\${AWS::Partition}:ssm:\${AWS::Region}:*:document/*` }],
  ),
];

export const readFleetPolicy: Grant = () => [
  allow(['ssm:GetParameter'], [arnOf('ssm', `parameter${FLEET_PARAMETER_PREFIX}/*`)]),
];

/** Their names are the clusters that this stack looks after; the path itself is what is asked for. */
export const listFleets: Grant = () => [
  allow(['ssm:GetParametersByPath'], [arnOf('ssm', `parameter${FLEET_PARAMETER_PREFIX}`)]),
];

/**
 * Every role of the account may use its key for Systems Manager through that. For a key of yours this is the role's
 * part, and only for what is encrypted as one of these parameters; the key's own policy has to leave it to IAM.
 */
export const readSlackCredentials: Grant = () => {
  const parameters = arnOf('ssm', `parameter${SLACK_PARAMETER_PREFIX}/*`);
  return [
    allow(['ssm:GetParameter'], [parameters]),
    allow(['kms:Decrypt'], [arnOf('kms', 'key/*')], {
      StringLike: { 'kms:EncryptionContext:PARAMETER_ARN': parameters },
    }),
  ];
};

/** EC2, Elastic Load Balancing, Auto Scaling and CloudWatch check these reads against no resource. */
export const describeInstances: Grant = () => [allow(['ec2:DescribeInstances'], ['*'])];
export const describeTargetHealth: Grant = () => [
  allow(['elasticloadbalancing:DescribeTargetHealth'], ['*']),
];
export const describeTargetGroups: Grant = () => [
  allow(['elasticloadbalancing:DescribeTargetGroupAttributes'], ['*']),
];
export const describeGroupMembers: Grant = () => [
  allow(['autoscaling:DescribeAutoScalingInstances'], ['*']),
];
export const describeGroups: Grant = () => [
  allow(['autoscaling:DescribeAutoScalingGroups'], ['*']),
];
/** Composite alarms are only shown to who may see all. */
export const describeAlarms: Grant = () => [allow(['cloudwatch:DescribeAlarms'], ['*'])];

export const rebootHosts: Grant = (fleets) => [
  allow(
    ['ec2:RebootInstances'],
    [arnOf('ec2', 'instance/*')],
    onlyTagged(fleets, 'aws:ResourceTag'),
  ),
];

function inGroups(action: string): Grant {
  return (fleets) => [
    allow(
      [`autoscaling:${action}`],
      [arnOf('autoscaling', 'autoScalingGroup:*:autoScalingGroupName/*')],
      onlyTagged(fleets, 'aws:ResourceTag'),
    ),
  ];
}

export const protectFromScaleIn = inGroups('SetInstanceProtection');
export const terminateForReplacement = inGroups('TerminateInstanceInAutoScalingGroup');

export const startUpdates: Grant = () => [
  allow(
    ['states:StartExecution'],
    [arnOf('states', `stateMachine:${stateMachineName('update-container-instance')}`)],
  ),
];

/** A task token is the permission; Step Functions checks these against no resource. */
export const answerTasks: Grant = () => [
  allow(['states:SendTaskSuccess', 'states:SendTaskFailure'], ['*']),
];
export const succeedTasks: Grant = () => [allow(['states:SendTaskSuccess'], ['*'])];

export const describeExecutions: Grant = () => [
  allow(['states:DescribeExecution'], [arnOf('states', `execution:${PREFIX}-*`)]),
];

/** A hook that no fleet names is refused, which counts as a closed gate. */
export const askHooks: Grant = (fleets) => {
  const hooks = fleets.flatMap(({ policy }) => {
    const { hook } = (policy?.gates ?? {}) as { hook?: string };
    return hook === undefined ? [] : [hook];
  });
  if (hooks.length === 0) return [];
  const toArn = (hook: string) =>
    hook.startsWith('arn:') ? hook : arnOf('lambda', `function:${hook}`);
  return [allow(['lambda:InvokeFunction'], [...new Set(hooks)].map(toArn))];
};

/** Lambda sends what a function failed at under the function's own role. */
export const leaveUndelivered: Grant = () => [
  allow(['sqs:SendMessage'], [{ 'Fn::GetAtt': ['UndeliveredQueue', 'Arn'] }]),
];
