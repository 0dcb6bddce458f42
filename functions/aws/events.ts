// Speaks to EventBridge: tells our own bus what happened to a rollout, and never lets that gate safety.

import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Milestone } from '../core/milestone.ts';
import { config } from './config.ts';
import { FIRST, stopWhenOver } from './deadline.ts';
import { log } from './log.ts';

const eventBridge = new EventBridgeClient({ maxAttempts: 2 });
eventBridge.middlewareStack.add(stopWhenOver, FIRST);

export const EVENT_SOURCE = 'bottlerocket-fleet-updater';

/**
 * A milestone, or the minute's reminder that there may be something left to tell, or what has no rollout in the record
 * that it could be a milestone of.
 */
export type DomainEvent =
  | Milestone['event']
  | 'Notification Due'
  | 'Container Instance Recovered'
  | 'Container Instance Stranded';

export interface Published {
  readonly event: DomainEvent;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Publishes up to ten events; a failure is logged and forgotten, because nothing may depend on it. */
export async function publish(...events: readonly Published[]): Promise<void> {
  try {
    const answer = await eventBridge.send(
      new PutEventsCommand({
        Entries: events.map(({ event, detail }) => ({
          EventBusName: config('EVENT_BUS_NAME'),
          Source: EVENT_SOURCE,
          DetailType: event,
          Detail: JSON.stringify(detail),
        })),
      }),
    );
    if (answer.FailedEntryCount) log.warn('event refused', { entries: answer.Entries });
  } catch (error) {
    log.warn('event lost', {
      events,
      error: error instanceof Error ? error.message : String(error),
    });
  }
}
