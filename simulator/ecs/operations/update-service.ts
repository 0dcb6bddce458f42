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

/** Changes the service; made of a whole request before any of it is, as all of it may be refused. */
type Change = () => void;

/**
 * Percentages of a daemon: minimum 0 to 99, maximum 100 only (botocore ecs
 * DeploymentConfiguration).
 */
function percentages(service: Service, input: JsonObject): Change {
  const given = structure(input, 'deploymentConfiguration') ?? {};
  const minimum = integer(given, 'minimumHealthyPercent') ?? service.minimumHealthyPercent;
  const maximum = integer(given, 'maximumPercent') ?? service.maximumPercent;
  if (minimum < 0 || maximum < 0) throw invalidParameter('Percentages must not be negative.');
  if (service.schedulingStrategy === 'DAEMON' && maximum !== 100)
    throw invalidParameter('The daemon scheduling strategy supports a maximumPercent of 100 only.');
  if (minimum === 0 && maximum === 0)
    throw invalidParameter('Both maximumPercent and minimumHealthyPercent cannot be 0.');
  return () => {
    service.minimumHealthyPercent = minimum;
    service.maximumPercent = maximum;
  };
}

function placement(service: Service, input: JsonObject): Change {
  const constraints = structures(input, 'placementConstraints');
  const parsed =
    constraints &&
    placementConstraints(
      constraints.map((each) => ({
        type: oneOf(each, 'type', ['distinctInstance', 'memberOf']) ?? 'memberOf',
        expression: text(each, 'expression'),
      })),
    );
  const strategy = structures(input, 'placementStrategy')?.map((each): PlacementStrategy => {
    const type = oneOf(each, 'type', ['random', 'spread', 'binpack']) ?? 'spread';
    const field = text(each, 'field');
    return field === undefined ? { type } : { type, field };
  });
  return () => {
    service.placementConstraints = parsed ?? service.placementConstraints;
    service.placementStrategy = strategy ?? service.placementStrategy;
  };
}

function desiredCountOf(service: Service, input: JsonObject): Change {
  const desiredCount = integer(input, 'desiredCount');
  if (desiredCount === undefined) return () => {};
  if (service.schedulingStrategy === 'DAEMON')
    throw invalidParameter('The daemon scheduling strategy does not support a desired count.');
  if (desiredCount < 0) throw invalidParameter('desiredCount must not be negative.');
  return () => {
    service.growth = Math.max(0, service.growth + desiredCount - service.desiredCount);
    service.desiredCount = desiredCount;
  };
}

function gracePeriod(service: Service, input: JsonObject): Change {
  const seconds = integer(input, 'healthCheckGracePeriodSeconds');
  return () => {
    service.healthCheckGracePeriodSeconds = seconds ?? service.healthCheckGracePeriodSeconds;
  };
}

export const updateService: Operation = (region, input) => {
  const { ledger, scheduler } = region;
  const foreign = Object.keys(input).find((member) => !SIMULATED.has(member));
  if (foreign !== undefined) throw notSimulated(`UpdateService with ${foreign}`);
  const service = serviceOf(region, input);
  const name = text(input, 'taskDefinition');
  const definition = name === undefined ? undefined : ledger.taskDefinitions.find(name);
  if (name !== undefined && !definition) throw clientError('TaskDefinition not found.');
  const anew = flag(input, 'forceNewDeployment') ?? false;
  const changes = [percentages, placement, desiredCountOf, gracePeriod].map((read) =>
    read(service, input),
  );
  for (const change of changes) change();
  const current = service.deployments[0]?.taskDefinition;
  const next = definition ?? current;
  if (next && (next !== current || anew)) scheduler.deploy(service, next);
  scheduler.look(service);
  return { service: serviceShape(service, true) };
};
