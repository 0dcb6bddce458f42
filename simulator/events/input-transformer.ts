// Builds what a rule's target receives: Input, InputPath, InputTransformer, or the event itself.
//
// Source: EventBridge user guide "Amazon EventBridge input transformation".

import type { JsonObject } from '../kernel/service.ts';
import { isObject } from './plain-object.ts';

interface InputTransformer {
  readonly InputPathsMap?: Readonly<Record<string, string>>;
  readonly InputTemplate: string;
}

export interface TargetInput {
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: InputTransformer;
}

/** Where the event came through; fills the predefined variables of a template. */
export interface TransformContext {
  readonly ruleArn: string;
  readonly ruleName: string;
  readonly ingestionTime: string;
}

const PATH = /^\$(?:\.[A-Za-z0-9_\-@]+|\[(?:\d+|\*)\]|\['[^']+'\])*$/;
const STEP = /\.([A-Za-z0-9_\-@]+)|\[(\d+|\*)\]|\['([^']+)'\]/g;

/** Whether EventBridge would take `path`: `$`, members, and array indexes. */
export function isJsonPath(path: string): boolean {
  return PATH.test(path);
}

/** What `path` points at; undefined when there is nothing. */
export function readJsonPath(event: JsonObject, path: string): unknown {
  let value: unknown = event;
  for (const [, member, index, quoted] of path.matchAll(STEP)) {
    const name = member ?? quoted;
    if (name !== undefined) value = isObject(value) ? value[name] : undefined;
    else if (!Array.isArray(value)) return undefined;
    else if (index !== '*') value = value[Number(index)];
  }
  return value;
}

function variablesOf(
  transformer: InputTransformer,
  event: JsonObject,
  context: TransformContext,
): ReadonlyMap<string, unknown> {
  const variables = new Map<string, unknown>([
    ['aws.events.rule-arn', context.ruleArn],
    ['aws.events.rule-name', context.ruleName],
    ['aws.events.event.ingestion-time', context.ingestionTime],
    ['aws.events.event', { ...event, detail: undefined }],
    ['aws.events.event.json', event],
  ]);
  for (const [name, path] of Object.entries(transformer.InputPathsMap ?? {}))
    variables.set(name, readJsonPath(event, path));
  return variables;
}

/** A variable in quotes becomes text of that string; one without quotes becomes a JSON value. */
function render(value: unknown, quoted: boolean): string {
  const json = value === undefined ? (quoted ? '' : '""') : JSON.stringify(value);
  if (!quoted) return json;
  return typeof value === 'string' ? json.slice(1, -1) : JSON.stringify(json).slice(1, -1);
}

function fill(template: string, variables: ReadonlyMap<string, unknown>): string {
  let quoted = false;
  return template.replace(/\\.|"|<([^<>"\s]+)>/g, (match, name: string | undefined) => {
    if (match === '"') quoted = !quoted;
    if (name === undefined || !variables.has(name)) return match;
    return render(variables.get(name), quoted);
  });
}

/**
 * @returns The value the target receives.
 * @throws {SyntaxError} When a filled template is not JSON; EventBridge then cannot deliver
 * (`INVALID_JSON`).
 */
export function targetPayload(
  input: TargetInput,
  event: JsonObject,
  context: TransformContext,
): unknown {
  if (input.Input !== undefined) return JSON.parse(input.Input);
  if (input.InputPath !== undefined) return readJsonPath(event, input.InputPath) ?? null;
  if (!input.InputTransformer) return event;
  const variables = variablesOf(input.InputTransformer, event, context);
  return JSON.parse(fill(input.InputTransformer.InputTemplate, variables));
}
