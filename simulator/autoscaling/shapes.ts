// The shapes in which the Auto Scaling API answers.

import type { JsonObject } from '../kernel/service.ts';
import type { Group, GroupInstance } from './groups.ts';

/** A health status is `Healthy` inside a group and `HEALTHY` in DescribeAutoScalingInstances. */
export function describeInstance(instance: GroupInstance): JsonObject {
  return { ...describeMember(instance), HealthStatus: instance.healthStatus.toUpperCase() };
}

function describeMember(instance: GroupInstance): JsonObject {
  return {
    InstanceId: instance.ec2InstanceId,
    InstanceType: instance.instanceType,
    AvailabilityZone: instance.availabilityZone,
    LifecycleState: instance.lifecycleState,
    HealthStatus: instance.healthStatus,
    ProtectedFromScaleIn: instance.protectedFromScaleIn,
  };
}

export function describeGroup(group: Group): JsonObject {
  const suspended = [...group.suspended].map(([ProcessName, SuspensionReason]) => ({
    ProcessName,
    SuspensionReason,
  }));
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    MinSize: group.minSize,
    MaxSize: group.maxSize,
    DesiredCapacity: group.desiredCapacity,
    DefaultCooldown: 300,
    AvailabilityZones: group.availabilityZones,
    LoadBalancerNames: [],
    TargetGroupARNs: [],
    HealthCheckType: group.healthCheckType,
    HealthCheckGracePeriod: group.healthCheckGracePeriodSeconds,
    Instances: [...group.instances.values()].map(describeMember),
    CreatedTime: new Date(group.createdAt).toISOString(),
    SuspendedProcesses: suspended,
    TerminationPolicies: ['Default'],
    NewInstancesProtectedFromScaleIn: group.newInstancesProtected,
    Tags: [],
  };
}
