// A template becomes a working stack in a region: events and schedules reach functions and state
// machines.

import { describe, expect, test } from 'vitest';
import { deploy } from '../../../simulator/cloudformation/deploy.ts';
import type { Template } from '../../../simulator/cloudformation/template.ts';
import type { JsonObject } from '../../../simulator/kernel/service.ts';
import { createRegion } from '../../../simulator/region.ts';

/** Keeps what it was invoked with in its log. */
const PRINTING = `exports.handler = async (event) => {
  console.log('got', JSON.stringify(event['detail-type'] ?? event));
  return { region: process.env.TARGET };
};`;

/** `${name}`, for CloudFormation to fill in. */
const hole = (name: string) => `\${${name}}`;

const lambdaTarget = (logicalId: string) => ({
  Id: 'f',
  Arn: { 'Fn::GetAtt': [logicalId, 'Arn'] },
});

const template: Template = {
  AWSTemplateFormatVersion: '2010-09-09',
  Parameters: { Stage: { Type: 'String', Default: 'test' } },
  Resources: {
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventBusName: { Ref: 'Bus' },
        EventPattern: { source: ['fleet.test'] },
        Targets: [
          lambdaTarget('Printer'),
          { Id: 's', Arn: { Ref: 'Machine' }, RoleArn: { 'Fn::GetAtt': 'Role.Arn' } },
        ],
      },
    },
    Sweep: {
      Type: 'AWS::Scheduler::Schedule',
      DependsOn: 'Permission',
      Properties: {
        Name: 'sweep',
        ScheduleExpression: 'rate(1 minute)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: { 'Fn::GetAtt': ['Printer', 'Arn'] },
          RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
          Input: '{"sweep":true}',
        },
      },
    },
    Machine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: {
        StateMachineName: { 'Fn::Sub': `${hole('Stage')}-machine` },
        RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Definition: {
          QueryLanguage: 'JSONata',
          StartAt: 'Print',
          States: {
            Print: {
              Type: 'Task',
              Resource: hole('PrinterArn'),
              Arguments: { execution: '{% $states.context.Execution.Name %}' },
              TimeoutSeconds: 30,
              End: true,
            },
          },
        },
        DefinitionSubstitutions: { PrinterArn: { 'Fn::GetAtt': ['Printer', 'Arn'] } },
      },
    },
    Printer: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: { 'Fn::Join': ['-', [{ Ref: 'Stage' }, 'printer']] },
        Handler: 'functions/print.handler',
        Runtime: 'nodejs24.x',
        Timeout: 10,
        MemorySize: 256,
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Environment: { Variables: { TARGET: { Ref: 'AWS::Region' }, TABLE: { Ref: 'Record' } } },
        Code: { S3Bucket: 'b', S3Key: 'k' },
      },
    },
    Permission: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        FunctionName: { Ref: 'Printer' },
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
      },
    },
    Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'fleet' } },
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {}, Path: '/fleet/' } },
    Record: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        KMSKey: { Ref: 'AWS::NoValue' },
      },
    },
    Dead: { Type: 'AWS::SQS::Queue', Properties: {} },
    Alarms: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'alarms' } },
    Dirty: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        AlarmName: 'dirty',
        Namespace: 'Fleet',
        MetricName: 'FailedDirty',
        ComparisonOperator: 'GreaterThanThreshold',
        EvaluationPeriods: 1,
        Period: 60,
        Statistic: 'Sum',
        Threshold: 0,
        AlarmActions: [{ Ref: 'Alarms' }],
      },
    },
    Setting: {
      Type: 'AWS::SSM::Parameter',
      Properties: { Name: '/fleet/blue', Type: 'String', Value: '{"cluster":"blue"}' },
    },
  },
  Outputs: { MachineArn: { Value: { Ref: 'Machine' } }, Queue: { Value: { Ref: 'Dead' } } },
};

const options = { stackName: 'fleet', codeFor: async () => PRINTING };

async function deployed() {
  const region = createRegion();
  const stack = await deploy(region, template, options);
  const printed = () =>
    region.services.lambda.logs
      .of('test-printer')
      .map(({ text }) => text.split('\t').at(-1)!)
      .filter((text) => text.startsWith('got'));
  return { region, stack, printed };
}

