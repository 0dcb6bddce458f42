// Turns a document and the caller's parameters into scripts: checked at the API, filled in as the
// agent fills them in.

import { AwsError } from '../kernel/service.ts';
import type { DocumentContent, DocumentParameter } from './document-content.ts';

/** What the agent runs for one step. */
export interface ScriptStep {
  readonly name: string;
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
}

export type ParameterValues = Readonly<Record<string, readonly string[]>>;

/**
 * `executionTimeout` unless the step says otherwise, and whatever it says outside of these bounds
 * (amazon-ssm-agent agent/plugins/pluginutil/pluginutil.go, `ValidateExecutionTimeout`).
 */
const EXECUTION_TIMEOUT_SECONDS = { usual: 3600, min: 5, max: 172_800 };

const invalid = (message: string) => new AwsError('InvalidParameters', message);

function checkValue(name: string, parameter: DocumentParameter, value: string): void {
  const { allowedValues, allowedPattern, minChars, maxChars } = parameter;
  if (allowedValues && !allowedValues.includes(value)) {
    throw invalid(
      `Parameter "${name}" value "${value}" is not one of the allowed values: [${allowedValues.join(', ')}]`,
    );
  }
  if (allowedPattern && !new RegExp(allowedPattern).test(value)) {
    throw invalid(
      `Parameter "${name}" value "${value}" does not match the allowed pattern: ${allowedPattern}`,
    );
  }
  if (minChars !== undefined && value.length < minChars) {
    throw invalid(`Parameter "${name}" has fewer than ${minChars} characters`);
  }
  if (maxChars !== undefined && value.length > maxChars) {
    throw invalid(`Parameter "${name}" has more than ${maxChars} characters`);
  }
}

/** @throws {AwsError} InvalidParameters for a missing, unknown or forbidden value. */
export function checkParameters(content: DocumentContent, given: ParameterValues): void {
  for (const name of Object.keys(given)) {
    if (!content.parameters[name]) throw invalid(`Parameter "${name}" is not in the document`);
  }
  for (const [name, parameter] of Object.entries(content.parameters)) {
    const values = given[name];
    if (values === undefined) {
      if (parameter.default === undefined) throw invalid(`Parameter "${name}" requires a value`);
      continue;
    }
    if (parameter.type === 'String' && values.length !== 1) {
      throw invalid(`Parameter "${name}" of type String takes exactly one value`);
    }
    for (const value of values) checkValue(name, parameter, value);
  }
}

function withDefaults(content: DocumentContent, given: ParameterValues): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, parameter] of Object.entries(content.parameters)) {
    const fallback = parameter.default ?? [];
    values.set(name, [...(given[name] ?? (Array.isArray(fallback) ? fallback : [fallback]))]);
  }
  return values;
}

/**
 * `{{ Name }}` is replaced as text, before any shell sees the script: a value may say anything
 * there. A list that stands alone becomes several lines; inside a line it becomes JSON.
 */
function fillIn(line: string, content: DocumentContent, values: Map<string, string[]>): string[] {
  const alone = /^\{\{\s*([\w.-]+)\s*\}\}$/.exec(line)?.[1];
  if (alone !== undefined && content.parameters[alone]?.type === 'StringList') {
    return values.get(alone) ?? [];
  }
  return [
    line.replace(/\{\{\s*([\w.-]+)\s*\}\}/g, (whole, name: string) => {
      const value = values.get(name);
      if (!value) return whole;
      return content.parameters[name]?.type === 'StringList'
        ? JSON.stringify(value)
        : (value[0] ?? '');
    }),
  ];
}

function environment(content: DocumentContent, values: Map<string, string[]>) {
  const env: Record<string, string> = {};
  for (const [name, parameter] of Object.entries(content.parameters)) {
    if (parameter.interpolationType !== 'ENV_VAR') continue;
    const value = values.get(name) ?? [];
    env[`SSM_${name}`] = parameter.type === 'StringList' ? JSON.stringify(value) : (value[0] ?? '');
  }
  return env;
}

function executionTimeout(said: number): number {
  const { usual, min, max } = EXECUTION_TIMEOUT_SECONDS;
  return said >= min && said <= max ? Math.trunc(said) : usual;
}

/** Scripts of all steps, in order. */
export function scriptSteps(content: DocumentContent, given: ParameterValues): ScriptStep[] {
  const values = withDefaults(content, given);
  const env = environment(content, values);
  return content.mainSteps.map(({ name, inputs }) => {
    const lines = Array.isArray(inputs.runCommand) ? inputs.runCommand : [inputs.runCommand];
    const timeout = fillIn(String(inputs.timeoutSeconds ?? ''), content, values)[0];
    return {
      name,
      script: `${lines.flatMap((line) => fillIn(line, content, values)).join('\n')}\n`,
      env,
      timeoutSeconds: executionTimeout(Number(timeout)),
    };
  });
}
