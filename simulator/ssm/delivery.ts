// Brings invocations to their agents: latency, waiting for an agent that is away, timeouts, and
// limits on how many at once.

import type { FaultSpec } from '../faults/faults.ts';
import type { Host } from '../host/host.ts';
import type { Hosts } from '../host/hosts.ts';
import type { Timer } from '../kernel/clock.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { RandomStream } from '../kernel/random.ts';
import { type Command, countsAsError, type Invocation, isTerminal, limitOf } from './command.ts';
import type { CommandBook } from './command-book.ts';
import { SsmAgent } from './ssm-agent.ts';

/**
 * From SendCommand to the start of the script: not published; bottlerocket-ecs-updater's logs show
 * 1 to 4 s in all.
 */
const DELIVERY_SECONDS = { low: 0.3, high: 3 };

/** An agent that does not answer makes the invocation Delayed after a while: not published. */
const DELAYED_AFTER_SECONDS = 30;

const UNDELIVERABLE_AFTER_SECONDS = 5;

/** How long an agent is away when the fault file does not say. */
const AWAY_SECONDS = 1800;

interface InFlight {
  readonly timers: Timer[];
  started: boolean;
}

export class Delivery {
  readonly #kernel: Kernel;
  readonly #hosts: Hosts;
  readonly #book: CommandBook;
  readonly #random: RandomStream;
  readonly #agents = new Map<string, SsmAgent>();
  readonly #inFlight = new Map<Invocation, InFlight>();
  /** Invocations whose agent was away when they arrived. */
  readonly #waiting = new Map<string, Set<Invocation>>();
  /** Hosts whose agent runs without reaching the service. */
  readonly #cutOff = new Set<string>();
  /** Invocations that a command's MaxConcurrency still keeps back. */
  readonly #queued = new Map<Command, Invocation[]>();

  constructor(kernel: Kernel, hosts: Hosts, book: CommandBook) {
    this.#kernel = kernel;
    this.#hosts = hosts;
    this.#book = book;
    this.#random = kernel.random.stream('ssm.delivery');
    book.onTerminal((invocation) => this.#ended(invocation));
    kernel.signals.on('ssm-agent-down', ({ ec2InstanceId }) =>
      this.#agents.get(ec2InstanceId)?.stopped(),
    );
    kernel.signals.on('ssm-agent-up', ({ ec2InstanceId }) => this.#agentStarted(ec2InstanceId));
    kernel.signals.on('instance-terminated', ({ ec2InstanceId }) =>
      this.#terminated(ec2InstanceId),
    );
  }

  start(command: Command): void {
    const { invocations, maxConcurrency } = command;
    const limit = Math.max(1, limitOf(maxConcurrency, invocations.length, Math.ceil));
    this.#queued.set(command, invocations.slice(limit));
    for (const invocation of invocations.slice(0, limit)) this.#send(invocation);
  }

  cancel(invocation: Invocation): void {
    if (isTerminal(invocation.status)) return;
    this.#book.change(invocation, 'Cancelling', 'Cancelling');
    const started = this.#inFlight.get(invocation)?.started ?? false;
    const seconds = this.#random.between(DELIVERY_SECONDS.low, DELIVERY_SECONDS.high);
    this.#kernel.clock.after(seconds * 1000, () => {
      if (started) this.#agents.get(invocation.instanceId)?.cancel(invocation);
      else this.#book.change(invocation, 'Cancelled', 'Cancelled');
    });
  }

