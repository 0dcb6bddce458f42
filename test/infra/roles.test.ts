// Least privilege, in both directions: no role lacks what its function calls, and none has what no code path uses.

import { beforeAll, describe, expect, it } from 'vitest';
import { deployProduct } from '../../cli/product.ts';
import { defineFleets } from '../../infra/fleets.ts';
import { FUNCTIONS } from '../../infra/functions.ts';
import { functionName } from '../../infra/names.ts';
import { bundleHandlers } from '../../infra/packaging/bundle.ts';
import { fleetTemplate } from '../../infra/template.ts';
import { createRegion } from '../../simulator/region.ts';
import { type IamRequest, isAllowed, type PolicyStatement } from '../support/iam/evaluate.ts';
import { permissionsOf } from '../support/iam/watch-permissions.ts';

const FILES = FUNCTIONS.map(({ file }) => file);
const template = fleetTemplate(
  defineFleets([{ cluster: 'prod', policy: { gates: { hook: 'may-we' } } }]),
);

/** Package of the SDK to prefix of IAM. */
const SERVICES: Readonly<Record<string, string>> = {
  'auto-scaling': 'autoscaling',
  cloudwatch: 'cloudwatch',
  dynamodb: 'dynamodb',
  ec2: 'ec2',
  ecs: 'ecs',
  'elastic-load-balancing-v2': 'elasticloadbalancing',
  eventbridge: 'events',
  lambda: 'lambda',
  sfn: 'states',
  ssm: 'ssm',
};

let permissions: ReadonlyMap<string, readonly PolicyStatement[]> = new Map();
const commands = new Map<string, ReadonlySet<string>>();

beforeAll(async () => {
  const region = createRegion();
  permissions = permissionsOf((await deployProduct(region, { template })).stack);
  await region.close();
  for (const { file, contains } of await bundleHandlers(FILES)) {
    commands.set(file, new Set(contains.flatMap((path) => actionOf(path) ?? [])));
  }
});

/** The IAM action behind one file of the SDK, if it is a command. */
function actionOf(path: string): string | undefined {
  const found = /@aws-sdk\/client-([a-z0-9-]+)\/dist-es\/commands\/(\w+)Command\.js$/.exec(path);
  if (!found) return undefined;
  const [, client = '', operation = ''] = found;
  const action = `${SERVICES[client] ?? client}:${operation}`;
  return action === 'lambda:Invoke' ? 'lambda:InvokeFunction' : action;
}

function statementsOf(file: string): readonly PolicyStatement[] {
  return permissions.get(functionName(file)) ?? [];
}

function actionsOf(file: string): string[] {
  return [...new Set(statementsOf(file).flatMap(({ Action }) => Action))].sort();
}

/** Actions that AWS takes on behalf of a function, with nothing in its code to show for it. */
const BY_AWS: Readonly<Record<string, string>> = {
  'logs:CreateLogStream': 'Lambda writes the log',
  'logs:PutLogEvents': 'Lambda writes the log',
  'kms:Decrypt': 'Systems Manager decrypts a SecureString',
  'sqs:SendMessage': 'Lambda sends what an asynchronous invocation failed at to its destination',
};

/**
 * In the bundle, but not permitted, and why that is right. The bundle has everything that a look at any wait could need;
 * a function that only begins one kind of wait only takes that look.
 */
const NEVER_CALLED: readonly {
  readonly files: readonly string[];
  readonly actions: readonly string[];
  readonly because: string;
}[] = [
  {
    files: FILES,
    actions: ['dynamodb:DescribeEndpoints', 'dynamodb:Scan', 'dynamodb:Query'],
    because: "the SDK's document client refers to them whatever is used of it",
  },
  {
    files: [
      'check-updates',
      'prepare-updates',
      'await-progress',
      'drain-container-instance',
      'verify-container-instance',
      'wake-waits',
      'record-outcome',
      'control-rollout',
      'await-approval',
    ],
    actions: [
      'ec2:DescribeInstances',
      'ecs:DescribeContainerInstances',
      'ecs:DescribeServices',
      'ecs:DescribeTasks',
      'ecs:GetTaskProtection',
      'ecs:ListTasks',
      'ssm:GetCommandInvocation',
      'ssm:ListCommandInvocations',
      'ssm:SendCommand',
      'states:SendTaskFailure',
    ],
    because: 'part of looks at waits of other kinds, or of looks that only the sweep takes',
  },
  {
    files: ['await-approval'],
    actions: ['dynamodb:UpdateItem'],
    because: 'part of looks at waits of other kinds: it puts its own wait and reads the record',
  },
];

