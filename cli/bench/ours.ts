// Rolls the model's fleet as this product does; every decision is the shipped core's.

import { closedGates, judgeBake } from '../../functions/core/bake.ts';
import {
  type Candidate,
  type DispatchWorld,
  decideDispatch,
} from '../../functions/core/dispatch.ts';
import { downloadLookSeconds, waitsForDownloads } from '../../functions/core/downloads.ts';
import { longestDrainFirst } from '../../functions/core/estimate.ts';
import { gatherSeconds } from '../../functions/core/gather.ts';
import { hasPlaces, holdUnseen, isLastRound, likelyToStart } from '../../functions/core/likely.ts';
import { movableServices, type Plan } from '../../functions/core/plan.ts';
import { limitOf, type Policy } from '../../functions/core/policy.ts';
import { type FleetRoom, movingOf } from '../../functions/core/room.ts';
import { type Campaign, DELIVERY, EVENT, STEPS, type Story } from './campaign.ts';
import { EPOCH, planOf, QUIET, roomOn, tasksOn, toService } from './core-view.ts';
import type { ModelInstance } from './model-fleet.ts';

/** functions/aws/wave-begin.ts, dispatch-look.ts */
const NEXT_MIN = 50;
const NEXT_PER_PLACE = 5;
const CANDIDATES_MAX = 50;
const LOOKS_MAX = 5;
const LOOK_EVERYWHERE_SECONDS = 60;
/** DescribeContainerInstances: what one call sees of a large fleet. */
const SAMPLE = 100;

/** What the record knows of a container instance that waits or is open. */
interface Known {
  readonly instance: ModelInstance;
  candidate: Candidate;
  drains: boolean;
}

export interface OursOptions {
  readonly policy: Policy;
  /** True: the next ones start only when all that were started are done. */
  readonly barrier?: boolean;
}

export class Ours {
  readonly #campaign: Campaign;
  readonly #policy: Policy;
  readonly #barrier: boolean;
  readonly #plan: Plan;
  /** Most that may be out of service at once. */
  readonly #places: number;
  readonly #services: ReturnType<typeof toService>[];
  readonly #byName: ReadonlyMap<string, ReturnType<typeof toService>>;
  readonly #known: ReadonlyMap<string, Known>;
  readonly #open = new Set<Known>();
  #waiting: Known[] = [];
  /** By host. */
  readonly #downloadedAt = new Map<ModelInstance, number>();
  #askedAt = 0;
  #wave = 0;
  #lookedEverywhereAt = Number.NEGATIVE_INFINITY;
  #looks = 0;
  #gathering = false;
  /** How many were open after the last dispatch. */
  #dispatched = 0;
  #bakingSince = 0;
  #lastClosedAt: number | undefined;

