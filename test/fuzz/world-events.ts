// What happens in a simulated region that an invariant may have an opinion on, each told at its very instant.

import type { TaskView } from '../../simulator/ecs/world.ts';

/** One item of the record as plain values. */
export type Item = Readonly<Record<string, unknown>>;

/** A Systems Manager command that the updater sent. */
export interface Command {
  readonly commandId: string;
  /** In the name of the document: `ActivateAndReboot`. */
  readonly verb: string;
  readonly rolloutId: string;
  readonly ec2InstanceIds: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly at: number;
}

/** One execution of update-container-instance. */
export interface Update {
  readonly name: string;
  readonly rolloutId: string;
  readonly ec2InstanceId: string;
  readonly at: number;
}

export type WorldEvent =
  | {
      readonly kind: 'drained' | 'activated';
      readonly ec2InstanceId: string;
      readonly byUs: boolean;
    }
  | { readonly kind: 'deregistered'; readonly ec2InstanceId: string; readonly byUs: boolean }
  | { readonly kind: 'command-sent'; readonly command: Command }
  | { readonly kind: 'reboot-requested'; readonly ec2InstanceId: string; readonly why: string }
  | { readonly kind: 'booted'; readonly ec2InstanceId: string; readonly version: string }
  | { readonly kind: 'update-started'; readonly update: Update }
  | { readonly kind: 'task-stopped-by-us'; readonly task: TaskView }
  | { readonly kind: 'record-written'; readonly before: Item | undefined; readonly after: Item };

/** Why a container instance is out of service by our doing, and what has been done to it meanwhile. */
export interface Hold {
  readonly ec2InstanceId: string;
  readonly availabilityZone: string;
  /** The rollout that our mark on it names; empty when it carries none. */
  readonly rolloutId: string;
  readonly at: number;
  /** REPLICA services with tasks on it when it was drained. */
  readonly services: ReadonlySet<string>;
  readonly versionBefore: string | undefined;
  readonly bootIdBefore: string | undefined;
  readonly commands: Command[];
  /** Boots that were asked to end: a command whose answer was lost is sent again, and ends the same boot. */
  readonly reboots: { readonly api: Set<string>; readonly ec2: Set<string> };
}
