// Whether an answer has the documented types: compared with the schema that the SDK's client carries for each operation.

/**
 * A Smithy schema as the SDK's clients carry it: a number for a simple type, an array for a shape,
 * a function for a shape that is defined later.
 */
export type Schema = unknown;

const LIST_OF = 64;
const MAP_OF = 128;

/** What JavaScript value each simple type is given as. */
const SIMPLE: Readonly<
  Record<number, readonly [name: string, holds: (value: unknown) => boolean]>
> = {
  0: ['a string', (value) => typeof value === 'string'],
  1: ['a number', (value) => typeof value === 'number' && !Number.isNaN(value)],
  2: ['a boolean', (value) => typeof value === 'boolean'],
  4: ['a Date', isDate],
  5: ['a Date', isDate],
  6: ['a Date', isDate],
  7: ['a Date', isDate],
  15: ['a document', () => true],
  17: ['a bigint', (value) => typeof value === 'bigint'],
  19: ['a big decimal', (value) => typeof value === 'object'],
  21: ['bytes', (value) => value instanceof Uint8Array],
  42: ['a stream', (value) => typeof value === 'object'],
};

function isDate(value: unknown): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime());
}

/** The shape behind functions and behind `[schema, traits]`. */
function resolved(schema: Schema): Schema {
  let now = schema;
  for (;;) {
    if (typeof now === 'function') now = (now as () => Schema)();
    else if (Array.isArray(now) && now.length === 2) now = now[0];
    else if (Array.isArray(now) && now[0] === 0) now = now[4];
    else return now;
  }
}

const ARN = /^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12}|aws)?:.+/;
const IS_ARN = /(^a|A)rns?$/;
/** Systems Manager fills what was not asked for with empty texts. */
const MAY_BE_EMPTY = new Set(['NotificationArn']);

function arnProblems(path: string, value: unknown): string[] {
  const name =
    path
      .replace(/\[\d*\]$/, '')
      .split('.')
      .at(-1) ?? '';
  if (!IS_ARN.test(name) || typeof value !== 'string' || ARN.test(value)) return [];
  if (value === '' && MAY_BE_EMPTY.has(name)) return [];
  return [`${path} is ${JSON.stringify(value)}, not an ARN`];
}

function elementProblems(schema: Schema, value: unknown, path: string): string[] {
  if (!Array.isArray(value)) return [`${path} is ${typeof value}, not a list`];
  return value.flatMap((element, index) => problemsOf(schema, element, `${path}[${index}]`));
}

function mapProblems(schema: Schema, value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [`${path} is ${typeof value}, not a map`];
  return Object.entries(value).flatMap(([key, one]) => problemsOf(schema, one, `${path}.${key}`));
}

/** @param shape `[kind, namespace, name, traits, member names, member schemas, number of required ones]`. */
function structureProblems(shape: readonly unknown[], value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [`${path} is ${typeof value}, not ${String(shape[2])}`];
  const names = shape[4] as readonly string[];
  const schemas = shape[5] as readonly Schema[];
  const required = names.slice(0, (shape[6] as number | undefined) ?? 0);
  const members = value as Readonly<Record<string, unknown>>;
  const missing = required
    .filter((name) => members[name] === undefined)
    .map((name) => `${path}.${name} is missing`);
  const known = Object.entries(members).filter(([name]) => name !== '$metadata');
  return [
    ...missing,
    ...known.flatMap(([name, one]) => {
      const at = names.indexOf(name);
      // An answer without a body, such as that of a dry run, has null where its bytes would be.
      if (one === undefined || one === null) return [];
      if (at === -1) return name === '$unknown' ? [`${path} is of an unknown kind`] : [];
      return problemsOf(schemas[at], one, `${path}.${name}`);
    }),
  ];
}

/**
 * What is wrong with an answer, one line each; nothing when it is as documented.
 *
 * @param path Name of the value in what is said.
 */
export function problemsOf(schema: Schema, value: unknown, path: string): string[] {
  const shape = resolved(schema);
  if (shape === 'unit') return [];
  if (typeof shape === 'number') {
    if (shape & MAP_OF) return mapProblems(shape & ~MAP_OF, value, path);
    if (shape & LIST_OF) return elementProblems(shape & ~LIST_OF, value, path);
    const simple = SIMPLE[shape];
    if (!simple) return [`${path} has the unknown type ${shape}`];
    const [name, holds] = simple;
    if (!holds(value)) return [`${path} is ${JSON.stringify(value)}, not ${name}`];
    return arnProblems(path, value);
  }
  const array = shape as readonly unknown[];
  if (array[0] === 1) return elementProblems(array[4], value, path);
  if (array[0] === 2) return mapProblems(array[5], value, path);
  return structureProblems(array, value, path);
}
