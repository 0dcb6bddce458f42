// Writes a service with its deployments and events as DescribeServices shows it.

import type { JsonObject } from '../../kernel/service.ts';
import type { Deployment, Service } from '../model.ts';
import { epochSeconds, present, tagList } from './members.ts';

function deploymentShape(service: Service, deployment: Deployment): JsonObject {
  const done = deployment.rolloutState === 'COMPLETED';
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: deployment.taskDefinition.arn,
    desiredCount: deployment.status === 'PRIMARY' ? service.desiredCount : 0,
    pendingCount: deployment.pendingCount,
    runningCount: deployment.runningCount,
    failedTasks: deployment.failedTasks,
    createdAt: epochSeconds(deployment.createdAt),
    updatedAt: epochSeconds(deployment.updatedAt),
    launchType: service.launchType,
    rolloutState: deployment.rolloutState,
    rolloutStateReason: `ECS deployment ${deployment.id} ${done ? 'completed' : 'in progress'}.`,
  };
}

export function serviceShape(service: Service, includeTags: boolean): JsonObject {
  const primary = service.deployments[0];
  const { loadBalancers } = service;
  return present({
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.cluster.arn,
    loadBalancers: loadBalancers.map((loadBalancer) => ({ ...loadBalancer })),
    serviceRegistries: [],
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: service.runningCount,
    pendingCount: service.pendingCount,
    launchType: service.launchType,
    taskDefinition: primary?.taskDefinition.arn,
    deploymentConfiguration: {
      maximumPercent: service.maximumPercent,
      minimumHealthyPercent: service.minimumHealthyPercent,
    },
    deployments: service.deployments.map((deployment) => deploymentShape(service, deployment)),
    events: service.events.map(({ id, at, message }) => ({
      id,
      createdAt: epochSeconds(at),
      message,
    })),
    createdAt: epochSeconds(service.createdAt),
    placementConstraints: service.placementConstraints.map(({ type, expression }) =>
      present({ type, expression }),
    ),
    placementStrategy: service.placementStrategy.map(({ type, field }) => present({ type, field })),
    healthCheckGracePeriodSeconds:
      loadBalancers.length > 0 ? service.healthCheckGracePeriodSeconds : undefined,
    schedulingStrategy: service.schedulingStrategy,
    deploymentController: { type: 'ECS' },
    enableECSManagedTags: false,
    propagateTags: 'NONE',
    enableExecuteCommand: false,
    tags: includeTags ? tagList(service.tags) : undefined,
  });
}