  constructor(campaign: Campaign, { policy, barrier = false }: OursOptions) {
    this.#campaign = campaign;
    this.#policy = policy;
    this.#barrier = barrier;
    this.#plan = planOf(campaign.fleet, policy);
    this.#places = limitOf(policy.budget.outOfServiceMax, this.#plan.size.containerInstances);
    this.#services = campaign.fleet.services.map(toService);
    this.#byName = new Map(this.#services.map((one) => [one.serviceName, one]));
    this.#known = new Map(
      campaign.fleet.instances.map((one) => [one.ec2InstanceId, this.#read(one)]),
    );
  }

  /** Takes stock, asks every host, plans, has all hosts download; then wave by wave. */
  start(): void {
    const { timeline, fleet } = this.#campaign;
    const slowest = Math.max(...fleet.instances.map(() => this.#draw(DELIVERY)));
    this.#askedAt = slowest + STEPS.check + this.#draw(EVENT) + STEPS.states;
    for (const one of fleet.instances) {
      const took = this.#draw(DELIVERY) + STEPS.prepareScript + this.#campaign.times(one).prepare;
      this.#downloadedAt.set(one, this.#askedAt + took);
    }
    timeline.after(this.#askedAt, () => this.#beginWave());
  }

  #draw(span: readonly [number, number]): number {
    return this.#campaign.draw(span);
  }

  /** As a fresh look shows it, and as the record keeps it from then on. */
  #read(instance: ModelInstance): Known {
    const tasks = tasksOn(instance);
    const moving = movingOf(tasks, this.#byName);
    const { ec2InstanceId, zone: availabilityZone, image } = instance;
    const services = movableServices(tasks, this.#byName);
    return {
      instance,
      candidate: { ec2InstanceId, availabilityZone, image, services, moving },
      drains: false,
    };
  }

  #beginWave(): void {
    const ids = this.#plan.waves[this.#wave]?.ec2InstanceIds ?? [];
    this.#waiting = ids.map((id) => this.#known.get(id)!);
    this.#awaitDownloads();
  }

  #isDownloading({ instance }: Known): boolean {
    return this.#downloadedAt.get(instance)! > this.#campaign.timeline.now;
  }

  /** Until enough hosts have downloaded. */
  #awaitDownloads(): void {
    const { timeline } = this.#campaign;
    const next = this.#waiting.slice(0, Math.max(NEXT_MIN, this.#places * NEXT_PER_PLACE));
    const downloading = next.filter((one) => this.#isDownloading(one)).length;
    const forSeconds = timeline.now - this.#askedAt;
    const ready = next.length - downloading;
    if (waitsForDownloads({ ready, downloading, places: this.#places, forSeconds }) === undefined) {
      this.#dispatch();
    } else {
      timeline.after(downloadLookSeconds(forSeconds), () => this.#awaitDownloads());
    }
  }

  #dispatch(): void {
    if (this.#barrier && this.#open.size > 0) return;
    const look = ++this.#looks;
    const isAll = this.#waiting.length < CANDIDATES_MAX;
    const fresh = new Set<string>();
    let decided = this.#decide(this.#waiting.slice(0, CANDIDATES_MAX), isAll, fresh);
    const outside = { open: [...this.#open].map((one) => one.candidate), otherOut: [] };
    if (!isAll && hasPlaces(outside, decided.start.length, this.#places)) {
      decided = this.#decide(this.#waiting, true, fresh);
    }
    if (decided.drop.length > 0)
      throw new Error(`Cannot go on: ${decided.drop[0]?.verdict.reason}`);
    if (decided.verdict !== 'continue') {
      this.#bakingSince = this.#campaign.timeline.now;
      this.#lastClosedAt = undefined;
      this.#bake();
      return;
    }
    const started = new Set(decided.start);
    this.#waiting = this.#waiting.filter((one) => !started.has(one.candidate.ec2InstanceId));
    for (const id of decided.start) this.#begin(this.#known.get(id)!);
    this.#dispatched = this.#open.size;
    const isShort =
      this.#open.size < this.#places && this.#waiting.some((one) => this.#isDownloading(one));
    const lookAgainSeconds = isShort
      ? downloadLookSeconds(this.#campaign.timeline.now - this.#askedAt)
      : decided.lookAgainSeconds;
    this.#campaign.timeline.after(lookAgainSeconds, () => {
      if (look === this.#looks) this.#dispatch();
    });
  }

  #lookAtLastRound(waiting: readonly Known[], fresh: Set<string>): void {
    for (const one of waiting) if (!this.#isDownloading(one)) this.#look(one, fresh);
  }

  #look(one: Known, fresh: Set<string>): void {
    one.candidate = this.#read(one.instance).candidate;
    fresh.add(one.candidate.ec2InstanceId);
  }

  #decide(among: readonly Known[], candidatesComplete: boolean, fresh: Set<string>) {
    const isLast = isLastRound({ candidatesComplete }, among.length, this.#places);
    if (isLast) this.#lookAtLastRound(among, fresh);
    const candidates = () => {
      const planned = among.map((one) =>
        this.#isDownloading(one) ? { ...one.candidate, waitFor: 'it downloads' } : one.candidate,
      );
      return isLast ? longestDrainFirst(planned, this.#services) : planned;
    };
    const world = (complete: boolean): DispatchWorld => ({
      ...QUIET,
      now: EPOCH + this.#campaign.timeline.now * 1000,
      policy: this.#policy,
      size: this.#plan.size,
      open: [...this.#open].map((one) => one.candidate),
      candidates: candidates(),
      candidatesComplete,
      room: this.#room(complete),
    });
    const isFresh = (id: string) => fresh.has(id);
    const isSmall = this.#campaign.fleet.instances.length <= SAMPLE;
    for (let looks = 0; looks < LOOKS_MAX; looks++) {
      const known = world(isSmall);
      const next = likelyToStart(isSmall ? known : { ...known, room: undefined }, isFresh);
      if (next.length === 0) break;
      for (const id of next) {
        this.#look(this.#known.get(id)!, fresh);
      }
    }
    const seen = world(isSmall);
    const held = holdUnseen(isSmall ? seen : { ...seen, room: undefined }, isFresh);
    const judged = { ...seen, candidates: held };
    const decided = decideDispatch(judged);
    const { now } = this.#campaign.timeline;
    const mayLook =
      this.#open.size === 0 || now - this.#lookedEverywhereAt >= LOOK_EVERYWHERE_SECONDS;
    if (!decided.lookFurther || !mayLook) return decided;
    this.#lookedEverywhereAt = now;
    return decideDispatch({ ...judged, room: this.#room(true) });
  }

  /** The room there is: all of it, or on the hundred that one call shows, which turn with the time. */
  #room(complete: boolean): FleetRoom {
    const { instances } = this.#campaign.fleet;
    const from = Math.floor(this.#campaign.timeline.now) % instances.length;
    const sample = complete ? instances : [...instances, ...instances].slice(from, from + SAMPLE);
    const open = [...this.#open];
    const taken = new Set(open.map((one) => one.instance));
    const moving = (drains: boolean) =>
      open
        .filter((one) => one.drains === drains)
        .flatMap(({ candidate }) => candidate.moving ?? []);
    return {
      rooms: sample.filter((one) => one.status === 'ACTIVE' && !taken.has(one)).map(roomOn),
      complete,
      services: this.#services,
      draining: moving(true),
      moved: moving(false),
      elsewhere: 0,
    };
  }

  #begin(one: Known): void {
    this.#open.add(one);
    one.drains = true;
    const { timeline } = this.#campaign;
    timeline.after(STEPS.states, () =>
      this.#campaign.drain(one.instance, this.#wave + 1, (story) => {
        timeline.after(this.#draw(EVENT) + STEPS.states, () => {
          one.drains = false;
          timeline.after(this.#draw(DELIVERY) + STEPS.rebootScript, () => this.#reboot(one, story));
        });
      }),
    );
  }

  #reboot(one: Known, story: Story): void {
    const { timeline } = this.#campaign;
    const { reboot, answers } = this.#campaign.times(one.instance);
    this.#campaign.reboot(one.instance, story, () => {
      // Asked when the host went down: delivered as soon as its SSM agent is up.
      const said = answers - reboot + this.#draw(DELIVERY) + STEPS.statusScript + this.#draw(EVENT);
      const settled =
        Math.max(this.#draw(EVENT), said) + STEPS.states + this.#policy.verify.agentStableSeconds;
      timeline.after(settled + STEPS.states, () =>
        this.#campaign.activate(one.instance, story, () => {
          const noticed = this.#draw(EVENT) + STEPS.states;
          timeline.after(noticed + this.#draw(EVENT) + STEPS.states, () => {
            story.doneAt = timeline.now;
            this.#open.delete(one);
            this.#gather();
          });
        }),
      );
    });
  }

  /** Ends that come close together are judged together. */
  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    this.#campaign.timeline.after(gatherSeconds(this.#dispatched), () => {
      this.#gathering = false;
      this.#dispatch();
    });
  }

  /** The shipped gates and bake, then the next wave or the end. */
  #bake(): void {
    const { timeline, world } = this.#campaign;
    const services = world.short().map((one) => ({ ...one, runningAtPlan: one.desired }));
    const { bakeTimeSeconds } = this.#policy.waves;
    const state = { startedAt: this.#bakingSince * 1000, lastClosedAt: this.#lastClosedAt };
    const closed = closedGates({ services, alarms: [] });
    const verdict = judgeBake(state, closed, bakeTimeSeconds, timeline.now * 1000);
    if (verdict.kind === 'baking') {
      this.#lastClosedAt = verdict.lastClosedAt;
      timeline.after(verdict.lookAgainSeconds, () => this.#bake());
      return;
    }
    this.#wave++;
    const isLast = this.#wave === this.#plan.waves.length;
    timeline.after(isLast ? STEPS.close : STEPS.states, () => {
      if (isLast) this.#campaign.finish();
      else this.#beginWave();
    });
  }
}