  #send(invocation: Invocation): void {
    const { command, instanceId } = invocation;
    const { clock, faults } = this.#kernel;
    const inFlight: InFlight = { timers: [], started: false };
    this.#inFlight.set(invocation, inFlight);
    const lost = faults.strikes('ssm-delivery-lost', instanceId);
    const seconds = this.#random.between(DELIVERY_SECONDS.low, DELIVERY_SECONDS.high);
    inFlight.timers.push(
      clock.after(seconds * 1000, () => {
        if (lost) this.#lose(invocation, lost);
        else this.#arrive(invocation);
      }),
      clock.at(command.requestedAt + command.timeoutSeconds * 1000, () => {
        if (!inFlight.started) this.#book.change(invocation, 'TimedOut', 'Delivery Timed Out');
      }),
      // Whatever the agent never says, the sum of both timeouts decides.
      clock.at(command.expiresAt, () => {
        this.#book.change(invocation, 'TimedOut', 'Delivery Timed Out');
      }),
    );
  }

  /** Fault `ssm-delivery-lost` (F38). */
  #lose(invocation: Invocation, { parameters = {} }: FaultSpec): void {
    const { how } = parameters;
    if (how === 'undeliverable') this.#undeliverable(invocation);
    else if (how === 'access-denied') this.#book.change(invocation, 'Failed', 'Access Denied');
    else if (how === 'connection-lost') {
      this.#disconnect(invocation.instanceId, Number(parameters.seconds ?? AWAY_SECONDS));
      this.#arrive(invocation);
    } else this.#delay(invocation);
  }

  /** What runs on the host goes on and is reported; nothing new reaches it, and it does not ping. */
  #disconnect(ec2InstanceId: string, seconds: number): void {
    if (this.#cutOff.has(ec2InstanceId)) return;
    const { clock, signals } = this.#kernel;
    this.#cutOff.add(ec2InstanceId);
    signals.emit('ssm-connection-lost', { ec2InstanceId });
    clock.after(seconds * 1000, () => {
      this.#cutOff.delete(ec2InstanceId);
      if (!this.#hosts.get(ec2InstanceId)?.ssmAgentUp) return;
      signals.emit('ssm-connection-back', { ec2InstanceId });
      this.#deliverWaiting(ec2InstanceId);
    });
  }

  #arrive(invocation: Invocation): void {
    const inFlight = this.#inFlight.get(invocation);
    const host = this.#hosts.get(invocation.instanceId);
    if (!inFlight || !host || invocation.status === 'Cancelling') return;
    if (host.ssmAgentUp && !this.#cutOff.has(invocation.instanceId)) {
      inFlight.started = true;
      this.#agent(host).execute(invocation);
      return;
    }
    const waiting = this.#waiting.get(invocation.instanceId) ?? new Set();
    waiting.add(invocation);
    this.#waiting.set(invocation.instanceId, waiting);
    this.#delay(invocation);
  }

  /** The service goes on trying; the user sees InProgress, then Delayed. */
  #delay(invocation: Invocation): void {
    this.#book.change(invocation, 'InProgress', 'InProgress');
    this.#later(invocation, DELAYED_AFTER_SECONDS, () => {
      if (this.#inFlight.get(invocation)?.started) return;
      if (invocation.status === 'InProgress') this.#book.change(invocation, 'Delayed', 'Delayed');
    });
  }

  #undeliverable(invocation: Invocation): void {
    this.#later(invocation, UNDELIVERABLE_AFTER_SECONDS, () =>
      this.#book.change(invocation, 'Failed', 'Undeliverable'),
    );
  }

  #later(invocation: Invocation, seconds: number, run: () => void): void {
    const timer = this.#kernel.clock.after(seconds * 1000, run);
    this.#inFlight.get(invocation)?.timers.push(timer);
  }

  #agentStarted(ec2InstanceId: string): void {
    this.#agents.get(ec2InstanceId)?.started();
    this.#deliverWaiting(ec2InstanceId);
  }

  #deliverWaiting(ec2InstanceId: string): void {
    const waiting = this.#waiting.get(ec2InstanceId);
    this.#waiting.delete(ec2InstanceId);
    for (const invocation of waiting ?? []) {
      const seconds = this.#random.between(DELIVERY_SECONDS.low, DELIVERY_SECONDS.high);
      this.#later(invocation, seconds, () => this.#arrive(invocation));
    }
  }

  #terminated(ec2InstanceId: string): void {
    for (const [invocation, { started }] of this.#inFlight) {
      if (invocation.instanceId === ec2InstanceId && !started) this.#undeliverable(invocation);
    }
  }

  #ended(invocation: Invocation): void {
    for (const timer of this.#inFlight.get(invocation)?.timers ?? []) timer.cancel();
    this.#inFlight.delete(invocation);
    this.#waiting.get(invocation.instanceId)?.delete(invocation);
    this.#refill(invocation.command);
  }

  /** More of a command's targets, unless it has seen more errors than it may. */
  #refill(command: Command): void {
    const queue = this.#queued.get(command);
    const next = queue?.shift();
    if (!queue || !next) {
      this.#queued.delete(command);
      return;
    }
    const errorsMax = limitOf(command.maxErrors, command.invocations.length, Math.floor);
    if (command.invocations.filter(countsAsError).length <= errorsMax) {
      this.#send(next);
      return;
    }
    this.#queued.delete(command);
    for (const rest of [next, ...queue]) this.#book.change(rest, 'Cancelled', 'Terminated');
  }

  #agent(host: Host): SsmAgent {
    let agent = this.#agents.get(host.ec2InstanceId);
    if (!agent) {
      agent = new SsmAgent(this.#kernel, host, this.#book);
      this.#agents.set(host.ec2InstanceId, agent);
    }
    return agent;
  }
}