function isNeverCalled(file: string, action: string): boolean {
  return NEVER_CALLED.some(
    ({ files, actions }) => files.includes(file) && actions.includes(action),
  );
}

describe.each(FILES)('the role of %s', (file) => {
  it('has no action that its code does not contain', () => {
    const inCode = commands.get(file) ?? new Set();
    const unused = actionsOf(file).filter((action) => !inCode.has(action) && !BY_AWS[action]);
    expect(unused).toEqual([]);
  });

  it('has every action that its code contains, but for those listed with a reason', () => {
    const permitted = new Set(actionsOf(file));
    const lacking = [...(commands.get(file) ?? [])].filter(
      (action) => !permitted.has(action) && !isNeverCalled(file, action),
    );
    expect(lacking).toEqual([]);
  });
});

it('every reason why something is not permitted is still needed', () => {
  const needless = NEVER_CALLED.flatMap(({ actions, files }) =>
    actions.filter((action) =>
      files.every((file) => !commands.get(file)?.has(action) || actionsOf(file).includes(action)),
    ),
  );
  expect(needless).toEqual([]);
});

/** Service authorization reference: actions that are checked against no resource, or must be. */
const WITHOUT_RESOURCE = [
  'autoscaling:DescribeAutoScalingGroups',
  'autoscaling:DescribeAutoScalingInstances',
  'cloudwatch:DescribeAlarms',
  'ec2:DescribeInstances',
  'ecs:DescribeTaskDefinition',
  'ecs:ListServices',
  'ecs:ListTasks',
  'elasticloadbalancing:DescribeTargetGroupAttributes',
  'elasticloadbalancing:DescribeTargetHealth',
  'ssm:DescribeInstanceInformation',
  'ssm:GetCommandInvocation',
  'ssm:ListCommandInvocations',
  'ssm:ListCommands',
  'states:SendTaskFailure',
  'states:SendTaskSuccess',
];

describe('no role', () => {
  const everything = () => FILES.flatMap((file) => statementsOf(file));

  it('has a wildcard in an action', () => {
    expect(everything().flatMap(({ Action }) => Action.filter((one) => one.includes('*')))).toEqual(
      [],
    );
  });

  it('has all resources, but for actions that AWS checks against none', () => {
    const wide = everything()
      .filter(({ Resource }) => Resource.includes('*'))
      .flatMap(({ Action }) => Action);
    expect(wide.filter((action) => !WITHOUT_RESOURCE.includes(action))).toEqual([]);
  });

  it('can pass a role, change a document, a policy or a tag', () => {
    const forbidden =
      /^(iam|sts|s3):|^kms:(?!Decrypt$)|Document|PutParameter|Tags|CreateFunction|UpdateFunction/;
    const found = everything().flatMap(({ Action }) => Action.filter((one) => forbidden.test(one)));
    expect(found).toEqual([]);
  });
});

describe('fleets', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ cluster: `production-${index}-eu-payments` }));

  it('twenty with long names fit into a role', () => {
    expect(() => fleetTemplate(defineFleets(many(20)))).not.toThrow();
  });

  it('too many are refused before AWS would', () => {
    expect(() => fleetTemplate(defineFleets(many(60)))).toThrow(/^Cannot deploy so many fleets/);
  });
});

function whoMay(request: IamRequest): string[] {
  return FILES.filter((file) => isAllowed(statementsOf(file), request)).sort();
}

const ARN = 'eu-west-1:111122223333';
const TAG = 'ssm:resourceTag/bottlerocket-fleet';

