// What the record holds about one container instance: the last intent, what was observed, the outcome.

import type { HostPosture } from '../core/host-report.ts';
import type { Outcome } from '../core/model.ts';
import type { Moving } from '../core/room.ts';
import type { UndoDone } from '../core/undo-facts.ts';
import type { SavedSettings } from './documents.ts';
import type { ScaleIn } from './protection.ts';

/** Where the update of one container instance stands: the last durable intent. */
export type Step =
  | 'Planned'
  | 'Prepared'
  | 'Started'
  | 'Draining'
  | 'Rebooting'
  | 'Verifying'
  | 'Returning'
  | 'Returned'
  | 'Undoing'
  | 'Over';

/** `ROLLOUT#id / INSTANCE#ec2InstanceId`: intent (`step`), then what was observed, then the outcome. */
export interface InstanceRecord {
  readonly rolloutId: string;
  readonly ec2InstanceId: string;
  readonly containerInstanceArn: string;
  readonly availabilityZone: string;
  /** As ECS knows them; absent on what is not Bottlerocket. */
  readonly variant?: string | undefined;
  readonly arch?: string | undefined;
  /** `variant/architecture`; absent for what was never asked. */
  readonly image?: string | undefined;
  readonly fence: number;
  readonly code: string;
  readonly reason: string;
  readonly outcome?: Outcome | undefined;
  readonly step?: Step | undefined;
  /** When the step was written. */
  readonly stepAt?: number | undefined;
  readonly wave?: number | undefined;
  readonly attempt?: number | undefined;
  /** `back`: this attempt takes the instance back; from and to version are swapped. */
  readonly direction?: 'back' | undefined;
  /** Why this attempt takes it back. */
  readonly because?: string | undefined;
  /** Attempts before this one. */
  readonly earlier?: readonly EarlierAttempt[] | undefined;
  readonly fromVersion?: string | undefined;
  readonly toVersion?: string | undefined;
  /** In its wave's order of work, counted from 0. */
  readonly place?: number | undefined;
  readonly expectedSeconds?: number | undefined;
  readonly expectedDrainSeconds?: number | undefined;
  readonly services?: readonly string[] | undefined;
  /** Tasks that its drain moves. */
  readonly moving?: readonly Moving[] | undefined;
  readonly daemons?: readonly string[] | undefined;
  readonly taskArns?: readonly string[] | undefined;
  readonly standaloneTaskArns?: readonly string[] | undefined;
  readonly available?: readonly string[] | undefined;
  readonly updateState?: string | undefined;
  readonly bootIdBefore?: string | undefined;
  readonly bootIdAfter?: string | undefined;
  readonly saved?: SavedSettings | undefined;
  /** When the host was seen with its own update settings again. */
  readonly settingsRestoredAt?: number | undefined;
  /** True when it still has ours, and its rollout has given up asking. */
  readonly settingsLeft?: boolean | undefined;
  readonly notAfterAt?: number | undefined;
  readonly startedAt?: number | undefined;
  /** When its agent was found disconnected at its turn. */
  readonly disconnectedSinceAt?: number | undefined;
  readonly drainedAt?: number | undefined;
  readonly emptyAt?: number | undefined;
  readonly rebootSentAt?: number | undefined;
  readonly bootedAt?: number | undefined;
  readonly returnedAt?: number | undefined;
  readonly finishedAt?: number | undefined;
  /** The container instance's version counter when its agent was first seen connected after the reboot. */
  readonly agentConnectedVersion?: number | undefined;
  /** What protected the host when it was last asked. */
  readonly posture?: HostPosture | undefined;
  /** What of it was not as the policy wants it. */
  readonly postureRemarks?: readonly string[] | undefined;
  /** As ECS showed them when it returned to service. */
  readonly agentVersion?: string | undefined;
  readonly containerRuntimeVersion?: string | undefined;
  readonly undo?: UndoRecord | undefined;
  /** Version that its host said last, where nothing else tells what it runs: of one that needs a person. */
  readonly heardVersion?: string | undefined;
  /** Its Auto Scaling group; only where the policy wants protection from scale-in. */
  readonly scaleIn?: ScaleIn | undefined;
  /** When we meant to protect it from scale-in, and when that was put back. */
  readonly protectedAt?: number | undefined;
  readonly protectionPutBackAt?: number | undefined;
  /** True when it is still protected by us, and its rollout has given up. */
  readonly protectionLeft?: boolean | undefined;
}

/** What is kept of an attempt when the next one begins. */
export interface EarlierAttempt {
  readonly attempt: number;
  readonly fromVersion?: string | undefined;
  readonly toVersion?: string | undefined;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly drainedAt?: number | undefined;
  readonly returnedAt?: number | undefined;
}

/** What the undo of one container instance has done so far. */
export interface UndoRecord {
  /** The error that led to it, and its sentence. */
  readonly error: string;
  readonly because: string;
  readonly beganAt: number;
  readonly probeCommandId?: string | undefined;
  readonly probeSentAt?: number | undefined;
  /** The last command that was to take the host back. */
  readonly rollBackCommandId?: string | undefined;
  /** When the host last ran what we sent, without saying anything that could be understood. */
  readonly unclearAt?: number | undefined;
  /** Since when every look has shown its ECS agent away. */
  readonly agentAwaySinceAt?: number | undefined;
  /** Why the probe could not even be sent. */
  readonly unreachable?: string | undefined;
  /** What it comes to, once the return to service was decided: written before it is carried out. */
  readonly decided?: { readonly outcome: Outcome; readonly reason: string } | undefined;
  /** A replacement through its Auto Scaling group, and the group's EC2 instance ids before it. */
  readonly replacement?:
    | {
        readonly beganAt: number;
        readonly autoScalingGroupName?: string | undefined;
        readonly before: readonly string[];
      }
    | undefined;
  /** When each action was last done. */
  readonly done: UndoDone;
}
