// UpdateService: another desired count, another task definition, or a new deployment of the same.

import type { JsonObject } from '../../kernel/service.ts';
import type { PlacementStrategy } from '../definitions.ts';
import {
  clientError,
  invalidParameter,
  notSimulated,
  serviceNotActive,
  serviceNotFound,
} from '../errors.ts';
import type { Service } from '../model.ts';
import type { EcsRegion, Operation } from '../region.ts';
import { serviceShape } from '../shapes/service.ts';
import { placementConstraints } from '../task-definitions.ts';
import { flag, integer, oneOf, structure, structures, text } from './input.ts';

const SIMULATED = new Set([
  'cluster',
  'service',
  'desiredCount',
  'taskDefinition',
  'forceNewDeployment',
  'deploymentConfiguration',
  'healthCheckGracePeriodSeconds',
  'placementConstraints',
  'placementStrategy',
]);

function serviceOf({ ledger }: EcsRegion, input: JsonObject): Service {
  const cluster = ledger.activeCluster(text(input, 'cluster'));
  const identifier = text(input, 'service');
  if (!identifier) throw invalidParameter('Service can not be blank.');
  const service = ledger.service(cluster, identifier);
  if (!service) throw serviceNotFound();
  if (service.status !== 'ACTIVE') throw serviceNotActive();
  return service;
}

/**
 * Percentages of a daemon: minimum 0 to 99, maximum 100 only (botocore ecs
 * DeploymentConfiguration).
 */
function setPercentages(service: Service, input: JsonObject): void {
  const given = structure(input, 'deploymentConfiguration') ?? {};
  const minimum = integer(given, 'minimumHealthyPercent') ?? service.minimumHealthyPercent;
  const maximum = integer(given, 'maximumPercent') ?? service.maximumPercent;
  if (minimum < 0 || maximum < 0) throw invalidParameter('Percentages must not be negative.');
  if (service.schedulingStrategy === 'DAEMON' && maximum !== 100)
    throw invalidParameter('The daemon scheduling strategy supports a maximumPercent of 100 only.');
  if (minimum === 0 && maximum === 0)
    throw invalidParameter('Both maximumPercent and minimumHealthyPercent cannot be 0.');
  service.minimumHealthyPercent = minimum;
  service.maximumPercent = maximum;
}

function setPlacement(service: Service, input: JsonObject): void {
  const constraints = structures(input, 'placementConstraints');
  if (constraints)
    service.placementConstraints = placementConstraints(
      constraints.map((each) => ({
        type: oneOf(each, 'type', ['distinctInstance', 'memberOf']) ?? 'memberOf',
        expression: text(each, 'expression'),
      })),
    );
  const strategy = structures(input, 'placementStrategy');
  if (strategy)
    service.placementStrategy = strategy.map((each): PlacementStrategy => {
      const type = oneOf(each, 'type', ['random', 'spread', 'binpack']) ?? 'spread';
      const field = text(each, 'field');
      return field === undefined ? { type } : { type, field };
    });
}

function setDesiredCount(service: Service, desiredCount: number | undefined): void {
  if (desiredCount === undefined) return;
  if (service.schedulingStrategy === 'DAEMON')
    throw invalidParameter('The daemon scheduling strategy does not support a desired count.');
  if (desiredCount < 0) throw invalidParameter('desiredCount must not be negative.');
  service.growth = Math.max(0, service.growth + desiredCount - service.desiredCount);
  service.desiredCount = desiredCount;
}

export const updateService: Operation = (region, input) => {
  const { ledger, scheduler } = region;
  const foreign = Object.keys(input).find((member) => !SIMULATED.has(member));
  if (foreign !== undefined) throw notSimulated(`UpdateService with ${foreign}`);
  const service = serviceOf(region, input);
  const name = text(input, 'taskDefinition');
  const definition = name === undefined ? undefined : ledger.taskDefinitions.find(name);
  if (name !== undefined && !definition) throw clientError('TaskDefinition not found.');
  setPercentages(service, input);
  setPlacement(service, input);
  setDesiredCount(service, integer(input, 'desiredCount'));
  service.healthCheckGracePeriodSeconds =
    integer(input, 'healthCheckGracePeriodSeconds') ?? service.healthCheckGracePeriodSeconds;
  const current = service.deployments[0]?.taskDefinition;
  const next = definition ?? current;
  if (next && (next !== current || flag(input, 'forceNewDeployment')))
    scheduler.deploy(service, next);
  scheduler.look(service);
  return { service: serviceShape(service, true) };
};
