// Decides whether a container instance is in the group that a cluster query expression describes.

import type { Comparison, Expression, Operator } from './cluster-query-language.ts';
import type { ContainerInstance } from './model.ts';

/**
 * What the subject of a comparison is worth on this instance; several for `task:group`, none when
 * absent.
 */
function valuesOf(instance: ContainerInstance, { subject, name }: Comparison): string[] {
  switch (subject) {
    case 'agentConnected':
      return [String(instance.agentConnected)];
    case 'agentVersion':
      return [instance.agentVersion];
    case 'ec2InstanceId':
      return [instance.ec2InstanceId];
    case 'registeredAt':
      return [String(instance.registeredAt)];
    case 'runningTasksCount':
      return [String(instance.runningTasksCount)];
    case 'task':
      return [...new Set(Array.from(instance.tasks, (task) => task.group))];
    default:
      return attributeOf(instance, name);
  }
}

function attributeOf(instance: ContainerInstance, name: string): string[] {
  for (const attributes of [instance.customAttributes, instance.builtInAttributes]) {
    if (attributes.has(name)) return [attributes.get(name) ?? ''];
  }
  return [];
}

/** Versions compare part by part, dates as instants, numbers as numbers, the rest as text. */
function compare(subject: string, value: string, argument: string): number {
  if (subject === 'registeredAt') return Number(value) - instantOf(argument);
  if (subject === 'agentVersion') return compareVersions(value, argument);
  const [left, right] = [Number(value), Number(argument)];
  if (!Number.isNaN(left) && !Number.isNaN(right)) return left - right;
  return value < argument ? -1 : value > argument ? 1 : 0;
}

/** The guide's forms: with an offset, with Z, without either (UTC), or the date alone. */
function instantOf(text: string): number {
  const withZone = /T.*(?:Z|[+-]\d\d:?\d\d)$/.test(text) || !text.includes('T') ? text : `${text}Z`;
  return Date.parse(withZone);
}

function compareVersions(left: string, right: string): number {
  const [a, b] = [left.split('.').map(Number), right.split('.').map(Number)];
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const NEGATED: Partial<Record<Operator, Operator>> = {
  not_equals: 'equals',
  not_exists: 'exists',
  not_in: 'in',
  not_matches: 'matches',
};

function holds(comparison: Comparison, operator: Operator, value: string): boolean {
  const { subject, values, pattern } = comparison;
  const argument = values[0] ?? '';
  switch (operator) {
    case 'exists':
      return true;
    case 'equals':
      return subject === 'agentVersion' || subject === 'registeredAt'
        ? compare(subject, value, argument) === 0
        : value === argument;
    case 'in':
      return values.includes(value);
    case 'matches':
      return pattern?.test(value) ?? false;
    case 'greater_than':
      return compare(subject, value, argument) > 0;
    case 'greater_than_equal':
      return compare(subject, value, argument) >= 0;
    case 'less_than':
      return compare(subject, value, argument) < 0;
    case 'less_than_equal':
      return compare(subject, value, argument) <= 0;
    default:
      return false;
  }
}

/**
 * A negated operator is the plain negation: `attribute:stack != prod` holds where there is no
 * `stack` (guess).
 */
export function matchesExpression(instance: ContainerInstance, expression: Expression): boolean {
  switch (expression.kind) {
    case 'and':
      return (
        matchesExpression(instance, expression.left) &&
        matchesExpression(instance, expression.right)
      );
    case 'or':
      return (
        matchesExpression(instance, expression.left) ||
        matchesExpression(instance, expression.right)
      );
    case 'not':
      return !matchesExpression(instance, expression.inner);
    default: {
      const negated = NEGATED[expression.operator];
      const operator = negated ?? expression.operator;
      const some = valuesOf(instance, expression).some((value) =>
        holds(expression, operator, value),
      );
      return negated ? !some : some;
    }
  }
}
