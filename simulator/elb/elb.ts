// Speaks the part of Elastic Load Balancing's query API (version 2) that concerns target health.

import type { FleetTargetGroup } from '../fleet-file/schema.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { pageOf } from '../kernel/page.ts';
import { numberOf, structuresOf, textsOf } from '../kernel/query-members.ts';
import { AwsError, type AwsService, type JsonObject } from '../kernel/service.ts';
import type { Target, TargetGroups, TargetState } from '../kernel/target-groups.ts';
import { type Group, TargetGroupRegistry } from './groups.ts';
import { describeAttributes, describeGroup, describeHealth } from './shapes.ts';

/** Page size of the API reference, DescribeTargetGroups. */
const PAGE_MAX = 400;
const DELAY_KEY = 'deregistration_delay.timeout_seconds';

function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message);
}

export class ElbService implements AwsService, TargetGroups {
  readonly id = 'elasticloadbalancing';
  readonly protocol = 'awsQuery';
  readonly apiVersion = '2015-12-01';
  readonly xmlNamespace = 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/';
  readonly operations = [
    'DescribeTargetGroups',
    'DescribeTargetGroupAttributes',
    'DescribeTargetHealth',
    'ModifyTargetGroupAttributes',
    'RegisterTargets',
    'DeregisterTargets',
  ];
  readonly #groups: TargetGroupRegistry;

  constructor(kernel: Kernel) {
    this.#groups = new TargetGroupRegistry(kernel);
  }

  load(targetGroups: readonly FleetTargetGroup[]): void {
    for (const record of targetGroups) this.#groups.load(record);
  }

  register(targetGroupArn: string, target: Target): void {
    this.#groups.register(targetGroupArn, target);
  }

  /** Registers a target that was healthy before the run began. */
  adopt(targetGroupArn: string, target: Target): void {
    this.#groups.adopt(targetGroupArn, target);
  }

  deregister(targetGroupArn: string, target: Target): void {
    this.#groups.deregister(targetGroupArn, target);
  }

  state(targetGroupArn: string, target: Target): TargetState {
    return this.#groups.state(targetGroupArn, target);
  }

  deregistrationDelaySeconds(targetGroupArn: string): number {
    return this.#groups.deregistrationDelaySeconds(targetGroupArn);
  }

  onChange(listener: (targetGroupArn: string, target: Target, state: TargetState) => void): void {
    this.#groups.onChange(listener);
  }

  call(operation: string, input: JsonObject): JsonObject {
    if (operation === 'DescribeTargetGroups') return this.#describeGroups(input);
    const group = this.#groups.get(input.TargetGroupArn);
    switch (operation) {
      case 'DescribeTargetGroupAttributes':
        return { Attributes: describeAttributes(group) };
      case 'DescribeTargetHealth':
        return { TargetHealthDescriptions: this.#health(group, input) };
      case 'ModifyTargetGroupAttributes':
        return this.#modify(group, input);
      case 'RegisterTargets':
        for (const target of this.#targets(group, input)) this.register(group.arn, target);
        return {};
      default:
        for (const target of this.#targets(group, input)) this.deregister(group.arn, target);
        return {};
    }
  }

  #describeGroups(input: JsonObject): JsonObject {
    const arns = textsOf(input.TargetGroupArns);
    const names = textsOf(input.Names);
    const all = this.#groups.all();
    for (const arn of arns) this.#groups.get(arn);
    if (names.some((name) => !all.some((group) => group.name === name)))
      throw new AwsError('TargetGroupNotFound', 'One or more target groups not found');
    const isAll = arns.length === 0 && names.length === 0;
    const chosen = all.filter(
      ({ arn, name }) => isAll || arns.includes(arn) || names.includes(name),
    );
    const request = { limit: numberOf(input.PageSize) ?? PAGE_MAX, token: input.Marker };
    const page = pageOf(chosen, request, () => validationError('Invalid marker'));
    return { TargetGroups: page.items.map(describeGroup), NextMarker: page.nextToken };
  }

  #targets(group: Group, input: JsonObject): readonly Target[] {
    return structuresOf(input.Targets).map((target) => ({
      id: String(target.Id),
      port: numberOf(target.Port) ?? group.port,
    }));
  }

  /** All registered targets, or those named; a named one that is not registered is `unused`. */
  #health(group: Group, input: JsonObject): JsonObject[] {
    const named = this.#targets(group, input);
    if (named.length === 0)
      return [...group.targets.values()].map(({ target, state }) => describeHealth(target, state));
    return named.map((target) => describeHealth(target, this.state(group.arn, target)));
  }

  #modify(group: Group, input: JsonObject): JsonObject {
    for (const { Key, Value } of structuresOf(input.Attributes)) {
      if (Key !== DELAY_KEY)
        throw validationError(`This simulator has no target group attribute ${String(Key)}`);
      const seconds = Number(Value);
      if (!Number.isInteger(seconds) || seconds < 0 || seconds > 3600)
        throw validationError(`'${DELAY_KEY}' must be between '0' and '3600' inclusive`);
      group.deregistrationDelaySeconds = seconds;
    }
    return { Attributes: describeAttributes(group) };
  }
}
