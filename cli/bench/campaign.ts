// What every algorithm of the benchmark shares: one fleet, one timeline, the hosts' durations, and what is measured.

import type { Fleet } from '../../simulator/fleet-file/schema.ts';
import { Random, type RandomStream } from '../../simulator/kernel/random.ts';
import type { OutOfServiceSpan } from '../lower-bound.ts';
import { type ModelFleet, type ModelInstance, modelFleet } from './model-fleet.ts';
import { TaskWorld } from './task-world.ts';
import { Timeline } from './timeline.ts';

/** Seconds of one host, drawn once: the same for every algorithm. */
export interface HostTimes {
  readonly prepare: number;
  /** Reboot command until the ECS agent is connected. */
  readonly reboot: number;
  /** Reboot command until the SSM agent answers. */
  readonly answers: number;
}

/** Instants of one container instance, in seconds since the start. */
export interface Story {
  services: readonly string[];
  wave: number;
  drainingAt: number;
  emptyAt: number;
  /** Reboot command accepted. */
  rebootAt: number;
  connectedAt: number;
  /** ACTIVE. */
  activeAt: number;
  /** Daemons run again. */
  servedAt: number;
  /** The algorithm is done with it. */
  doneAt: number;
}

/** Systems Manager, EventBridge and Step Functions, as the simulator draws them. */
export const DELIVERY = [0.3, 3] as const;
export const EVENT = [0.2, 1] as const;
/**
 * Scripts on the host and the short states between two waits, in seconds: calibrated on whole-region runs, as
 * `npm run bench -- --validate` shows.
 */
export const STEPS = {
  rebootScript: 3.1,
  statusScript: 0.8,
  states: 0.3,
  prepareScript: 6,
  check: 4,
  close: 2,
} as const;

export class Campaign {
  readonly timeline = new Timeline();
  readonly fleet: ModelFleet;
  readonly world: TaskWorld;
  readonly stories = new Map<ModelInstance, Story>();
  readonly #random: RandomStream;
  readonly #times: ReadonlyMap<ModelInstance, HostTimes>;
  readonly #rebooting = new Map<ModelInstance, () => void>();
  #end: number | undefined;

  constructor(fleet: Fleet, seed: number) {
    const random = new Random(seed);
    this.fleet = modelFleet(fleet, random);
    this.world = new TaskWorld(this.timeline, this.fleet, random);
    this.#random = random.stream('bench.latency');
    this.#times = new Map(this.fleet.instances.map((instance) => [instance, timesOf(instance)]));
  }

  times(instance: ModelInstance): HostTimes {
    return this.#times.get(instance)!;
  }

  draw([low, high]: readonly [number, number]): number {
    return this.#random.between(low, high);
  }

  /** Begins to drain; the story's first line. */
  drain(instance: ModelInstance, wave: number, emptied: (story: Story) => void): void {
    const { now } = this.timeline;
    const story: Story = {
      services: replicaServices(instance),
      wave,
      drainingAt: now,
      emptyAt: now,
      rebootAt: now,
      connectedAt: now,
      activeAt: now,
      servedAt: now,
      doneAt: now,
    };
    this.stories.set(instance, story);
    this.world.drain(instance, () => {
      story.emptyAt = this.timeline.now;
      emptied(story);
    });
  }

  /** The reboot command is accepted now. */
  reboot(instance: ModelInstance, story: Story, connected: () => void): void {
    story.rebootAt = this.timeline.now;
    this.#rebooting.set(instance, () => undefined);
    this.timeline.after(this.times(instance).reboot, () => {
      story.connectedAt = this.timeline.now;
      const placeable = this.#rebooting.get(instance);
      this.#rebooting.delete(instance);
      placeable?.();
      connected();
    });
  }

  /** ACTIVE; tasks come once its agent is connected too. */
  activate(instance: ModelInstance, story: Story, served: () => void): void {
    story.activeAt = this.timeline.now;
    const placeable = () =>
      this.world.activate(instance, () => {
        story.servedAt = this.timeline.now;
        served();
      });
    if (this.#rebooting.has(instance)) this.#rebooting.set(instance, placeable);
    else placeable();
  }

  finish(): void {
    this.#end = this.timeline.now;
  }

  /** @throws When the algorithm stops before its end: a fleet whose tasks find no room, for example. */
  run(): number {
    this.timeline.run(() => this.#end !== undefined);
    if (this.#end === undefined) {
      throw new Error(`Cannot finish: ${this.stories.size} container instances were begun`);
    }
    return this.#end;
  }

  /**
   * What the bound is made of: the time that tasks, host and the policy's verification take, and nothing that an
   * updater adds (polls, events, command delivery, a download while drained).
   */
  spans(agentStableSeconds: number): OutOfServiceSpan[] {
    return Array.from(this.stories, ([instance, story]) => ({
      ec2InstanceId: instance.ec2InstanceId,
      availabilityZone: instance.zone,
      services: story.services,
      outOfServiceSeconds:
        story.emptyAt -
        story.drainingAt +
        this.times(instance).reboot +
        agentStableSeconds +
        Math.max(0, story.servedAt - Math.max(story.activeAt, story.connectedAt)),
      prepareSeconds: this.times(instance).prepare,
      wave: story.wave,
    }));
  }

  /** Seconds in which it was drained, rebooting, or without its ECS agent. */
  outOfServiceSeconds(): number[] {
    return Array.from(
      this.stories.values(),
      ({ drainingAt, connectedAt, activeAt }) => Math.max(connectedAt, activeAt) - drainingAt,
    );
  }
}

function timesOf({ timings }: ModelInstance): HostTimes {
  const prepare = timings.draw('prepare');
  const { up } = timings.drawReboot();
  return {
    prepare,
    reboot: up + timings.draw('ecsAgentConnect'),
    answers: up + timings.draw('ssmAgentStart'),
  };
}

export function replicaServices({ tasks }: ModelInstance): string[] {
  const names = [...tasks].flatMap(({ service, state }) =>
    service.isDaemon || state === 'stopping' ? [] : [service.name],
  );
  return [...new Set(names)].sort();
}
