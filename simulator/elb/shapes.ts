// The shapes in which the Elastic Load Balancing API answers.

import type { JsonObject } from '../kernel/service.ts';
import type { Target, TargetState } from '../kernel/target-groups.ts';
import type { Group } from './groups.ts';

/** Reason and description by state (API reference, TargetHealth; `healthy` has none). */
const REASONS: Readonly<Record<TargetState, readonly [string, string] | undefined>> = {
  initial: ['Elb.RegistrationInProgress', 'Target registration is in progress'],
  healthy: undefined,
  unhealthy: ['Target.Timeout', 'Request timed out'],
  draining: ['Target.DeregistrationInProgress', 'Target deregistration is in progress'],
  unused: ['Target.NotRegistered', 'Target is not registered to the target group'],
};

export function describeHealth({ id, port }: Target, state: TargetState): JsonObject {
  const [Reason, Description] = REASONS[state] ?? [];
  return {
    Target: { Id: id, Port: port },
    HealthCheckPort: String(port),
    TargetHealth: { State: state, Reason, Description },
  };
}

export function describeGroup(group: Group): JsonObject {
  return {
    TargetGroupArn: group.arn,
    TargetGroupName: group.name,
    Protocol: group.protocol,
    Port: group.port,
    HealthCheckProtocol: group.protocol,
    HealthCheckPort: 'traffic-port',
    HealthCheckEnabled: true,
    HealthCheckIntervalSeconds: group.intervalSeconds,
    HealthyThresholdCount: group.healthyThresholdCount,
    UnhealthyThresholdCount: group.unhealthyThresholdCount,
    TargetType: group.targetType,
    LoadBalancerArns: [],
  };
}

export function describeAttributes(group: Group): JsonObject[] {
  return [
    {
      Key: 'deregistration_delay.timeout_seconds',
      Value: String(group.deregistrationDelaySeconds),
    },
    { Key: 'stickiness.enabled', Value: 'false' },
  ];
}
