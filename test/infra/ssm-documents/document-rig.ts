// One simulated host on which documents are run as SSM runs them, by a shell of the test's choice.

import { expect } from 'vitest';
import { type HostReportOf, parseHostReport } from '../../../functions/core/host-report.ts';
import { type SsmDocumentVerb, ssmDocuments } from '../../../infra/ssm-documents/documents.ts';
import type { FaultSpec } from '../../../simulator/faults/faults.ts';
import { type FleetHost, fleetSchema } from '../../../simulator/fleet-file/schema.ts';
import type { Host } from '../../../simulator/host/host.ts';
import { Hosts } from '../../../simulator/host/hosts.ts';
import { UpdateRepository } from '../../../simulator/host/update-repository.ts';
import { makeKernel } from '../../support/kernel.ts';

export interface Ran {
  readonly stdout: string;
  readonly exitCode: number;
}

/** Runs a script and the virtual clock until the script has ended. */
export type Shell = (
  host: Host,
  script: string,
  env: Readonly<Record<string, string>>,
  finish: <T>(work: Promise<T>) => Promise<T>,
) => Promise<Ran>;

export interface RigOptions {
  readonly bottlerocket?: Partial<NonNullable<FleetHost['bottlerocket']>>;
  readonly faults?: readonly FaultSpec[];
  readonly reachable?: boolean;
}

/** Values that the test does not care about, so that each step says only what matters. */
type Parameters = Readonly<Record<string, string | number | boolean>>;

export interface Rig {
  readonly host: Host;
  readonly repository: UpdateRepository;
  /** What every document printed and answered, in order: the same for every shell. */
  readonly transcript: string[];
  nowEpochSeconds(): number;
  advance(seconds: number): Promise<void>;
  /** Waits until a boot with another boot id has come up. */
  nextBoot(): Promise<void>;
  /** Runs a document to its end and checks all that holds for every report. */
  run<Verb extends SsmDocumentVerb>(
    verb: Verb,
    parameters?: Parameters,
  ): Promise<HostReportOf<Verb>>;
  /** Somebody else's `apiclient …` on the host. */
  apiclient(...args: readonly string[]): Promise<string>;
  /** The same, so many seconds from now, whatever runs then. */
  apiclientIn(seconds: number, ...args: readonly string[]): void;
  /** `version-lock/ignore-waves` as the host has them now. */
  settings(): string;
}

const startAt = '2026-11-24T02:00:00.000Z';
const image = { variant: 'aws-ecs-2', arch: 'x86_64' } as const;

/** 1.66.0 has a wave schedule that has not opened for anybody yet. */
const releases = [
  { version: '1.63.0', ...image, publishedAt: '2026-10-01T00:00:00.000Z' },
  { version: '1.64.0', ...image, publishedAt: '2026-10-20T00:00:00.000Z' },
  { version: '1.65.0', ...image, publishedAt: '2026-11-10T00:00:00.000Z' },
  { version: '1.66.0', ...image, publishedAt: '2026-11-24T01:59:00.000Z', waves: 'default' },
];

const scripts = new Map(
  ssmDocuments().map(({ verb, content }) => [
    verb,
    { content, script: content.mainSteps[0].inputs.runCommand[0] },
  ]),
);

function environment(verb: SsmDocumentVerb, given: Parameters): Record<string, string> {
  const declared = Object.entries(scripts.get(verb)?.content.parameters ?? {});
  return Object.fromEntries(
    declared.map(([name, { default: otherwise, allowedPattern }]) => {
      const value = String(given[name] ?? otherwise ?? '');
      expect(value, name).toMatch(new RegExp(allowedPattern));
      return [`SSM_${name}`, value];
    }),
  );
}

function checkedReport<Verb extends SsmDocumentVerb>(verb: Verb, ran: Ran): HostReportOf<Verb> {
  expect(ran.stdout.length, ran.stdout).toBeLessThan(2000);
  expect(ran.stdout).toMatch(/^\{.*\}\n$/);
  const parsed = parseHostReport(ran.stdout);
  if (parsed.kind !== 'report') throw new Error(`${parsed.reason}: ${ran.stdout}`);
  expect(parsed.report.verb).toBe(verb);
  expect(ran.exitCode).toBe(parsed.report.ok ? 0 : 1);
  return parsed.report as HostReportOf<Verb>;
}

export function makeRig(shell: Shell, options: RigOptions = {}): Rig {
  const { kernel, finish, advance, runUntil } = makeKernel({
    seed: 7,
    startAt,
    faults: options.faults ?? [],
  });
  const fleet = fleetSchema.parse({
    clusters: [{ clusterName: 'prod' }],
    hosts: [
      {
        ec2InstanceId: 'i-0123456789abcdef0',
        availabilityZone: 'eu-west-1a',
        bottlerocket: { version: '1.64.0', ...image, seed: 1024, ...options.bottlerocket },
        timings: { prepare: { medianSeconds: 40, p99Seconds: 45 } },
      },
    ],
    updateRepository: { releases, reachable: options.reachable ?? true },
  });
  const repository = new UpdateRepository(kernel, fleet.updateRepository);
  const host = new Hosts(kernel, repository).add(fleet.hosts[0]!);
  const transcript: string[] = [];

  const nowEpochSeconds = () => Math.floor(kernel.clock.now() / 1000);

  return {
    host,
    repository,
    transcript,
    nowEpochSeconds,
    async run(verb, parameters = {}) {
      const env = environment(verb, {
        BootId: host.bootId,
        TargetVersion: '1.65.0',
        ExpectVersion: '1.65.0',
        NotAfterEpochSeconds: nowEpochSeconds() + 600,
        ...parameters,
      });
      const ran = await shell(host, scripts.get(verb)?.script ?? '', env, finish);
      transcript.push(`${verb} ${ran.exitCode} ${ran.stdout}`);
      return checkedReport(verb, ran);
    },
    advance,
    async nextBoot() {
      const { bootId } = host;
      await runUntil(() => host.bootId !== bootId && host.state === 'running', 900);
    },
    async apiclient(...args) {
      const answer = await finish(host.bottlerocket!.apiclient(args));
      if (answer.exitCode !== 0) throw new Error(answer.stderr);
      return answer.stdout;
    },
    apiclientIn(seconds, ...args) {
      kernel.clock.after(seconds * 1000, () => host.bottlerocket?.apiclient(args));
    },
    settings: () =>
      `${host.bottlerocket?.settings.versionLock}/${host.bottlerocket?.settings.ignoreWaves}`,
  };
}
