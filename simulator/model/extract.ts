// Reads the service models of botocore and writes down what they ask of the inputs of simulated operations.
//
// node cli/start.mjs simulator/model/extract.ts <botocore/data> > simulator/model/constraints.json

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createRegion } from '../region.ts';
import { compiled, type Shape } from './constraints.ts';

/**
 * Folder of each service's model. Not those of ECS and
 * EC2 (which have no constraints).
 */
const MODELS: Readonly<Record<string, string>> = {
  autoscaling: 'autoscaling/2011-01-01',
  dynamodb: 'dynamodb/2012-08-10',
  elasticloadbalancing: 'elbv2/2015-12-01',
  events: 'events/2015-10-07',
  lambda: 'lambda/2015-03-31',
  monitoring: 'cloudwatch/2010-08-01',
  scheduler: 'scheduler/2021-06-30',
  ssm: 'ssm/2014-11-06',
  states: 'stepfunctions/2016-11-23',
};

/** dynalite checks these, in the words of DynamoDB. */
const CHECKED_BY_DYNALITE = new Set([
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'GetItem',
  'PutItem',
  'Query',
  'Scan',
  'UpdateItem',
]);

interface ModelShape {
  readonly type: string;
  readonly required?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly member?: { readonly shape: string };
}

interface Model {
  readonly operations: Readonly<Record<string, { readonly input?: { readonly shape: string } }>>;
  readonly shapes: Readonly<Record<string, ModelShape>>;
}

/** Shapes refer to themselves; nothing simulated is deeper. */
const DEPTH_MAX = 5;
const NUMBERS = new Set(['integer', 'long', 'double', 'float']);

function compiles(pattern: string): boolean {
  try {
    compiled(pattern);
    return true;
  } catch {
    return false;
  }
}

function structure({ shapes }: Model, shape: ModelShape, depth: number): Shape | undefined {
  const members = Object.entries(shape.members ?? {}).flatMap(([name, member]) => {
    const isRequired = shape.required?.includes(name) ?? false;
    const inner = shapeOf({ shapes, operations: {} }, member.shape, depth + 1);
    if (!inner && !isRequired) return [];
    return [[name, { ...(isRequired ? { required: true } : {}), ...inner }] as const];
  });
  return members.length > 0 ? { members: Object.fromEntries(members) } : undefined;
}

/** Undefined where the model asks for nothing. */
function shapeOf(model: Model, name: string, depth: number): Shape | undefined {
  const shape = model.shapes[name];
  if (!shape || depth > DEPTH_MAX) return undefined;
  const { type, min, max, pattern, enum: oneOf } = shape;
  const bounds = {
    ...(min === undefined || (min === 0 && !NUMBERS.has(type)) ? {} : { min }),
    ...(max === undefined || max > Number.MAX_SAFE_INTEGER ? {} : { max }),
  };
  if (type === 'structure') return structure(model, shape, depth);
  if (type === 'list') {
    const element = shape.member && shapeOf(model, shape.member.shape, depth + 1);
    const list = { ...bounds, ...(element ? { element } : {}) };
    return Object.keys(list).length > 0 ? list : undefined;
  }
  if (NUMBERS.has(type))
    return Object.keys(bounds).length > 0 ? { number: true, ...bounds } : undefined;
  if (type !== 'string') return undefined;
  const text = {
    ...bounds,
    ...(pattern && pattern !== '.*' && compiles(pattern) ? { pattern } : {}),
    ...(oneOf ? { oneOf } : {}),
  };
  return Object.keys(text).length > 0 ? text : undefined;
}

function constraintsOf(data: string, serviceId: string, operations: readonly string[]) {
  const file = join(data, MODELS[serviceId] ?? '', 'service-2.json.gz');
  const model = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as Model;
  const rows = operations.map((operation) => {
    const input = model.operations[operation]?.input?.shape;
    return [operation, (input && shapeOf(model, input, 0)) ?? {}] as const;
  });
  return Object.fromEntries([...rows].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function operationsOf(serviceId: string): readonly string[] {
  const services = Object.values(createRegion().services);
  const operations: readonly string[] =
    services.find(({ id }) => id === serviceId)?.operations ?? [];
  return operations.filter(
    (operation) => serviceId !== 'dynamodb' || !CHECKED_BY_DYNALITE.has(operation),
  );
}

const [data = ''] = process.argv.slice(2);
const services = Object.keys(MODELS).map(
  (serviceId) => [serviceId, constraintsOf(data, serviceId, operationsOf(serviceId))] as const,
);
process.stdout.write(`${JSON.stringify(Object.fromEntries(services), null, 1)}\n`);
