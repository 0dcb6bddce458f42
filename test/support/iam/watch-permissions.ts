// Asks, for each call of a function in a simulated region, whether the role it is deployed with allows it.

import type { Stack } from '../../../simulator/cloudformation/deploy.ts';
import type { Region } from '../../../simulator/region.ts';
import { isAllowed, type PolicyStatement } from './evaluate.ts';
import { requestsOf } from './requests.ts';

interface RoleProperties {
  readonly Policies: readonly {
    readonly PolicyDocument: { readonly Statement: readonly PolicyStatement[] };
  }[];
}

/** What each function of a stack may do, by function name. */
export function permissionsOf(stack: Stack): ReadonlyMap<string, readonly PolicyStatement[]> {
  const resources = [...stack.resources.values()];
  const byRoleArn = new Map(
    resources
      .filter(({ type }) => type === 'AWS::IAM::Role')
      .map(({ attributes, properties }) => {
        const { Policies } = properties as unknown as RoleProperties;
        return [attributes.Arn, Policies.flatMap((one) => one.PolicyDocument.Statement)] as const;
      }),
  );
  return new Map(
    resources
      .filter(({ type }) => type === 'AWS::Lambda::Function')
      .map(({ ref, properties }) => [ref, byRoleArn.get(properties.Role) ?? []]),
  );
}

/** @param broken Gets a sentence per thing that a function did and its role does not allow. */
export function watchPermissions(
  region: Region,
  stack: Stack,
  fleetTag: string,
  broken: string[],
): void {
  const permissions = permissionsOf(stack);
  const { accountId } = region.kernel;
  const world = { region: region.kernel.region, accountId, fleetTag };
  region.onCall((call) => {
    const { caller } = call;
    if (caller.kind !== 'function') return;
    const statements = permissions.get(caller.name);
    // A function of the user's own, such as a hook.
    if (!statements) return;
    for (const request of requestsOf(call, world)) {
      if (isAllowed(statements, request)) continue;
      const sentence = `${caller.name} may not ${request.action} on ${request.resource}`;
      if (!broken.includes(sentence)) broken.push(sentence);
    }
  });
}
