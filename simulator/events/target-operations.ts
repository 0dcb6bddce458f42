// The operations of EventBridge on the targets of a rule.

import { type Constraint, validate } from '../kernel/constraints.ts';
import { pageOf } from '../kernel/page.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import { type RuleTarget, targetKind } from './delivery.ts';
import { isJsonPath } from './input-transformer.ts';
import { badToken, requested } from './paging.ts';
import { isObject } from './plain-object.ts';
import type { Buses, Rule } from './rules.ts';

/** Quota "Targets per rule". */
const TARGETS_MAX = 5;
const NAME: Constraint = { required: true, min: 1, max: 64, pattern: /^[.\-_A-Za-z0-9]+$/ };

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * @throws {AwsError} For a target that EventBridge refuses, or that this simulator cannot reach.
 */
function checkTarget(target: RuleTarget): void {
  validate(target as unknown as JsonObject, {
    Id: NAME,
    Arn: { required: true, min: 1, max: 1600 },
  });
  const given = [target.Input, target.InputPath, target.InputTransformer];
  if (given.filter((input) => input !== undefined).length > 1)
    throw invalid(
      `Only one of Input, InputPath, or InputTransformer must be provided for target ${target.Id}.`,
    );
  if (target.Input !== undefined && !isJson(target.Input))
    throw invalid(`Input for target ${target.Id} is not valid JSON.`);
  const paths = Object.values(target.InputTransformer?.InputPathsMap ?? {});
  if (target.InputPath !== undefined) paths.push(target.InputPath);
  if (!paths.every(isJsonPath)) throw invalid(`InputPath for target ${target.Id} is invalid.`);
  const kind = targetKind(target.Arn);
  if (!kind)
    throw invalid(
      `This simulator delivers to Lambda functions, state machines and log groups, not to ${target.Arn}.`,
    );
  if (kind === 'states' && !target.RoleArn)
    throw invalid(`RoleArn is required for target ${target.Arn}.`);
}

export class TargetOperations {
  readonly operations: readonly (readonly [string, (input: JsonObject) => JsonObject])[] = [
    ['PutTargets', (input) => this.#putTargets(input)],
    ['RemoveTargets', (input) => this.#removeTargets(input)],
    ['ListTargetsByRule', (input) => this.#listTargets(input)],
    ['ListRuleNamesByTarget', (input) => this.#listRuleNames(input)],
  ];
  readonly #buses: Buses;

  constructor(buses: Buses) {
    this.#buses = buses;
  }

  #rule(input: JsonObject): Rule {
    validate(input, { Rule: NAME });
    return this.#buses.rule(input.Rule, input.EventBusName);
  }

  #putTargets(input: JsonObject): JsonObject {
    const rule = this.#rule(input);
    const given = Array.isArray(input.Targets) ? input.Targets.filter(isObject) : [];
    const targets = given as unknown as readonly RuleTarget[];
    for (const target of targets) checkTarget(target);
    const ids = new Set([...rule.targets.keys(), ...targets.map(({ Id }) => Id)]);
    if (ids.size > TARGETS_MAX) {
      const message = 'The requested resource exceeds the maximum number allowed.';
      throw new AwsError('LimitExceededException', message);
    }
    for (const target of targets) rule.targets.set(target.Id, target);
    return { FailedEntryCount: 0, FailedEntries: [] };
  }

  #removeTargets(input: JsonObject): JsonObject {
    const rule = this.#rule(input);
    const failed: JsonObject[] = [];
    for (const id of Array.isArray(input.Ids) ? input.Ids : []) {
      if (rule.targets.delete(String(id))) continue;
      const ErrorMessage = `Rule ${rule.name} does not have target(s) ${String(id)}.`;
      failed.push({ TargetId: id, ErrorCode: 'ResourceNotFoundException', ErrorMessage });
    }
    return { FailedEntryCount: failed.length, FailedEntries: failed };
  }

  #listTargets(input: JsonObject): JsonObject {
    const rule = this.#rule(input);
    const page = pageOf([...rule.targets.values()], requested(input), badToken);
    return { Targets: page.items, NextToken: page.nextToken };
  }

  #listRuleNames(input: JsonObject): JsonObject {
    validate(input, { TargetArn: { required: true, min: 1, max: 1600 } });
    const rules = [...this.#buses.get(input.EventBusName).rules.values()];
    const reaches = (rule: Rule) =>
      [...rule.targets.values()].some((target) => target.Arn === input.TargetArn);
    const page = pageOf(rules.filter(reaches), requested(input), badToken);
    return { RuleNames: page.items.map((rule) => rule.name), NextToken: page.nextToken };
  }
}
