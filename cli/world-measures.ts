// Measures in the simulated world, not in the record, what a rollout cost its container instances.

import type { LogEntry } from '../simulator/kernel/event-log.ts';
import type { Region } from '../simulator/region.ts';

interface Span {
  readonly from: number;
  to: number | undefined;
}

/** Watches one region from now on. */
export class WorldMeasures {
  readonly #drained = new Map<string, Span[]>();
  /** When each prepare command was sent. */
  readonly #prepares = new Map<string, number>();
  readonly #prepareSeconds = new Map<string, number>();

  constructor(region: Region) {
    region.kernel.log.subscribe((entry) => {
      if (entry.source === 'ecs') this.#followEcs(entry);
      if (entry.source === 'ssm') this.#followCommands(entry);
    });
  }

  /**
   * Seconds from DRAINING to ACTIVE (or gone), all drains since the start of the watch together.
   *
   * @param until Epoch milliseconds; what comes later counts for nothing, such as the settling after a rollout's end.
   */
  outOfServiceSeconds(ec2InstanceId: string, until: number): number {
    const spans = this.#drained.get(ec2InstanceId) ?? [];
    return spans.reduce(
      (sum, { from, to = until }) => sum + Math.max(0, Math.min(to, until) - from) / 1000,
      0,
    );
  }

  /** Seconds from the command until the update was in the inactive partition; 0 when there was none. */
  prepareSeconds(ec2InstanceId: string): number {
    return this.#prepareSeconds.get(ec2InstanceId) ?? 0;
  }

  #followEcs({ at, name, subject, detail }: LogEntry): void {
    if (name !== 'container-instance-status' && name !== 'container-instance-deregistered') return;
    const spans = this.#drained.get(subject) ?? [];
    this.#drained.set(subject, spans);
    const last = spans.at(-1);
    if (detail.status === 'DRAINING') spans.push({ from: at, to: undefined });
    else if (last) last.to ??= at;
  }

  #followCommands({ at, name, subject, detail }: LogEntry): void {
    if (name === 'command-sent' && String(detail.documentName).includes('-Prepare')) {
      this.#prepares.set(subject, at);
    }
    const sentAt = this.#prepares.get(String(detail.commandId));
    if (name === 'invocation-status' && detail.status === 'Success' && sentAt !== undefined) {
      this.#prepareSeconds.set(subject, (at - sentAt) / 1000);
    }
  }
}
