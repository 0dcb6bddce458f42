// Judges a shipped state machine: what AWS refuses, what fails only at run time, our own habits.

import validator from 'asl-validator';
import { jsonataFindings } from './jsonata-rules.ts';
import { STATE_RULES } from './state-rules.ts';
import { assignedNames, eachExpression, eachState, type Json, type Member } from './walk.ts';

export interface Finding {
  /** Name of the rule, in kebab-case. */
  readonly rule: string;
  /** `machine/States/Name/Field`. */
  readonly place: string;
  readonly message: string;
}

export interface LintOptions {
  /** Of the machine, which is also the name of its file. */
  readonly name: string;
  /** Names that an execution may end in; the four outcomes of a rollout unless said. */
  readonly endStates?: readonly string[];
}

/** As asked; halted; failed with nothing left behind; failed and a person is needed. */
export const END_STATES: readonly string[] = ['Succeeded', 'Halted', 'FailedClean', 'FailedDirty'];

/** Answers every finding, in the order of the definition; an empty list is a clean machine. */
export function lintStateMachine(definition: Json, options: LintOptions): Finding[] {
  const { name, endStates = END_STATES } = options;
  const findings: Finding[] = [];
  const report = (rule: string, place: string, message: string) => {
    findings.push({ rule, place: `${name}${place}`, message });
  };
  // The validator writes QueryLanguage into the states of its argument.
  const { errors } = validator(structuredClone(definition));
  for (const error of errors) report('asl-validator', '', describeError(error));
  if (!definition.Comment) report('comment', '', 'The machine needs a Comment that says why');
  for (const { state, stateName, place, depth } of eachState(definition)) {
    const context = { state, stateName, depth, endStates };
    for (const [rule, judge] of Object.entries(STATE_RULES)) {
      for (const message of judge(context)) report(rule, place, message);
    }
  }
  const assigned = assignedNames(definition);
  for (const { source, place } of eachExpression(definition)) {
    for (const { rule, message } of jsonataFindings(source, assigned)) report(rule, place, message);
  }
  return findings;
}

function describeError(error: object): string {
  const { Message, message, instancePath } = error as Member;
  return String(Message ?? `${instancePath ?? ''} ${message ?? ''}`).trim();
}
