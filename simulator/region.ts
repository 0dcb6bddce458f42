// One simulated AWS region: composes the services over one kernel and lets callers in.

import { AutoScalingService } from './autoscaling/autoscaling.ts';
import { CloudWatchService } from './cloudwatch/cloudwatch.ts';
import { DynamoDbService } from './dynamodb/dynamodb.ts';
import { Ec2Service } from './ec2/ec2.ts';
import { EcsService } from './ecs/ecs.ts';
import { ElbService } from './elb/elb.ts';
import { EventsService } from './events/events.ts';
import { type FaultSpec, Faults } from './faults/faults.ts';
import { fleetHands } from './faults/fleet-hands.ts';
import { letPeopleAct } from './faults/people.ts';
import type { KnownSubjects } from './faults/subjects.ts';
import { loadFleet } from './fleet-file/load-fleet.ts';
import type { Fleet } from './fleet-file/schema.ts';
import { Hosts } from './host/hosts.ts';
import { UpdateRepository } from './host/update-repository.ts';
import { VirtualClock } from './kernel/clock.ts';
import { EventLog } from './kernel/event-log.ts';
import type { Kernel } from './kernel/kernel.ts';
import { Random } from './kernel/random.ts';
import type { AwsService, Caller, JsonObject } from './kernel/service.ts';
import { SignalHub } from './kernel/signals.ts';
import { LambdaService } from './lambda/lambda.ts';
import { checkModel } from './model/constraints.ts';
import { SchedulerService } from './scheduler/scheduler.ts';
import { Slack } from './slack/slack.ts';
import { SsmService } from './ssm/ssm-service.ts';
import { StatesService } from './states/states-service.ts';
import type { CallCounts } from './wire/call-counts.ts';
import { Dispatcher, type SeenCall } from './wire/dispatcher.ts';
import { Drive } from './wire/drive.ts';
import { isAwsHost } from './wire/hosts.ts';
import { type Listener, listen } from './wire/http-server.ts';
import type { Transport, WireRequest, WireResponse } from './wire/message.ts';
import { Outside } from './wire/outside.ts';
import { Pace } from './wire/pace.ts';
import {
  type SdkRequestHandler,
  sdkRequestHandler,
  type VirtualRetryStrategy,
  virtualRetryStrategy,
} from './wire/sdk-request-handler.ts';

export interface RegionOptions {
  /** All chance of the run; 1 unless said. */
  readonly seed?: number;
  /** Clusters, machines and releases; without one the region is empty. */
  readonly fleet?: Fleet;
  readonly faults?: readonly FaultSpec[];
  /** Each of these overrides the fleet file. */
  readonly startAt?: string;
  readonly region?: string;
  readonly accountId?: string;
}

export interface RegionServices {
  readonly ecs: EcsService;
  readonly ssm: SsmService;
  readonly ec2: Ec2Service;
  readonly autoScaling: AutoScalingService;
  readonly elb: ElbService;
  readonly cloudWatch: CloudWatchService;
  readonly events: EventsService;
  readonly scheduler: SchedulerService;
  readonly states: StatesService;
  readonly dynamoDb: DynamoDbService;
  readonly lambda: LambdaService;
}

/** Configuration for an SDK v3 client outside of the region. */
export interface SdkConfig {
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly requestHandler: SdkRequestHandler;
  readonly retryStrategy: VirtualRetryStrategy;
}

/** What `call()` and deployments are in the eyes of a service. */
const OPERATOR: Caller = { kind: 'service', name: 'cloudformation' };
const NO_RELEASES = { releases: [], maxVersion: {}, reachable: true };