describe('who may what', () => {
  it('nobody sends to a host without our tag, or with the tag of a cluster that is not configured', () => {
    const request = { action: 'ssm:SendCommand', resource: `arn:aws:ec2:${ARN}:instance/i-1` };
    expect(whoMay({ ...request, context: {} })).toEqual([]);
    expect(whoMay({ ...request, context: { [TAG]: 'other' } })).toEqual([]);
    expect(whoMay({ ...request, context: { [TAG]: 'prod' } })).toContain('reboot-into-update');
  });

  it.each([
    'AWS-RunShellScript',
    'BottlerocketFleet-Check',
    'BottlerocketFleet-Check-mine',
    'BottlerocketFleet-Other-00000000',
  ])('nobody sends the document %s: ours carry the hash of their text in their names', (name) => {
    for (const owner of ['111122223333', '']) {
      const resource = `arn:aws:ssm:eu-west-1:${owner}:document/${name}`;
      expect(whoMay({ action: 'ssm:SendCommand', resource, context: {} })).toEqual([]);
    }
  });

  it('a verb is sent whatever the hash of its document: a deployment changes roles before functions', () => {
    const resource = `arn:aws:ssm:${ARN}:document/BottlerocketFleet-Prepare-0123abcd`;
    const request = { action: 'ssm:SendCommand', resource, context: {} };
    expect(whoMay(request)).toEqual(['prepare-updates']);
  });

  it("only the notifier decrypts, and only what is encrypted as one of Slack's parameters", () => {
    const decrypting = (parameter: string) => {
      const PARAMETER_ARN = `arn:aws:ssm:${ARN}:parameter/${parameter}`;
      const context = { 'kms:EncryptionContext:PARAMETER_ARN': PARAMETER_ARN };
      return { action: 'kms:Decrypt', resource: `arn:aws:kms:${ARN}:key/1f2e`, context };
    };
    expect(whoMay(decrypting('bottlerocket-fleet/slack/default'))).toEqual(['notify-slack']);
    expect(whoMay(decrypting('bottlerocket-fleet/fleets/prod'))).toEqual([]);
    expect(whoMay({ ...decrypting('x'), context: {} })).toEqual([]);
  });

  it.each([
    'ecs:UpdateContainerInstancesState',
    'ecs:PutAttributes',
    'ecs:DeleteAttributes',
    'ecs:StopTask',
  ])('nobody does %s on a cluster that is not configured', (action) => {
    const context = { 'ecs:cluster': `arn:aws:ecs:${ARN}:cluster/other` };
    for (const kind of ['container-instance', 'task']) {
      expect(whoMay({ action, resource: `arn:aws:ecs:${ARN}:${kind}/other/1`, context })).toEqual(
        [],
      );
    }
  });

  it('nobody even looks at a cluster that is not configured', () => {
    const resource = `arn:aws:ecs:${ARN}:cluster/other`;
    for (const action of ['ecs:DescribeClusters', 'ecs:ListContainerInstances']) {
      expect(whoMay({ action, resource, context: {} })).toEqual([]);
    }
  });

  it('only the undo, the sweep, the drain and the return to service set a container instance to a state', () => {
    const context = { 'ecs:cluster': `arn:aws:ecs:${ARN}:cluster/prod` };
    const resource = `arn:aws:ecs:${ARN}:container-instance/prod/1`;
    expect(whoMay({ action: 'ecs:UpdateContainerInstancesState', resource, context })).toEqual([
      'drain-container-instance',
      'return-to-service',
      'sweep',
      'undo-container-instance',
    ]);
  });

  it('only the undo and the sweep reboot or replace by EC2', () => {
    const context = { 'aws:ResourceTag/bottlerocket-fleet': 'prod' };
    const instance = `arn:aws:ec2:${ARN}:instance/i-1`;
    const group = `arn:aws:autoscaling:${ARN}:autoScalingGroup:1:autoScalingGroupName/prod`;
    const last = ['sweep', 'undo-container-instance'];
    expect(whoMay({ action: 'ec2:RebootInstances', resource: instance, context })).toEqual(last);
    const terminate = 'autoscaling:TerminateInstanceInAutoScalingGroup';
    expect(whoMay({ action: terminate, resource: group, context })).toEqual(last);
  });

  it('only the dispatcher, and the sweep in its place, starts the update of a container instance', () => {
    const resource = `arn:aws:states:${ARN}:stateMachine:bottlerocket-fleet-update-container-instance`;
    expect(whoMay({ action: 'states:StartExecution', resource, context: {} })).toEqual([
      'dispatch-container-instances',
      'sweep',
    ]);
  });

  it('those that plan change nothing but the record', () => {
    const writes = /^(?!dynamodb:|events:PutEvents|logs:)\w+:(?!Describe|List|Get)/;
    const planning = [
      'open-rollout',
      'discover-container-instances',
      'plan-waves',
      'plan-rollback',
    ];
    expect(planning.flatMap((file) => actionsOf(file).filter((one) => writes.test(one)))).toEqual(
      [],
    );
  });

  it('only the hook that a fleet names is invoked', () => {
    const action = 'lambda:InvokeFunction';
    const named = { action, resource: `arn:aws:lambda:${ARN}:function:may-we`, context: {} };
    const other = { action, resource: `arn:aws:lambda:${ARN}:function:other`, context: {} };
    expect(whoMay(named)).toEqual(['bake-wave']);
    expect(whoMay(other)).toEqual([]);
  });
});
