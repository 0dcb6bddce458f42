// Decides in which order the resources of a template are created.

import { namesIn } from './intrinsics.ts';
import { type Template, TemplateError } from './template.ts';

function dependenciesOf(template: Template, logicalId: string): readonly string[] {
  const { DependsOn = [], Properties = {} } = template.Resources[logicalId]!;
  const explicit = typeof DependsOn === 'string' ? [DependsOn] : DependsOn;
  for (const name of explicit) {
    if (template.Resources[name]) continue;
    throw new TemplateError(`Resource ${logicalId} depends on ${name}, which does not exist`);
  }
  const mentioned = [...namesIn(Properties)].filter((name) => template.Resources[name]);
  return [...explicit, ...mentioned];
}

/**
 * Logical ids, each after everything it refers to or depends on, otherwise as the template has
 * them.
 *
 * @throws {TemplateError} On a circle.
 */
export function creationOrder(template: Template): readonly string[] {
  const order: string[] = [];
  const done = new Set<string>();
  const visit = (logicalId: string, path: readonly string[]) => {
    if (done.has(logicalId)) return;
    if (path.includes(logicalId)) {
      const circle = [...path.slice(path.indexOf(logicalId)), logicalId].join(' -> ');
      throw new TemplateError(`Circular dependency between resources: ${circle}`);
    }
    for (const name of dependenciesOf(template, logicalId)) visit(name, [...path, logicalId]);
    done.add(logicalId);
    order.push(logicalId);
  };
  for (const logicalId of Object.keys(template.Resources)) visit(logicalId, []);
  return order;
}
