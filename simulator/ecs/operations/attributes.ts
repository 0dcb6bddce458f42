// PutAttributes and DeleteAttributes, on container instances.

import type { JsonObject } from '../../kernel/service.ts';
import { attributeLimitExceeded, invalidParameter, targetNotFound } from '../errors.ts';
import type { Cluster, ContainerInstance } from '../model.ts';
import type { EcsRegion, Operation } from '../region.ts';
import { present } from '../shapes/members.ts';
import { oneOf, structures, text } from './input.ts';

/** Per call and per resource (botocore ecs PutAttributes). */
const ATTRIBUTES_MAX = 10;
/** botocore ecs Attribute. */
const NAME = /^[A-Za-z0-9_\-./\\]{1,128}$/;
const VALUE = /^(?! )[A-Za-z0-9_\-.@:/\\ ]{1,128}(?<! )$/;

interface Asked {
  readonly instance: ContainerInstance;
  readonly name: string;
  readonly value: string | undefined;
}

function asked(region: EcsRegion, input: JsonObject): Asked[] {
  const cluster = region.ledger.activeCluster(text(input, 'cluster'));
  const attributes = structures(input, 'attributes') ?? [];
  if (attributes.length === 0) throw invalidParameter('Attributes cannot be empty.');
  if (attributes.length > ATTRIBUTES_MAX)
    throw invalidParameter(`attributes can have at most ${ATTRIBUTES_MAX} items.`);
  return attributes.map((attribute) => {
    const name = text(attribute, 'name') ?? '';
    const value = text(attribute, 'value');
    if (!NAME.test(name)) throw invalidParameter('Attribute name is invalid.');
    if (value !== undefined && !VALUE.test(value))
      throw invalidParameter('Attribute value is invalid.');
    return { instance: targetOf(region, cluster, attribute), name, value };
  });
}

/**
 * "If you use the short form ID, you must also specify targetType" (botocore ecs
 * Attribute.targetId).
 */
function targetOf(region: EcsRegion, cluster: Cluster, attribute: JsonObject): ContainerInstance {
  const targetId = text(attribute, 'targetId');
  const targetType = oneOf(attribute, 'targetType', ['container-instance']);
  if (!targetId) throw invalidParameter('Attribute targetId can not be blank.');
  if (!targetId.startsWith('arn:') && !targetType)
    throw invalidParameter('Attribute targetType can not be blank.');
  const instance = region.ledger.instance(cluster, targetId);
  if (!instance || instance.status === 'INACTIVE') throw targetNotFound();
  return instance;
}

/** `ecs.…` and capabilities are the agent's. */
const isReserved = (name: string) => /^(ecs\.|com\.amazonaws\.ecs\.)/.test(name);

const shape = ({ instance, name, value }: Asked) =>
  present({ name, value, targetType: 'container-instance', targetId: instance.arn });

const touched = (all: readonly Asked[]) => new Set(all.map(({ instance }) => instance));

export const putAttributes: Operation = (region, input) => {
  const all = asked(region, input);
  const names = new Map<ContainerInstance, Set<string>>();
  for (const { instance, name } of all) {
    if (isReserved(name)) throw invalidParameter('Attributes of Amazon ECS cannot be changed.');
    const after = names.get(instance) ?? new Set(instance.customAttributes.keys());
    names.set(instance, after.add(name));
    if (after.size > ATTRIBUTES_MAX) throw attributeLimitExceeded();
  }
  for (const { instance, name, value } of all) instance.customAttributes.set(name, value);
  for (const instance of touched(all)) region.instances.attributesChanged(instance);
  return { attributes: all.map(shape) };
};

/** Deleting what is not there is no error; the answer lists what was deleted. */
export const deleteAttributes: Operation = (region, input) => {
  const all = asked(region, input);
  const deleted = all.filter(({ instance, name }) => instance.customAttributes.delete(name));
  for (const instance of touched(deleted)) region.instances.attributesChanged(instance);
  return { attributes: deleted.map(shape) };
};
