// Rehearses one rollout: a region from a fleet file, the product in it, one execution, and virtual time until its end.

import { rolloutIdOf } from '../functions/core/rollout-id.ts';
import { functionName, SLACK_PARAMETER_PREFIX } from '../infra/names.ts';
import type { FaultSpec } from '../simulator/faults/faults.ts';
import { unknownSubject } from '../simulator/faults/subjects.ts';
import type { Fleet } from '../simulator/fleet-file/schema.ts';
import { createRegion, type Region } from '../simulator/region.ts';
import type { ExecutionView } from '../simulator/states/states-service.ts';
import type { Asked } from './input-files.ts';
import { deployProduct, templateFor } from './product.ts';
import { Progress } from './progress.ts';
import { isAnyRolloutOpen, type RolloutRecord, readRecord } from './record.ts';
import { UsageError } from './usage-error.ts';
import { WorldMeasures } from './world-measures.ts';

export interface RehearsalOptions {
  readonly fleet: Fleet;
  readonly asked: Asked;
  readonly faults: readonly FaultSpec[];
  readonly seed: number;
}

/** What is left when a rehearsal is over. */
export interface Rehearsed {
  readonly options: RehearsalOptions;
  readonly region: Region;
  readonly measures: WorldMeasures;
  readonly execution: ExecutionView;
  readonly rolloutId: string;
  readonly record: RolloutRecord;
  /** Somebody deleted the table, or items of it, after hosts were told anything. */
  readonly isRecordLost: boolean;
  /** Container instances of the cluster when the rollout began. */
  readonly fleetInstances: number;
  /** Why the rehearsal gave up on a rollout that did not end. */
  readonly gaveUp: string | undefined;
}

/** A day without any progress: nobody would wait longer, and every wait of the policy is added to it. */
const PATIENCE_SECONDS = 86_400;
/** After the end: hosts put their settings back, the sweep looks for what is left. */
const SETTLE_SECONDS = 180;
/** Without a record the sweep goes by marks and by the history of commands: it looks every ten minutes, then hosts answer. */
const HOME_SECONDS = 3600;
/** Longest that the sweep may take to close what an execution left open: the lease, and the undo of an instance. */
const SWEEP_SECONDS = 6 * 3600;

/** Longest name of who asked that control-rollout takes. */
const BY_LENGTH_MAX = 200;
const shortened = (by: string) =>
  by.length > BY_LENGTH_MAX ? `${by.slice(0, BY_LENGTH_MAX - 2)}…)` : by;

/**
 * Functions, state machines, tables and schedules exist only now; the fleet's own were checked when
 * the file was read.
 *
 * @throws {UsageError} For the first fault that would strike nobody; no execution has begun.
 */
export async function refuseUnknownSubjects(
  region: Region,
  faults: readonly FaultSpec[],
): Promise<void> {
  const unknown = unknownSubject(faults, await region.knownSubjects());
  if (!unknown) return;
  throw new UsageError(`fault file: [${unknown.index}].subject: ${unknown.message}`);
}

export class Rehearsal {
  readonly region: Region;
  readonly progress: Progress;
  readonly #options: RehearsalOptions;
  readonly #measures: WorldMeasures;
  readonly #executionName: string;
  #progressAt: number;

