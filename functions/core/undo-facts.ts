// What an undo knows about a container instance and its host when it decides its next step.

import type { Outcome } from './model.ts';
import type { Replacement } from './replacement.ts';

/** What the host said when asked, or that it did not. */
export type HostFacts =
  | { readonly kind: 'not-asked' }
  | { readonly kind: 'asked'; readonly sentAt: number }
  | { readonly kind: 'silent'; readonly reason: string }
  /** It runs what it is sent, but what it says cannot be understood. */
  | { readonly kind: 'unclear'; readonly reason: string }
  | {
      readonly kind: 'answered';
      readonly bootId: string;
      readonly version: string;
      readonly updateState: string | null;
      /** Epoch milliseconds at which this boot had begun at the latest; absent: not known. */
      readonly upSinceAt?: number | undefined;
      /** What of its posture fails an instance by the policy. */
      readonly postureFailure?: string | undefined;
      /** It has the update settings again that it had before the rollout. */
      readonly restored?: boolean | undefined;
    };

/** What an undo does to a host on its way, each at most once unless said. */
export type UndoAction =
  | 'ask-host'
  | 'cancel'
  | 'flip-partitions'
  | 'roll-back'
  | 'reboot-host'
  | 'replace-host';

/** When each was last done. */
export type UndoDone = Partial<Record<UndoAction | 'return-to-service', number>>;

export interface UndoFacts {
  readonly now: number;
  readonly ec2InstanceId: string;
  /** The name of the error that led here, and its sentence. */
  readonly cause: { readonly error: string; readonly reason: string };
  /** How far the update got: the last durable intent. */
  readonly reached: 'nothing' | 'draining' | 'rebooting' | 'returned';
  /** As ECS shows it now; undefined: it no longer exists. */
  readonly instance:
    | {
        readonly status: string;
        readonly owned: boolean;
        readonly agentConnected: boolean;
        /** Why nothing will ever come of this registration, if so. */
        readonly obsolete?: 'terminated' | 'registered-anew' | undefined;
      }
    | undefined;
  /** Of one that ECS does not know any more: whether its EC2 instance is still there. */
  readonly ec2?: 'lives' | 'terminated' | undefined;
  /** Of one that never rebooted: what Systems Manager and its host say of the command. */
  readonly rebootCommand?: string | undefined;
  /** Epoch milliseconds until when a host that took the command, and is up still, may take to go down. */
  readonly rebootDueAt?: number | undefined;
  /** While nothing was recorded of the rollout, the sweep verified it and returned it to service by its mark. */
  readonly broughtHome?: boolean | undefined;
  /** It is in service, and every daemon that ran on it runs on it again. */
  readonly confirmed?: boolean | undefined;
  readonly host: HostFacts;
  readonly bootIdBefore: string;
  readonly fromVersion: string;
  readonly toVersion: string;
  /** Epoch milliseconds after which a reboot command we sent does nothing any more. */
  readonly notAfterAt: number;
  /** Epoch milliseconds of the reboot command; absent: none was sent. */
  readonly rebootSentAt?: number | undefined;
  /** When the host had answered on its new boot. */
  readonly bootedAt?: number | undefined;
  readonly beganAt: number;
  /** Since when every look has shown its ECS agent away; absent: it is connected. */
  readonly agentAwaySinceAt?: number | undefined;
  /** What an earlier step decided before it returned the instance to service. */
  readonly decided?: { readonly outcome: Outcome; readonly reason: string } | undefined;
  /** Why the host did not do what the last rollback asked, in its own words. */
  readonly rollBackRefused?: string | undefined;
  /** The command of the last rollback is not known: its call failed, or whoever made it died. */
  readonly rollBackUnsent?: boolean | undefined;
  /** Epoch milliseconds at which the host last ran something without being understood; absent: never. */
  readonly unclearAt?: number | undefined;
  /** When each action was last done. */
  readonly done: UndoDone;
  /** A replacement through its Auto Scaling group that was begun. */
  readonly replacement?: Replacement | undefined;
  readonly policy: {
    readonly onVerifyFailure: boolean;
    readonly allowAdminContainer?: boolean | undefined;
    readonly rebootDead: boolean;
    readonly replaceDead?: boolean | undefined;
  };
}
