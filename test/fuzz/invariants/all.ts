// Every invariant that holds after every event of every run, whatever goes wrong in it.

import { budgetInvariants } from './budgets.ts';
import { hostInvariants } from './hosts.ts';
import type { Invariant } from './invariant.ts';
import { orderInvariants } from './order.ts';
import { ownershipInvariants } from './ownership.ts';
import { recordInvariants } from './record.ts';
import { taskInvariants } from './tasks.ts';

/** Made anew for each run: some remember what they saw. */
export function allInvariants(): Invariant[] {
  return [
    ...budgetInvariants(),
    ...taskInvariants(),
    ...hostInvariants(),
    ...ownershipInvariants(),
    ...recordInvariants(),
    ...orderInvariants(),
  ];
}
