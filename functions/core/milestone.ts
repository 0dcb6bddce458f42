// What people want to hear of a rollout: each milestone is an event on our bus and a line in Slack, from the same data.

import type { ImageDrift } from './drift.ts';
import type { Ending, Outcome } from './model.ts';

export type Milestone =
  | {
      readonly event: 'Rollout Opened';
      readonly clusterArn: string;
      readonly clusterName: string;
      /** Who or what started it. */
      readonly startedBy: string;
    }
  | {
      readonly event: 'Rollout Planned';
      readonly clusterArn: string;
      readonly startedBy: string;
      /** Version by image. */
      readonly targets: Readonly<Record<string, string>>;
      readonly waves: readonly {
        readonly wave: number;
        readonly kind: string;
        readonly size: number;
      }[];
      readonly containerInstances: number;
      readonly expectedSeconds: number;
      /** What the cluster runs before. */
      readonly drift: readonly Omit<ImageDrift, 'differingIds'>[];
      readonly reason: string;
    }
  | {
      readonly event: 'Approval Awaited';
      /** Epoch milliseconds. */
      readonly untilAt: number;
    }
  | {
      readonly event: 'Wave Started';
      readonly wave: number;
      readonly waves: number;
      readonly kind: string;
      readonly size: number;
    }
  /** A gate holds up the wave, or no longer does. */
  | { readonly event: 'Gate Closed'; readonly wave: number; readonly reason: string }
  | { readonly event: 'Gate Opened'; readonly wave: number; readonly reason: string }
  /** Not told of those that were simply updated: Step Functions tells of every execution that succeeds. */
  | {
      readonly event: 'Container Instance Over';
      readonly ec2InstanceId: string;
      readonly outcome: Outcome;
      readonly reason: string;
      readonly fromVersion: string | undefined;
      readonly toVersion: string | undefined;
    }
  | {
      readonly event: 'Wave Ended';
      readonly wave: number;
      readonly verdict: 'next' | 'roll-back' | 'done' | 'halt';
      readonly reason: string;
    }
  /** A person asked for something. */
  | { readonly event: 'Rollout Controlled'; readonly action: string; readonly by: string }
  | {
      readonly event: 'Rollout Closed';
      readonly clusterArn: string;
      readonly ending: Ending;
      readonly reason: string;
      readonly counts: Readonly<Partial<Record<Outcome, number>>>;
      /** What the cluster runs afterwards. */
      readonly drift: readonly Omit<ImageDrift, 'differingIds'>[];
    };
