// The errors ECS answers with, worded as the real service words them where that is on record.

import { AwsError } from '../kernel/service.ts';

export const invalidParameter = (message: string) =>
  new AwsError('InvalidParameterException', message);

export const clientError = (message: string) => new AwsError('ClientException', message);

export const clusterNotFound = () => new AwsError('ClusterNotFoundException', 'Cluster not found.');

/** A deleted cluster stays visible as INACTIVE; every other use of it is answered with this. */
export const clusterInactive = () =>
  new AwsError('ClusterNotFoundException', 'The referenced cluster was inactive.');

export const serviceNotFound = () => new AwsError('ServiceNotFoundException', 'Service not found.');

export const serviceNotActive = () =>
  new AwsError('ServiceNotActiveException', 'Service was not ACTIVE.');

export const targetNotFound = () =>
  new AwsError('TargetNotFoundException', 'The specified target was not found.');

export const attributeLimitExceeded = () =>
  new AwsError(
    'AttributeLimitExceededException',
    'You can apply up to 10 custom attributes per resource.',
  );

/** Loud, because silence would let the product rely on something that is not here. */
export const notSimulated = (what: string) =>
  new AwsError(
    'UnsupportedFeatureException',
    `Not simulated: ecs ${what}. See simulator/SUPPORT.md.`,
  );

export interface Failure {
  readonly arn: string;
  readonly reason: string;
  readonly detail?: string;
}
