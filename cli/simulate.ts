// `fleet simulate`: rehearses one rollout on a simulated fleet, shows it while it runs, and sums it up.

import type { Region } from '../simulator/region.ts';
import { assembleResult } from './assemble-result.ts';
import { EXIT_OF_ENDING } from './exit-codes.ts';
import type { Picture } from './frame.ts';
import {
  type Asked,
  loading,
  readFaultFile,
  readFleetFile,
  readPolicyFile,
} from './input-files.ts';
import { LiveView } from './live-view.ts';
import { tellPlainly } from './plain-view.ts';
import { Rehearsal, type RehearsalOptions, type Rehearsed } from './rehearsal.ts';
import { type RolloutResult, resultSchema } from './result.ts';
import { serve } from './serve.ts';
import type { SimulateOptions } from './simulate-options.ts';
import { slackLines } from './slack-view.ts';
import { type Line, paintFor, paintLine } from './styled-text.ts';
import { summaryLines } from './summary.ts';
import { endOnSignals, type Surroundings } from './terminal.ts';
import { printable } from './text-width.ts';

function pictureOf(rehearsal: Rehearsal, options: RehearsalOptions, startedAt: number): Picture {
  const { progress, region } = rehearsal;
  const open = [...progress.open.values()].map((instance) => ({
    ec2InstanceId: instance.ec2InstanceId,
    startedAt: instance.startedAt,
    text: progress.stepText(instance),
  }));
  return {
    cluster: options.asked.clusterName,
    seed: options.seed,
    startedAt,
    now: progress.endedAt ?? region.kernel.clock.now(),
    phase: progress.phase,
    waves: [...progress.waves.values()],
    open,
    counts: progress.counts(),
    waiting: progress.waitingReasons(),
  };
}

/** A fault that had no occasion is often a mistake in its file: the run proves nothing about it. */
function warnOfIdleFaults({ region }: Rehearsed, stderr: Surroundings['stderr']): void {
  for (const [index, { spec, times }] of region.kernel.faults.entries.entries()) {
    if (times > 0) continue;
    const whom = spec.subject === undefined ? '' : ` on ${spec.subject}`;
    const line = `fleet: fault [${index}] never struck: ${spec.name}${whom}`;
    stderr.write(`${printable(line)}\n`);
  }
}

/** Runs the rehearsal with its view; the terminal is given back whatever happens. */
async function runShown(
  options: RehearsalOptions,
  { json, plain }: SimulateOptions,
  { stdout, stderr, environment }: Surroundings,
): Promise<{ readonly result: RolloutResult; readonly region: Region }> {
  const rehearsal = new Rehearsal(options);
  const startedAt = rehearsal.region.kernel.clock.now();
  const isLive = stdout.isTTY === true && !plain && !json && environment.TERM !== 'dumb';
  const view = isLive
    ? new LiveView(stdout, {
        colour: paintFor(stdout, environment).colour,
        picture: () => pictureOf(rehearsal, options, startedAt),
      })
    : undefined;
  if (!isLive && !json) {
    tellPlainly(rehearsal.progress, options.asked.clusterName, (line) => {
      stdout.write(`${line}\n`);
    });
  }
  const release = endOnSignals(() => view?.abandon());
  view?.start();
  try {
    const rehearsed = await rehearsal.run();
    view?.stop();
    warnOfIdleFaults(rehearsed, stderr);
    return { result: assembleResult(rehearsed), region: rehearsed.region };
  } finally {
    view?.abandon();
    release();
  }
}

function printResult(result: RolloutResult, json: boolean, surroundings: Surroundings): void {
  const { stdout, environment } = surroundings;
  if (json) {
    stdout.write(`${JSON.stringify(resultSchema.parse(result), undefined, 2)}\n`);
    return;
  }
  print([[], ...summaryLines(result, paintFor(stdout, environment).width)], surroundings);
}

function print(lines: readonly Line[], { stdout, environment }: Surroundings): void {
  const paint = paintFor(stdout, environment);
  stdout.write(lines.map((line) => `${paintLine(line, paint)}\n`).join(''));
}

/** Where no channel is given, a made-up one. */
function withSlack({ input, policy, ...asked }: Asked): Asked {
  const { slackChannel = '#fleet' } = policy.notify;
  const notify = { ...policy.notify, slackChannel };
  return { ...asked, input: { ...input, notify }, policy: { ...policy, notify } };
}

/**
 * @returns The exit code.
 * @throws {UsageError} For a file that cannot be accepted; nothing has been started then.
 */
export async function simulate(
  options: SimulateOptions,
  surroundings: Surroundings,
): Promise<number> {
  const fleet = readFleetFile(options.fleetFile);
  const faults = readFaultFile(options.faultFile, fleet);
  const given = readPolicyFile(options.policyFile, fleet);
  const asked = options.slack ? withSlack(given) : given;
  const rehearsal: RehearsalOptions = { fleet, faults, asked, seed: options.seed };
  const { serve: served, fleetFile } = options;
  if (served) return loading(fleetFile, () => serve(rehearsal, served, surroundings));
  const { result, region } = await loading(fleetFile, () =>
    runShown(rehearsal, options, surroundings),
  );
  printResult(result, options.json, surroundings);
  if (options.slack)
    print(
      slackLines(region.slack, paintFor(surroundings.stdout, surroundings.environment).width),
      surroundings,
    );
  return EXIT_OF_ENDING[result.outcome];
}
