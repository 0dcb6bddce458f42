// How a permission and a role are written down; nothing here decides what is permitted.

import type { Fleet } from './fleets.ts';

/** Conditions and resources may hold intrinsic functions. */
export interface Statement {
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly unknown[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export function allow(
  actions: readonly string[],
  resources: readonly unknown[],
  condition?: Statement['Condition'],
): Statement {
  return {
    Effect: 'Allow',
    Action: actions,
    Resource: resources,
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}

/** An ARN of this account and region, in whatever partition. */
export function arnOf(service: string, resource: string): { 'Fn::Sub': string } {
  return {
    'Fn::Sub': `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`,
  };
}

export function clusterArns(fleets: readonly Fleet[]): unknown[] {
  return fleets.map(({ cluster }) => arnOf('ecs', `cluster/${cluster}`));
}

/** Tag of the EC2 instances and Auto Scaling groups that may be touched; its value is the cluster's name. */
export const FLEET_TAG = 'bottlerocket-fleet';

/** @param key As the service names it: `ssm:resourceTag` or `aws:ResourceTag`. */
export function onlyTagged(
  fleets: readonly Fleet[],
  key: 'ssm:resourceTag' | 'aws:ResourceTag',
): Statement['Condition'] {
  return { StringEquals: { [`${key}/${FLEET_TAG}`]: fleets.map(({ cluster }) => cluster) } };
}

/** An AWS::IAM::Role for one service to assume; the stack's permissions boundary, if there is one, bounds it. */
export function roleFor(
  service: 'lambda' | 'states' | 'scheduler' | 'events',
  statements: readonly Statement[],
): Record<string, unknown> {
  // Against being used by somebody else's schedule or state machine. Lambda does not say for whom it assumes a role.
  const ownAccountOnly =
    service === 'lambda'
      ? {}
      : { Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } } };
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: `${service}.amazonaws.com` },
            Action: 'sts:AssumeRole',
            ...ownAccountOnly,
          },
        ],
      },
      PermissionsBoundary: {
        'Fn::If': [
          'HasPermissionsBoundary',
          { Ref: 'PermissionsBoundaryArn' },
          { Ref: 'AWS::NoValue' },
        ],
      },
      Policies: [
        {
          PolicyName: 'what-it-does',
          PolicyDocument: { Version: '2012-10-17', Statement: statements },
        },
      ],
    },
  };
}
