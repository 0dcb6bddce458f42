// Decides whether a machine of the right shape makes sense: targets, names, resources, JSONata.

import { parseResource } from '../integrations/resource.ts';
import { EvaluationError, type Jsonata, visitNodes } from '../jsonata.ts';
import { type Catcher, EXPRESSION, type Flow, type Machine, type State } from './schema.ts';

/** One thing that is wrong with a definition, as ValidateStateMachineDefinition tells it. */
export interface Diagnostic {
  readonly code: string;
  readonly message: string;
  /** JSON pointer, for example `/States/DrainHost/Next`. */
  readonly location: string;
}

interface Check {
  readonly jsonata: Jsonata;
  readonly partition: string;
  readonly stateNames: Set<string>;
  readonly diagnostics: Diagnostic[];
}

/** @param partition Of the region: it knows no other's service integrations. */
export function checkMachine(
  machine: Machine,
  jsonata: Jsonata,
  partition: string,
): readonly Diagnostic[] {
  const check: Check = { jsonata, partition, stateNames: new Set(), diagnostics: [] };
  checkFlow(check, machine, '', new Set());
  return check.diagnostics;
}

function report(
  check: Check,
  location: string,
  message: string,
  code = 'SCHEMA_VALIDATION_FAILED',
): void {
  check.diagnostics.push({ code, message, location });
}

/** @param outerVariables Names that an outer scope assigns; an inner one cannot reuse them. */
function checkFlow(
  check: Check,
  flow: Flow,
  at: string,
  outerVariables: ReadonlySet<string>,
): void {
  const variables = new Set(outerVariables);
  for (const state of Object.values(flow.States)) {
    for (const name of assignedNames(state)) variables.add(name);
  }
  if (!flow.States[flow.StartAt]) missingTarget(check, `${at}/StartAt`, flow.StartAt, 'StartAt');
  const reached = new Set([flow.StartAt]);
  for (const [name, state] of Object.entries(flow.States)) {
    const place = `${at}/States/${name}`;
    if (check.stateNames.has(name)) report(check, place, `Duplicate state name: ${name}`);
    check.stateNames.add(name);
    for (const shadowed of assignedNames(state).filter((it) => outerVariables.has(it))) {
      report(check, `${place}/Assign`, `Variable '${shadowed}' is assigned in an outer scope`);
    }
    for (const [field, target] of targets(state)) {
      reached.add(target);
      if (!flow.States[target]) missingTarget(check, `${place}/${field}`, target, field);
    }
    checkState(check, state, place, variables);
  }
  for (const name of Object.keys(flow.States)) {
    if (reached.has(name)) continue;
    const message = `State "${name}" is not reachable.`;
    report(check, `${at}/States/${name}`, message, 'MISSING_TRANSITION_TARGET');
  }
}

function missingTarget(check: Check, location: string, target: string, field: string): void {
  const kind = field.slice(field.lastIndexOf('/') + 1);
  report(check, location, `Missing '${kind}' target: ${target}`, 'MISSING_TRANSITION_TARGET');
}

function assignedNames(state: State): string[] {
  const assigns: (object | undefined)[] = ['Assign' in state ? state.Assign : undefined];
  for (const catcher of catchers(state)) assigns.push(catcher.Assign);
  if (state.Type === 'Choice') assigns.push(...state.Choices.map((rule) => rule.Assign));
  return assigns.flatMap((assign) => Object.keys(assign ?? {}));
}

function catchers(state: State): readonly Catcher[] {
  return ('Catch' in state ? state.Catch : undefined) ?? [];
}

/** Fields that name the next state, with the names. */
function targets(state: State): [string, string][] {
  const found: [string, string][] = [];
  if ('Next' in state && state.Next !== undefined) found.push(['Next', state.Next]);
  if (state.Type === 'Choice') {
    if (state.Default !== undefined) found.push(['Default', state.Default]);
    for (const [i, rule] of state.Choices.entries()) found.push([`Choices/${i}/Next`, rule.Next]);
  }
  for (const [i, catcher] of catchers(state).entries())
    found.push([`Catch/${i}/Next`, catcher.Next]);
  return found;
}

