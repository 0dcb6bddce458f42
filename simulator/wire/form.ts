// Decodes the form bodies of the AWS Query and EC2 Query protocols into nested JSON members.

import type { JsonObject } from '../kernel/service.ts';

type Branch = Map<string, Branch | string>;

function branchAt(root: Branch, path: readonly string[]): Branch {
  let branch = root;
  for (const key of path) {
    let next = branch.get(key);
    if (!(next instanceof Map)) {
      next = new Map();
      branch.set(key, next);
    }
    branch = next;
  }
  return branch;
}

function isNumbered(branch: Branch): boolean {
  return branch.size > 0 && [...branch.keys()].every((key) => /^[1-9]\d*$/.test(key));
}

/** `Name.member.1`: the list wrapper of awsQuery, which carries no information of its own. */
function withoutWrapper(branch: Branch): Branch {
  if (branch.size !== 1) return branch;
  const inner = branch.get('member');
  return inner instanceof Map && isNumbered(inner) ? inner : branch;
}

function plain(value: Branch | string): unknown {
  if (typeof value === 'string') return value;
  const branch = withoutWrapper(value);
  if (isNumbered(branch)) {
    const inOrder = [...branch].sort(([a], [b]) => Number(a) - Number(b));
    return inOrder.map(([, item]) => plain(item));
  }
  return Object.fromEntries([...branch].map(([key, item]) => [key, plain(item)]));
}

/**
 * Decodes `A.1.B=x` (EC2) and `A.member.1.B=x` (AWS Query) alike: numbered keys become arrays, all
 * scalars stay strings. An empty list travels as `A=` and arrives as an empty string.
 */
export function decodeForm(body: string): JsonObject {
  const root: Branch = new Map();
  for (const [name, value] of new URLSearchParams(body)) {
    const path = name.split('.');
    const last = path.pop()!;
    branchAt(root, path).set(last, value);
  }
  return Object.fromEntries([...root].map(([key, value]) => [key, plain(value)]));
}
