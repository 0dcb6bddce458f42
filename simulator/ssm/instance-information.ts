// What Systems Manager last heard of each managed instance: true at the last ping, and up to five
// minutes old.
//
// amazon-ssm-agent agent/health/healthcheck.go: UpdateInstanceInformation at start and every five
// minutes.

import type { Host } from '../host/host.ts';
import type { Hosts } from '../host/hosts.ts';
import { validate } from '../kernel/constraints.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { pageOf } from '../kernel/page.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import { objects, texts } from './members.ts';
import { isManaged } from './targets.ts';

const PING_SECONDS = 300;

/** A started agent pings soon, not at once. */
const FIRST_PING_SECONDS = { low: 2, high: 45 };

/**
 * After this silence the service calls the connection lost: not published, somewhat more than one
 * period.
 */
const LOST_AFTER_SECONDS = 330;

/** The first agent with environment variables for parameters is 3.3.2746.0. */
const AGENT_VERSION = '3.3.3050.0';

interface Heard {
  /** First ping of the agent's present (or last) run; every later one follows in periods. */
  firstPingAt: number;
  /** Until when that run lasts; undefined while it does. */
  stoppedAt: number | undefined;
  platformVersion: string;
  /** The run before, for as long as the present one has not pinged yet. */
  before: { readonly pingAt: number; readonly platformVersion: string } | undefined;
  readonly registeredAt: number;
}

/** A private address that depends only on the instance id. */
function addressOf(ec2InstanceId: string): string {
  const tail = Number.parseInt(ec2InstanceId.slice(-5), 16);
  return `10.${(tail >> 16) & 15}.${(tail >> 8) & 255}.${tail & 255}`;
}

export class InstanceInformation {
  readonly #kernel: Kernel;
  readonly #hosts: Hosts;
  readonly #heard = new Map<string, Heard>();

  constructor(kernel: Kernel, hosts: Hosts) {
    this.#kernel = kernel;
    this.#hosts = hosts;
    kernel.signals.on('ssm-agent-up', ({ ec2InstanceId }) => this.#agentUp(ec2InstanceId));
    kernel.signals.on('ssm-agent-down', ({ ec2InstanceId }) => this.#agentDown(ec2InstanceId));
    kernel.signals.on('ssm-connection-lost', ({ ec2InstanceId }) => this.#agentDown(ec2InstanceId));
    kernel.signals.on('ssm-connection-back', ({ ec2InstanceId }) => this.#agentUp(ec2InstanceId));
    // A machine that ends without an orderly stop takes its agent with it.
    kernel.signals.on('host-down', ({ ec2InstanceId }) => this.#agentDown(ec2InstanceId));
  }

  /** Instances of the fleet file have pinged before the run began. */
  load(ec2InstanceId: string, pingStatus: 'Online' | 'ConnectionLost'): void {
    const now = this.#kernel.clock.now();
    const random = this.#kernel.random.stream('ssm.ping');
    const agoSeconds = random.between(0, PING_SECONDS);
    const lost = pingStatus === 'ConnectionLost';
    const firstPingAt = now - (agoSeconds + (lost ? 3600 : 0)) * 1000;
    this.#heard.set(ec2InstanceId, {
      firstPingAt,
      stoppedAt: lost ? firstPingAt : undefined,
      platformVersion: this.#platformVersion(ec2InstanceId),
      before: undefined,
      registeredAt: now - 30 * 86_400_000,
    });
  }

  /** Its agent has pinged, in this run or before it. */
  readonly isRegistered = ({ ec2InstanceId }: Host): boolean => {
    const heard = this.#heard.get(ec2InstanceId);
    return heard !== undefined && this.#lastPing(heard) !== undefined;
  };

  describe(input: JsonObject): JsonObject {
    validate(input, { MaxResults: { min: 5, max: 50 } });
    const filters = this.#filters(input);
    const passing = (view: JsonObject, some: typeof filters) =>
      some.every((filter) => this.#passes(view, filter));
    const isById = ({ key }: { key: string }) => key === 'InstanceIds';
    const found = this.#hosts
      .all()
      .filter((host) => isManaged(host) && this.#heard.has(host.ec2InstanceId))
      .map((host) => this.#view(host, this.#heard.get(host.ec2InstanceId)!))
      .filter((view) => view !== undefined)
      .filter((view) => passing(view, filters.filter(isById)));
    const request = { limit: Number(input.MaxResults ?? 10), token: input.NextToken };
    const page = pageOf(found, request, () => new AwsError('InvalidNextToken', ''));
    return {
      // Other filters are for what is on a page already, which may leave it empty (aws-cli#2626).
      InstanceInformationList: page.items.filter((view) => passing(view, filters)),
      ...(page.nextToken ? { NextToken: page.nextToken } : {}),
    };
  }

  #agentUp(ec2InstanceId: string): void {
    const now = this.#kernel.clock.now();
    const { low, high } = FIRST_PING_SECONDS;
    const random = this.#kernel.random.stream(`ssm.ping/${ec2InstanceId}`);
    const former = this.#heard.get(ec2InstanceId);
    const last = former && this.#lastPing(former);
    this.#heard.set(ec2InstanceId, {
      firstPingAt: now + random.between(low, high) * 1000,
      stoppedAt: undefined,
      platformVersion: this.#platformVersion(ec2InstanceId),
      before: last,
      registeredAt: former?.registeredAt ?? now,
    });
  }

  #agentDown(ec2InstanceId: string): void {
    const heard = this.#heard.get(ec2InstanceId);
    if (heard) heard.stoppedAt ??= this.#kernel.clock.now();
  }

  #lastPing(heard: Heard): { pingAt: number; platformVersion: string } | undefined {
    const until = heard.stoppedAt ?? this.#kernel.clock.now();
    if (until < heard.firstPingAt) return heard.before;
    const periods = Math.floor((until - heard.firstPingAt) / (PING_SECONDS * 1000));
    const pingAt = heard.firstPingAt + periods * PING_SECONDS * 1000;
    return { pingAt, platformVersion: heard.platformVersion };
  }

  #platformVersion(ec2InstanceId: string): string {
    return this.#hosts.get(ec2InstanceId)?.version ?? '2023';
  }