export class Region {
  readonly kernel: Kernel;
  readonly services: RegionServices;
  readonly hosts: Hosts;
  readonly updateRepository: UpdateRepository;
  /** Hosts beyond AWS that functions may call. */
  readonly outside: Outside;
  /** slack.com and hooks.slack.com. */
  readonly slack: Slack;
  /** Every API call so far, per operation and caller. */
  readonly counts: CallCounts;
  readonly #byId: ReadonlyMap<string, AwsService>;
  readonly #transport: Transport;
  readonly #drive: Drive;
  readonly #pace: Pace;
  readonly #listeners: Listener[] = [];
  #bug: { readonly error: unknown } | undefined;

  constructor(options: RegionOptions = {}) {
    const { fleet } = options;
    this.kernel = makeKernel(options, () => this.services);
    const { clock } = this.kernel;
    this.updateRepository = new UpdateRepository(
      this.kernel,
      fleet?.updateRepository ?? NO_RELEASES,
    );
    this.hosts = new Hosts(this.kernel, this.updateRepository);
    this.outside = new Outside(this.kernel);
    this.slack = new Slack(this.kernel, this.outside);
    this.#transport = (request, caller, tookEffect) =>
      isAwsHost(request.headers.host)
        ? dispatcher.handle(request, caller, tookEffect)
        : this.outside.handle(request, caller, tookEffect);
    this.services = composeServices(this.kernel, this.hosts, this.#transport);
    const services: AwsService[] = Object.values(this.services);
    this.#byId = new Map(services.map((service) => [service.id, service]));
    const dispatcher = new Dispatcher(this.kernel, services, checkModel);
    this.counts = dispatcher.counts;
    this.handle = (request, caller) => dispatcher.handle(request, caller);
    this.onCall = (listener) => dispatcher.onCall(listener);
    this.#drive = new Drive(clock);
    this.#pace = new Pace(clock, this.#drive);
    if (fleet) this.#load(fleet);
    letPeopleAct(
      this.kernel,
      (...call) => this.call(...call),
      fleetHands(this.services.ecs, this.hosts),
    );
  }

  /** Names that a fault may have as its subject, as far as they exist by now. */
  async knownSubjects(): Promise<KnownSubjects> {
    const { lambda, states, scheduler, dynamoDb } = this.services;
    const names = async (service: AwsService, operation: string, list: string, name: string) =>
      ((await this.call(service.id, operation, {}))[list] as JsonObject[]).map((one) =>
        String(one[name]),
      );
    return {
      call: [...this.#byId.values()].flatMap(({ id, operations }) =>
        operations.map((operation) => `${id}:${operation}`),
      ),
      function: await names(lambda, 'ListFunctions', 'Functions', 'FunctionName'),
      'state machine': await names(states, 'ListStateMachines', 'stateMachines', 'name'),
      schedule: await names(scheduler, 'ListSchedules', 'Schedules', 'Name'),
      table: (await this.call(dynamoDb.id, 'ListTables', {})).TableNames as string[],
    };
  }

  /** Answers one AWS request in virtual time; somebody must run the clock meanwhile. */
  readonly handle: (request: WireRequest, caller: Caller) => Promise<WireResponse>;

  /** Tells of every call that comes over the wire. */
  readonly onCall: (listener: (call: SeenCall) => void) => void;

  /** Calls an operation of a service at once: no latency, no throttling, no faults of the wire. */
  async call(serviceId: string, operation: string, input: JsonObject): Promise<JsonObject> {
    const service = this.#byId.get(serviceId);
    if (!service?.operations.includes(operation)) {
      throw new Error(`Not simulated: ${serviceId}:${operation}`);
    }
    return service.call(operation, input, OPERATOR);
  }

  /**
   * Runs the region until `done()`, nothing is due, or `until` (epoch milliseconds).
   *
   * @throws Whatever the simulator got wrong meanwhile.
   */
  run(done: () => boolean, until = Number.POSITIVE_INFINITY): Promise<'done' | 'idle' | 'until'> {
    return this.#drive.run(done, until);
  }

  /** Lets so much virtual time pass. */
  async advance(seconds: number): Promise<void> {
    await this.run(() => false, this.kernel.clock.now() + seconds * 1000);
  }

  /** Runs the region until `work` has settled. */
  finish<T>(work: Promise<T>): Promise<T> {
    return this.#drive.finish(work);
  }

  /**
   * For SDK clients in tests and tools: `new ECSClient(region.sdkConfig())`. Waiting for an answer
   * makes time pass.
   */
  sdkConfig(accessKeyId = 'AKIASIMULATEDPERSON'): SdkConfig {
    const sleep = async (milliseconds: number) => {
      const wake = this.kernel.clock.sleep(milliseconds);
      await this.#drive.finish(wake);
    };
    return {
      region: this.kernel.region,
      credentials: { accessKeyId, secretAccessKey: 'simulated' },
      requestHandler: sdkRequestHandler(this.#transport, this.#drive),
      retryStrategy: virtualRetryStrategy(sleep),
    };
  }

  /**
   * Serves the region over HTTP on this machine; without `pace()`, each request makes time pass
   * until it is answered.
   */
  async listen(port = 0): Promise<{ readonly url: string }> {
    const transport: Transport = (request, caller) => this.handle(request, caller);
    const onBug = (error: unknown) => this.#report(error);
    const listener = await listen({ transport, drive: this.#drive, onBug }, port);
    this.#listeners.push(listener);
    return listener;
  }

  /** Makes virtual time follow the wall clock, times `factor`. */
  pace(factor: number): void {
    this.#pace.start(factor, (error) => this.#report(error));
  }

  /** @throws A bug that came up while no test was waiting. */
  async close(): Promise<void> {
    this.#pace.stop();
    await Promise.all(this.#listeners.splice(0).map((listener) => listener.close()));
    if (this.#bug) throw this.#bug.error;
  }

  #report(error: unknown): void {
    this.#bug ??= { error };
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  }

  #load(fleet: Fleet): void {
    loadFleet({ hosts: this.hosts, ...this.services }, fleet);
  }
}

/** @param services Asked only when something happens, which is after all of them exist. */
function makeKernel(options: RegionOptions, services: () => RegionServices): Kernel {
  const { fleet, seed = 1, faults = [] } = options;
  const startAt = options.startAt ?? fleet?.startAt ?? '2026-11-24T02:00:00.000Z';
  const clock = new VirtualClock(Date.parse(startAt));
  const random = new Random(seed);
  return {
    clock,
    random,
    log: new EventLog(clock),
    signals: new SignalHub(),
    faults: new Faults(clock, random, faults),
    region: options.region ?? fleet?.region ?? 'eu-west-1',
    accountId: options.accountId ?? fleet?.accountId ?? '111122223333',
    emit: (event) => services().events.deliver(event),
    invokeFunction: (name, payload) => services().lambda.invokeFunction(name, payload),
    asynchronousInvocation: (name) => services().lambda.asynchronousInvocation(name),
    startExecution: (stateMachineArn, input, name) =>
      services().states.startExecution(stateMachineArn, input, name),
  };
}

function composeServices(kernel: Kernel, hosts: Hosts, transport: Transport): RegionServices {
  const elb = new ElbService(kernel);
  const ecs = new EcsService(kernel, { hosts, targetGroups: elb });
  const registerContainerInstance = (cluster: string, ec2InstanceId: string) => {
    ecs.registerContainerInstance(cluster, ec2InstanceId);
  };
  return {
    elb,
    ecs,
    ssm: new SsmService(kernel, hosts),
    ec2: new Ec2Service(kernel, hosts),
    autoScaling: new AutoScalingService(kernel, hosts, { registerContainerInstance }),
    cloudWatch: new CloudWatchService(kernel),
    events: new EventsService(kernel),
    scheduler: new SchedulerService(kernel),
    states: new StatesService(kernel),
    dynamoDb: new DynamoDbService(kernel),
    lambda: new LambdaService(kernel, transport),
  };
}

/** A region with its fleet, standing at its first instant. */
export function createRegion(options: RegionOptions = {}): Region {
  return new Region(options);
}