  constructor(options: RehearsalOptions) {
    const { fleet, faults, seed } = options;
    this.#options = options;
    this.#executionName = `simulated-${seed}`;
    this.region = createRegion({ fleet, faults, seed });
    this.#measures = new WorldMeasures(this.region);
    this.progress = new Progress(this.region, this.#executionName);
    this.#progressAt = this.region.kernel.clock.now();
    this.progress.onMilestone(({ at }) => {
      this.#progressAt = at;
    });
  }

  /** @throws Whatever the simulator or the bundling of the product got wrong. */
  async run(): Promise<Rehearsed> {
    const { region, progress } = this;
    const { asked, fleet } = this.#options;
    const fleetInstances = region.services.ecs.world.containerInstances(asked.clusterName).length;
    const { rollOutClusterArn } = await deployProduct(region, { template: templateFor(fleet) });
    await refuseUnknownSubjects(region, this.#options.faults);
    await this.#putSlackToken();
    const started = await region.call('states', 'StartExecution', {
      stateMachineArn: rollOutClusterArn,
      name: this.#executionName,
      input: JSON.stringify(asked.input),
    });
    const execution = this.#execution(String(started.executionArn));
    const rolloutId = rolloutIdOf(this.#executionName);
    const gaveUp = await this.#untilEnd(execution, rolloutId);
    await this.#settle(rolloutId);
    if (progress.wantsPlan) progress.setPlan(await readRecord(region, rolloutId));
    const record = await readRecord(region, rolloutId);
    return {
      options: this.#options,
      region,
      measures: this.#measures,
      execution,
      rolloutId,
      record,
      isRecordLost: this.#hasLost(record),
      fleetInstances,
      gaveUp,
    };
  }

  /** Every token that looks like one of a bot may post to the simulated Slack. */
  async #putSlackToken(): Promise<void> {
    const { slackChannel, slackCredential } = this.#options.asked.policy.notify;
    if (slackChannel === undefined) return;
    const Name = `${SLACK_PARAMETER_PREFIX}/${slackCredential}`;
    const parameter = { Name, Value: 'xoxb-simulated', Type: 'SecureString' };
    await this.region.call('ssm', 'PutParameter', parameter);
  }

  #execution(arn: string): ExecutionView {
    const found = this.region.services.states.executions().find((one) => one.arn === arn);
    if (!found) throw new Error(`Cannot find execution ${arn} right after its start`);
    return found;
  }

  /** @returns Why it gave up, or undefined when the execution ended by itself. */
  async #untilEnd(execution: ExecutionView, rolloutId: string): Promise<string | undefined> {
    const { region, progress } = this;
    let gaveUp: string | undefined;
    while (execution.status === 'RUNNING') {
      const patienceEndsAt = this.#progressAt + this.#patienceSeconds() * 1000;
      const isNews = () => execution.status !== 'RUNNING' || progress.wantsPlan;
      const why = await region.run(isNews, patienceEndsAt);
      if (progress.wantsPlan) progress.setPlan(await readRecord(region, rolloutId));
      if (why === 'idle') return 'nothing is due in the region any more, and the rollout waits';
      if (why !== 'until' || this.#progressAt + this.#patienceSeconds() * 1000 > patienceEndsAt) {
        continue;
      }
      if (gaveUp !== undefined) return `${gaveUp}, not even after it was aborted`;
      gaveUp = await this.#abort(rolloutId);
    }
    return gaveUp;
  }

  /** Asks the rollout to end, as a person would. */
  async #abort(rolloutId: string): Promise<string> {
    const { region } = this;
    const [waitsFor] = this.progress.waitingReasons().keys();
    const hours = Math.round(this.#patienceSeconds() / 3600);
    const why = `no progress for ${hours} hours`;
    const by = `fleet simulate (${why}${waitsFor === undefined ? '' : `: ${waitsFor}`})`;
    this.#progressAt = region.kernel.clock.now();
    const request = { action: 'abort', rolloutId, by: shortened(by) };
    await region.finish(region.kernel.invokeFunction(functionName('control-rollout'), request));
    return why;
  }

  #patienceSeconds(): number {
    const { waves, drain, prepare, reboot, verify, approval } = this.#options.asked.policy;
    return (
      PATIENCE_SECONDS +
      waves.bakeTimeSeconds +
      drain.timeoutSeconds +
      prepare.timeoutSeconds +
      reboot.timeoutSeconds +
      verify.timeoutSeconds +
      (approval.required ? approval.timeoutSeconds : 0)
    );
  }

  /** Until the sweep has closed what the execution left open, and the last commands have reached their hosts. */
  async #settle(rolloutId: string): Promise<void> {
    const { region } = this;
    const endAt = region.kernel.clock.now() + SWEEP_SECONDS * 1000;
    while ((await isAnyRolloutOpen(region)) && region.kernel.clock.now() < endAt) {
      await region.advance(60);
    }
    await region.advance(SETTLE_SECONDS);
    if (this.#hasLost(await readRecord(region, rolloutId))) await region.advance(HOME_SECONDS);
  }

  #hasLost({ rollout, instances }: RolloutRecord): boolean {
    if (!rollout) {
      const byCaller = [...this.region.counts.byCaller.values()];
      return byCaller.some((operations) => operations.has('ssm:SendCommand'));
    }
    const forth = (rollout.waves ?? []).filter(({ kind }) => kind !== 'rollback');
    const chosen = forth.reduce((sum, { size }) => sum + size, 0);
    return instances.filter(({ wave }) => wave !== undefined).length < chosen;
  }
}
