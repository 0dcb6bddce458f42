// Watches a region's log for what no rollout may ever do, however it ends.

import type { LogEntry } from '../../simulator/kernel/event-log.ts';
import type { Region } from '../../simulator/region.ts';

export interface Watched {
  /** Most container instances that API callers held DRAINING at one instant. */
  outOfServiceMax: number;
  /** Those that API callers hold DRAINING now: nobody else has changed them since. */
  readonly held: Set<string>;
  /** Sentences about what must never happen, with when. */
  readonly broken: string[];
  /** Reboots per EC2 instance id, by who asked for them: the host's own API or the EC2 API. */
  readonly reboots: Map<string, { api: number; ec2: number }>;
  /** Times a host went down for a reboot, per EC2 instance id. */
  readonly wentDown: Map<string, number>;
  /** Operations that changed something, by product functions, with how often. */
  readonly mutations: Map<string, number>;
  /** Names of the Systems Manager documents that were sent. */
  readonly documents: string[];
}

/** Task and host of a drain are looked at by reading the world, at the very instant. */
export function watchRegion(region: Region): Watched {
  const watched: Watched = {
    outOfServiceMax: 0,
    held: new Set(),
    broken: [],
    reboots: new Map(),
    wentDown: new Map(),
    mutations: new Map(),
    documents: [],
  };
  region.kernel.log.subscribe((entry) => {
    const { source, name } = entry;
    if (source === 'ecs') followDrains(region, watched, entry);
    if (source === 'host') followHost(region, watched, entry);
    if (source === 'wire' && name === 'call') followCall(watched, entry);
    if (source === 'ssm' && name === 'command-sent')
      watched.documents.push(String(entry.detail.documentName).replace(/-[0-9a-f]+$/, ''));
  });
  return watched;
}

function said({ at }: LogEntry, text: string): string {
  return `${new Date(at).toISOString().slice(11, 19)} ${text}`;
}

function followDrains(region: Region, watched: Watched, entry: LogEntry): void {
  const { held } = watched;
  const { name, subject, detail } = entry;
  if (name === 'container-instance-deregistered') held.delete(subject);
  if (name !== 'container-instance-status') return;
  if (detail.status === 'DRAINING' && detail.by === 'api') held.add(subject);
  else held.delete(subject);
  watched.outOfServiceMax = Math.max(watched.outOfServiceMax, held.size);
  if (detail.status === 'ACTIVE' && detail.by === 'api') {
    const state = region.hosts.get(subject)?.state;
    if (state !== 'running') watched.broken.push(said(entry, `${subject} ACTIVE while ${state}`));
  }
}

function followHost(region: Region, watched: Watched, entry: LogEntry): void {
  const { name, subject, detail } = entry;
  if (name === 'host-down' && detail.why === 'reboot') {
    watched.wentDown.set(subject, (watched.wentDown.get(subject) ?? 0) + 1);
  }
  if (name !== 'reboot-requested') return;
  const count = watched.reboots.get(subject) ?? { api: 0, ec2: 0 };
  watched.reboots.set(subject, count);
  count[detail.why === 'ec2' ? 'ec2' : 'api']++;
  const onBoard = region.services.ecs.world
    .tasksOn(subject)
    .filter(({ alive, schedulingStrategy }) => alive && schedulingStrategy !== 'DAEMON');
  if (onBoard.length > 0) {
    watched.broken.push(said(entry, `${subject} rebooted with ${onBoard.length} tasks on board`));
  }
}

function followCall(watched: Watched, { subject, detail }: LogEntry): void {
  if (!String(detail.caller).startsWith('bottlerocket-fleet')) return;
  watched.mutations.set(subject, (watched.mutations.get(subject) ?? 0) + 1);
}
