// The nouns of the updater as data: what was seen of the cluster, and what is said about each container instance.

import type { PlacementRules, TaskNeeds } from './packing.ts';

/** One container instance as ECS and Systems Manager show it. */
export interface ContainerInstance {
  readonly containerInstanceArn: string;
  readonly ec2InstanceId: string;
  readonly availabilityZone: string;
  /** ECS status, verbatim: `ACTIVE`, `DRAINING`, … */
  readonly status: string;
  readonly agentConnected: boolean;
  /** Value of the attribute `bottlerocket.variant`; absent on anything else. */
  readonly variant?: string | undefined;
  /** Value of our ownership attribute: the rollout that drained it. */
  readonly drainedBy?: string | undefined;
  /** Value of the attribute beside it. */
  readonly wayBack?: string | undefined;
  readonly capacityProviderName?: string | undefined;
  /** Bottlerocket's name of its architecture; absent when ECS does not say. */
  readonly arch?: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** Absent: not registered in Systems Manager. `platformVersion` lags up to five minutes. */
  readonly systemsManager?:
    | {
        readonly pingStatus: string;
        readonly platformName: string;
        readonly platformVersion: string;
      }
    | undefined;
}

/** One ECS service, with what bounds its drain. */
export interface Service {
  readonly serviceName: string;
  readonly schedulingStrategy: 'REPLICA' | 'DAEMON';
  readonly desiredCount: number;
  readonly runningCount: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly hasLoadBalancer: boolean;
  readonly targetGroupArns?: readonly string[] | undefined;
  /** The longest deregistration delay of its target groups; absent: not known. */
  readonly deregistrationDelaySeconds?: number | undefined;
  /** What its tasks are started from now. */
  readonly taskDefinitionArn?: string | undefined;
  /** What the service itself asks of a container instance. */
  readonly placement?: PlacementRules | undefined;
  /** What one task needs, the service's own rules included; absent: not known. */
  readonly needs?: TaskNeeds | undefined;
}

/** One task on a container instance. */
export interface Task {
  readonly taskArn: string;
  readonly containerInstanceArn: string;
  /** The service it belongs to; absent for a standalone task. */
  readonly serviceName?: string | undefined;
  readonly startedBy?: string | undefined;
  readonly taskDefinitionArn?: string | undefined;
  readonly lastStatus: string;
  /** Epoch milliseconds until which the task is protected; absent when it is not. */
  readonly protectedUntilAt?: number | undefined;
}

/** How one container instance fared, said once it is over. */
export type Outcome =
  /** Runs the target and is in service. */
  | 'Updated'
  /** Ran the target already. */
  | 'UpToDate'
  /** Not touched; the reason says why. */
  | 'Skipped'
  /** Its drain could not end (or never begin), or others rebooted its host; in service on the old version. */
  | 'Blocked'
  /** Failed and was undone; in service on the old version. */
  | 'Failed'
  /** The host went back to the old version by itself; in service. */
  | 'FellBack'
  /** We took it back to the old version; in service. */
  | 'RolledBack'
  /** Never came back; terminated, and another one of its Auto Scaling group took its place. */
  | 'Replaced'
  /** Terminated meanwhile (Spot, scale-in, a person). */
  | 'Gone'
  /** Somebody else changed its state, so we left it alone. */
  | 'Yielded'
  /** Left drained; a person is needed. */
  | 'NeedsAttention'
  /** Planned, but the rollout ended before its turn. */
  | 'NotStarted';

/** Outcomes that count against the failure budget. */
export const FAILURES: ReadonlySet<Outcome> = new Set([
  'Failed',
  'FellBack',
  'RolledBack',
  'Replaced',
  'NeedsAttention',
]);

/** How a whole rollout, or the update of one container instance, ended. */
export type Ending = 'Succeeded' | 'Halted' | 'FailedClean' | 'FailedDirty';

/** A decision about one container instance, with the reason an operator may ask for. */
export interface InstanceVerdict {
  readonly outcome?: Outcome | undefined;
  /** A word to count and to filter by. */
  readonly code: string;
  /** A sentence for the person on call. */
  readonly reason: string;
}

/** The custom attribute that says which rollout drained a container instance. */
export const OWNER_ATTRIBUTE = 'bottlerocket-fleet.drained-by';
/** Beside it: how the container instance was before, should the record be lost. */
export const WAY_BACK_ATTRIBUTE = 'bottlerocket-fleet.way-back';
