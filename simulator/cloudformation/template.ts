// The part of a CloudFormation template that is understood here.

import type { JsonObject } from '../kernel/service.ts';

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: JsonObject;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Metadata?: unknown;
}

export interface Template {
  readonly AWSTemplateFormatVersion?: string;
  readonly Description?: string;
  readonly Parameters?: Readonly<
    Record<string, { readonly Type: string; readonly Default?: unknown }>
  >;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<
    Record<string, { readonly Value: unknown; readonly Export?: unknown }>
  >;
}

/** A template that CloudFormation, or this simulator, does not accept. */
export class TemplateError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TemplateError';
  }
}

const SECTIONS = ['AWSTemplateFormatVersion', 'Description', 'Parameters', 'Conditions'];
SECTIONS.push('Resources', 'Outputs');
const RESOURCE_KEYS = ['Type', 'Properties', 'DependsOn', 'DeletionPolicy', 'Metadata'];
RESOURCE_KEYS.push('UpdateReplacePolicy');

/** @throws {TemplateError} When a section or key is used that would be ignored. */
export function checkTemplate(template: Template): void {
  for (const section of Object.keys(template)) {
    if (SECTIONS.includes(section) || section === 'Metadata') continue;
    throw new TemplateError(`Not simulated: section ${section} of a template`);
  }
  for (const [logicalId, resource] of Object.entries(template.Resources)) {
    for (const key of Object.keys(resource)) {
      if (RESOURCE_KEYS.includes(key)) continue;
      throw new TemplateError(`Not simulated: ${key} of resource ${logicalId} (${resource.Type})`);
    }
  }
}
