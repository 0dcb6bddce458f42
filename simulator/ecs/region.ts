// The parts of simulated ECS that its operations work with.

import type { Kernel } from '../kernel/kernel.ts';
import type { JsonObject } from '../kernel/service.ts';
import type { Agents } from './agents.ts';
import type { ContainerInstances } from './container-instances.ts';
import type { Ledger } from './ledger.ts';
import type { ServiceScheduler } from './scheduler/service-scheduler.ts';
import type { TaskLifecycle } from './task-lifecycle.ts';

export interface EcsRegion {
  readonly kernel: Kernel;
  readonly ledger: Ledger;
  readonly lifecycle: TaskLifecycle;
  readonly scheduler: ServiceScheduler;
  readonly instances: ContainerInstances;
  readonly agents: Agents;
}

/** One operation: reads its input in the order in which AWS checks it, acts, answers. */
export type Operation = (region: EcsRegion, input: JsonObject) => JsonObject;