  /** Undefined before the very first ping: the instance is not registered yet. */
  #view(host: Host, heard: Heard): JsonObject | undefined {
    const last = this.#lastPing(heard);
    if (!last) return undefined;
    const silentSeconds = (this.#kernel.clock.now() - last.pingAt) / 1000;
    const address = addressOf(host.ec2InstanceId);
    const zone = `${this.#kernel.region}.compute.internal`;
    return {
      InstanceId: host.ec2InstanceId,
      PingStatus: silentSeconds > LOST_AFTER_SECONDS ? 'ConnectionLost' : 'Online',
      LastPingDateTime: last.pingAt / 1000,
      AgentVersion: AGENT_VERSION,
      IsLatestVersion: false,
      PlatformType: 'Linux',
      PlatformName: host.bottlerocket ? 'Bottlerocket' : 'Amazon Linux',
      PlatformVersion: last.platformVersion,
      ResourceType: 'EC2Instance',
      IPAddress: address,
      ComputerName: `ip-${address.replaceAll('.', '-')}.${zone}`,
      RegistrationDate: heard.registeredAt / 1000,
      SourceId: host.ec2InstanceId,
      SourceType: 'AWS::EC2::Instance',
    };
  }

  /** Both forms of filters, as one. */
  #filters(input: JsonObject): { key: string; values: string[] }[] {
    const modern = objects(input, 'Filters');
    const legacy = objects(input, 'InstanceInformationFilterList');
    if (modern.length > 0 && legacy.length > 0) {
      throw new AwsError(
        'InvalidInstanceInformationFilterValue',
        'Filters and InstanceInformationFilterList cannot be used together.',
      );
    }
    return [
      ...modern.map((filter) => ({ key: String(filter.Key), values: texts(filter, 'Values') })),
      ...legacy.map((filter) => ({ key: String(filter.key), values: texts(filter, 'valueSet') })),
    ].map(({ key, values }) => {
      if (key === 'InstanceIds') this.#checkKnown(values);
      return { key, values };
    });
  }

  #checkKnown(instanceIds: readonly string[]): void {
    const unknown = instanceIds.find((id) => !this.#hosts.get(id));
    if (unknown) {
      throw new AwsError(
        'InvalidInstanceId',
        `Instance id ${unknown} doesn't match pattern or is not known`,
      );
    }
  }

  #passes(view: JsonObject, { key, values }: { key: string; values: string[] }): boolean {
    if (key === 'InstanceIds') return values.includes(String(view.InstanceId));
    if (key === 'PingStatus') return values.includes(String(view.PingStatus));
    if (key === 'PlatformTypes') return values.includes(String(view.PlatformType));
    if (key === 'ResourceType') return values.includes(String(view.ResourceType));
    if (key === 'AgentVersion') return values.includes(String(view.AgentVersion));
    const tags = this.#hosts.get(String(view.InstanceId))?.tags ?? [];
    if (key === 'tag-key') return tags.some((tag) => values.includes(tag.key));
    if (key.startsWith('tag:')) {
      return tags.some((tag) => `tag:${tag.key}` === key && values.includes(tag.value));
    }
    throw new AwsError('InvalidFilterKey', '');
  }
}