describe('deploy()', () => {
  test('creates every resource after those it refers to, with its values filled in', async () => {
    const { region, stack } = await deployed();
    const order = [...stack.resources.keys()];
    expect(order.indexOf('Bus')).toBeLessThan(order.indexOf('Rule'));
    expect(order.indexOf('Permission')).toBeLessThan(order.indexOf('Sweep'));
    expect(stack.outputs).toEqual({
      MachineArn: 'arn:aws:states:eu-west-1:111122223333:stateMachine:test-machine',
      Queue: expect.stringMatching(
        /^https:\/\/sqs\.eu-west-1\.amazonaws\.com\/111122223333\/fleet-Dead-[0-9A-F]{12}$/,
      ),
    });
    expect(stack.resources.get('Role')?.attributes.Arn).toMatch(
      /^arn:aws:iam::111122223333:role\/fleet\/fleet-Role-/,
    );
    const table = stack.resources.get('Record')!;
    expect(stack.resources.get('Printer')?.properties.Environment).toEqual({
      Variables: { TARGET: 'eu-west-1', TABLE: table.ref },
    });
    expect(
      await region.call('dynamodb', 'DescribeTimeToLive', { TableName: table.ref }),
    ).toMatchObject({ TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED' } });
    expect(table.properties).not.toHaveProperty('KMSKey');
    expect(await region.call('ssm', 'GetParameter', { Name: '/fleet/blue' })).toMatchObject({
      Parameter: { Value: '{"cluster":"blue"}' },
    });
  });

  test('an event on the stack’s bus reaches its function and its state machine', async () => {
    const { region, stack, printed } = await deployed();
    const entry = { EventBusName: 'fleet', Source: 'fleet.test', DetailType: 'Wave Started' };
    await region.call('events', 'PutEvents', { Entries: [{ ...entry, Detail: '{"wave":1}' }] });
    await region.advance(30);
    expect(printed()).toContain('got "Wave Started"');
    const executions = await region.call('states', 'ListExecutions', {
      stateMachineArn: stack.resources.get('Machine')!.ref,
    });
    const [execution] = executions.executions as JsonObject[];
    expect(execution?.status).toBe('SUCCEEDED');
    expect(printed()).toContain(`got {"execution":"${String(execution?.name)}"}`);
  });

  test('a schedule reaches its function every minute', async () => {
    const { region, printed } = await deployed();
    await region.advance(5 * 60);
    const sweeps = printed().filter((text) => text === 'got {"sweep":true}');
    expect(sweeps.length).toBeGreaterThanOrEqual(4);
  });
});

describe('conditions', () => {
  const template: Template = {
    Parameters: { Boundary: { Type: 'String', Default: '' } },
    Conditions: { HasBoundary: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'Boundary' }, ''] }] } },
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          PermissionsBoundary: {
            'Fn::If': ['HasBoundary', { Ref: 'Boundary' }, { Ref: 'AWS::NoValue' }],
          },
        },
      },
    },
  };

  test.each([
    [{}, {}],
    [
      { Boundary: 'arn:aws:iam::aws:policy/x' },
      { PermissionsBoundary: 'arn:aws:iam::aws:policy/x' },
    ],
  ])('with the parameters %j the role has %j', async (parameters, properties) => {
    const stack = await deploy(createRegion(), template, { ...options, parameters });
    expect(stack.resources.get('Role')?.properties).toEqual(properties);
  });
});

describe('deploy() refuses', () => {
  const resource = (Type: string, Properties: JsonObject = {}) => ({
    Resources: { Thing: { Type, Properties } },
  });
  const refuse = (bad: Template) =>
    deploy(createRegion(), bad, options).catch((e: Error) => e.message);

  test('a resource type it does not know, by logical id and type', async () => {
    expect(await refuse(resource('AWS::EC2::VPC'))).toBe(
      'Not simulated: resource Thing of type AWS::EC2::VPC',
    );
  });

  test('functions, sections and attributes it would have to ignore', async () => {
    expect(
      await refuse(resource('AWS::SQS::Queue', { QueueName: { 'Fn::Select': [0, ['a']] } })),
    ).toBe('Not simulated: intrinsic function Fn::Select');
    const mapped = { ...resource('AWS::SQS::Queue'), Mappings: {} } as Template;
    expect(await refuse(mapped)).toBe('Not simulated: section Mappings of a template');
    const conditional = resource('AWS::SQS::Queue', {
      QueueName: { 'Fn::If': ['Gone', 'a', 'b'] },
    });
    expect(await refuse(conditional)).toBe('Unresolved reference: no condition Gone');
    const outputs = { Outputs: { A: { Value: { 'Fn::GetAtt': ['Thing', 'Nope'] } } } };
    expect(await refuse({ ...resource('AWS::SQS::Queue'), ...outputs })).toBe(
      'Not simulated: attribute Nope of Thing (AWS::SQS::Queue)',
    );
  });

  test('references that lead nowhere, circles, and definitions with holes', async () => {
    expect(await refuse(resource('AWS::SQS::Queue', { QueueName: { Ref: 'Gone' } }))).toContain(
      'Gone is no parameter and no resource',
    );
    const circle = {
      A: { Type: 'AWS::SQS::Queue', DependsOn: 'B' },
      B: { Type: 'AWS::SQS::Queue', DependsOn: 'A' },
    };
    expect(await refuse({ Resources: circle })).toBe(
      'Circular dependency between resources: A -> B -> A',
    );
    const machine = resource('AWS::StepFunctions::StateMachine', {
      DefinitionString: `{"a":"${hole('B')}"}`,
    });
    expect(await refuse(machine)).toBe(`State machine Thing has no substitution for ${hole('B')}`);
  });
});