function checkState(check: Check, state: State, at: string, variables: ReadonlySet<string>): void {
  checkEnd(check, state, at);
  if ('Retry' in state) checkErrors(check, state.Retry ?? [], `${at}/Retry`);
  checkErrors(check, catchers(state), `${at}/Catch`);
  if (state.Type === 'Task') checkTask(check, state, at);
  if (state.Type === 'Wait') checkWait(check, state, at);
  const { ItemProcessor, Branches, ...own } = state as State & Record<string, unknown>;
  checkExpressions(check, own, at);
  if (state.Type === 'Map') checkFlow(check, state.ItemProcessor, `${at}/ItemProcessor`, variables);
  if (state.Type === 'Parallel') {
    for (const [index, branch] of state.Branches.entries()) {
      checkFlow(check, branch, `${at}/Branches/${index}`, variables);
    }
  }
}

function checkEnd(check: Check, state: State, at: string): void {
  if (state.Type === 'Choice' || state.Type === 'Succeed' || state.Type === 'Fail') return;
  if ((state.Next === undefined) === (state.End !== true)) {
    report(check, at, "Exactly one of 'Next' and 'End' must be given");
  }
}

function checkErrors(
  check: Check,
  entries: readonly { readonly ErrorEquals: readonly string[] }[],
  at: string,
): void {
  for (const [index, { ErrorEquals }] of entries.entries()) {
    if (!ErrorEquals.includes('States.ALL')) continue;
    if (ErrorEquals.length === 1 && index === entries.length - 1) continue;
    report(
      check,
      `${at}/${index}/ErrorEquals`,
      'States.ALL must appear alone and in the last entry',
    );
  }
}

function checkTask(check: Check, state: State & { Type: 'Task' }, at: string): void {
  const resource = parseResource(state.Resource, check.partition);
  if (!resource) {
    const message =
      `The resource provided ${state.Resource} is not recognized. ` +
      'The value is not a valid resource ARN, or the resource is not available in this region.';
    report(check, `${at}/Resource`, message);
    return;
  }
  const { HeartbeatSeconds: heartbeat, TimeoutSeconds: timeout, Arguments: given } = state;
  if (heartbeat !== undefined && resource.pattern !== 'callback') {
    report(check, `${at}/HeartbeatSeconds`, 'Heartbeats are simulated for .waitForTaskToken only');
  }
  if (typeof heartbeat === 'number' && typeof timeout === 'number' && heartbeat >= timeout) {
    report(
      check,
      `${at}/HeartbeatSeconds`,
      "'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'",
    );
  }
  if (typeof given === 'string' || !resource.members) return;
  const members = Object.keys(given ?? {});
  for (const [name, { required }] of Object.entries(resource.members)) {
    if (!required || members.includes(name)) continue;
    report(check, `${at}/Arguments`, `The field '${name}' is required but was missing`);
  }
  for (const name of members.filter((it) => !resource.members || !(it in resource.members))) {
    report(
      check,
      `${at}/Arguments/${name}`,
      `The field '${name}' is not supported by Step Functions`,
    );
  }
}

function checkWait(check: Check, state: State & { Type: 'Wait' }, at: string): void {
  const { Seconds: seconds, Timestamp: timestamp } = state;
  if ((seconds === undefined) === (timestamp === undefined)) {
    report(check, at, "Exactly one of 'Seconds' and 'Timestamp' must be given");
  }
  if (timestamp === undefined || EXPRESSION.test(timestamp)) return;
  if (!RFC3339.test(timestamp) || Number.isNaN(Date.parse(timestamp))) {
    report(check, `${at}/Timestamp`, 'String does not match RFC3339 timestamp');
  }
}

/** With an upper-case T and an upper-case Z or an offset, as the Amazon States Language asks. */
export const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function checkExpressions(check: Check, value: unknown, at: string): void {
  if (typeof value === 'string') {
    checkExpression(check, value, at);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (name.endsWith('.$')) report(check, `${at}/${name}`, 'JSONPath is not simulated');
    checkExpressions(check, member, `${at}/${name}`);
  }
}

function checkExpression(check: Check, text: string, at: string): void {
  const source = EXPRESSION.exec(text)?.[1];
  if (source === undefined) return;
  try {
    const tree = check.jsonata.compile(source.trim()).ast();
    visitNodes(tree, (node) => {
      if (node.type === 'variable' && node.value === 'eval') {
        report(check, at, 'The JSONata function $eval is not supported');
      }
    });
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    report(check, at, `The JSONata expression is not valid. ${error.message}`);
  }
}
