// Resolves intrinsic functions: Ref, Fn::GetAtt, Fn::Sub, Fn::Join, Fn::If and those of conditions, and the pseudo
// parameters.

import { TemplateError } from './template.ts';

/** What a template's names stand for at one point of a deployment. */
export interface Scope {
  /** A parameter, a pseudo parameter, or a resource that exists. */
  ref(name: string): unknown;
  attribute(logicalId: string, name: string): unknown;
  /** Whether a condition of the template holds. */
  condition(name: string): boolean;
}

/** Stands for `AWS::NoValue`: the property that has it does not exist. */
export const NO_VALUE: unique symbol = Symbol('AWS::NoValue');

type Intrinsic = (argument: unknown, scope: Scope) => unknown;

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, scope) => scope.ref(String(name)),
  'Fn::GetAtt': (argument, scope) => {
    const [logicalId, ...rest] = Array.isArray(argument)
      ? (argument as string[])
      : String(argument).split('.');
    return scope.attribute(logicalId!, rest.join('.'));
  },
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = argument as [string, unknown];
    const resolved = resolve(parts, scope);
    if (!Array.isArray(resolved)) throw new TemplateError('Fn::Join needs a list');
    return resolved.map(String).join(separator);
  },
  'Fn::Sub': (argument, scope) => {
    const [text, own] = Array.isArray(argument)
      ? (argument as [string, Record<string, unknown>])
      : [String(argument), {}];
    return text.replace(/\$\{([^}]*)\}/g, (_whole, name: string) => substitute(name, own, scope));
  },
  'Fn::If': (argument, scope) => {
    const [name, yes, no] = argument as [string, unknown, unknown];
    return resolve(scope.condition(name) ? yes : no, scope);
  },
  'Fn::Equals': (argument, scope) => {
    const [one, other] = resolve(argument, scope) as [unknown, unknown];
    return String(one) === String(other);
  },
  'Fn::Not': (argument, scope) => (resolve(argument, scope) as unknown[])[0] !== true,
};

function substitute(name: string, own: Record<string, unknown>, scope: Scope): string {
  // `${!Name}` is how a template writes a literal `${Name}`.
  if (name.startsWith('!')) return `\${${name.slice(1)}}`;
  if (Object.hasOwn(own, name)) return String(resolve(own[name], scope));
  const dot = name.indexOf('.');
  if (dot < 0) return String(scope.ref(name));
  return String(scope.attribute(name.slice(0, dot), name.slice(dot + 1)));
}

function intrinsicOf(value: object): [Intrinsic, unknown] | undefined {
  const [entry, ...others] = Object.entries(value);
  if (!entry || others.length > 0) return undefined;
  const [name, argument] = entry;
  const intrinsic = INTRINSICS[name];
  if (intrinsic) return [intrinsic, argument];
  if (name.startsWith('Fn::') || name === 'Condition') {
    throw new TemplateError(`Not simulated: intrinsic function ${name}`);
  }
  return undefined;
}

/** The value with every intrinsic function in it replaced by what it stands for. */
export function resolve(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => resolve(item, scope)).filter((item) => item !== NO_VALUE);
  }
  if (typeof value !== 'object' || value === null) return value;
  const intrinsic = intrinsicOf(value);
  if (intrinsic) return intrinsic[0](intrinsic[1], scope);
  const entries = Object.entries(value).map(([key, item]) => [key, resolve(item, scope)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== NO_VALUE));
}

/** Logical ids (and other names) that a value refers to, in order of appearance. */
export function namesIn(value: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  // Both branches of every condition: what is not there now may be with other parameters.
  const probe: Scope = {
    ref: (name) => {
      names.add(name);
      return '';
    },
    attribute: (logicalId) => {
      names.add(logicalId);
      return '';
    },
    condition: () => true,
  };
  resolve(value, probe);
  probe.condition = () => false;
  resolve(value, probe);
  return names;
}
