// Decides which container instances a rollout may touch at all, and says why not for every other.

import type { HostPosture } from './host-report.ts';
import type { ContainerInstance, InstanceVerdict } from './model.ts';
import type { Policy } from './policy.ts';
import { judgePosture } from './posture.ts';
import { compareVersions, isVersion } from './version.ts';

/** Variants that receive no further releases; their hosts report `Idle` for ever, which looks up to date. */
export const VARIANTS_OUT_OF_SUPPORT: ReadonlyMap<string, string> = new Map([
  // bottlerocket-os/bottlerocket pull request 4492 removed it in 1.44.0.
  ['aws-ecs-1', '2025-07-24'],
  ['aws-ecs-1-nvidia', '2025-07-24'],
]);

/** Newer versions are on offer, and something speaks against each. */
function heldBack(running: string, why: string): InstanceVerdict {
  return skipped('HeldBack', `stays on ${running}: ${why}`);
}

function skipped(code: string, reason: string): InstanceVerdict {
  return { outcome: 'Skipped', code, reason };
}

/**
 * Judges one container instance by what ECS and Systems Manager say, before any command is sent to it.
 *
 * @param selected Whether `select.query` matched it (ECS itself answers that).
 * @returns The verdict that rules it out, or undefined when its host should be asked.
 */
export function ruledOut(
  instance: ContainerInstance,
  policy: Policy,
  selected: boolean,
): InstanceVerdict | undefined {
  if (!selected) return skipped('NotSelected', "the policy's select.query does not match it");
  const tagOf = (key: string) =>
    Object.hasOwn(instance.tags, key) ? instance.tags[key] : undefined;
  const wrongTag = Object.entries(policy.select.tags).find(([key, value]) => tagOf(key) !== value);
  if (wrongTag) {
    const found = tagOf(wrongTag[0]);
    return skipped(
      'NotSelected',
      `its tag ${wrongTag[0]} is ${found === undefined ? 'absent' : `"${found}"`}, the policy selects "${wrongTag[1]}"`,
    );
  }
  if (Object.hasOwn(instance.tags, policy.select.excludeTag)) {
    return skipped('Excluded', `it carries the tag ${policy.select.excludeTag}`);
  }
  return (
    ruledOutByKind(instance) ?? ruledOutByState(instance) ?? ruledOutBySystemsManager(instance)
  );
}

function ruledOutByKind(instance: ContainerInstance): InstanceVerdict | undefined {
  if (instance.ec2InstanceId.startsWith('mi-')) {
    return skipped(
      'External',
      'it is an external instance (ECS Anywhere), where Bottlerocket does not run',
    );
  }
  if (instance.variant === undefined) {
    return skipped(
      'NotBottlerocket',
      'it has no attribute bottlerocket.variant, so it does not run Bottlerocket',
    );
  }
  const endedOn = VARIANTS_OUT_OF_SUPPORT.get(instance.variant);
  if (endedOn) {
    return skipped(
      'OutOfSupport',
      `its variant ${instance.variant} has had no releases since ${endedOn}; replace it with a newer variant`,
    );
  }
  return undefined;
}

function ruledOutByState(instance: ContainerInstance): InstanceVerdict | undefined {
  if (instance.status === 'DRAINING') {
    return skipped(
      'AlreadyDraining',
      instance.drainedBy === undefined
        ? 'somebody else is draining it'
        : `rollout ${instance.drainedBy} drained it and has not returned it`,
    );
  }
  if (instance.status !== 'ACTIVE') {
    return skipped('NotActive', `its ECS status is ${instance.status}, expected ACTIVE`);
  }
  // A disconnected agent is judged when its turn comes: agents disconnect several times an hour as normal operation.
  return undefined;
}

function ruledOutBySystemsManager(instance: ContainerInstance): InstanceVerdict | undefined {
  const { systemsManager } = instance;
  if (!systemsManager) {
    return skipped(
      'NotInSystemsManager',
      'it is not registered in Systems Manager: check its instance role and its control container',
    );
  }
  if (systemsManager.pingStatus !== 'Online') {
    return skipped(
      'NotOnline',
      `Systems Manager says ${systemsManager.pingStatus}, so no command would reach it`,
    );
  }
  if (systemsManager.platformName !== 'Bottlerocket') {
    return skipped(
      'NotBottlerocket',
      `it claims a Bottlerocket variant but runs ${systemsManager.platformName}`,
    );
  }
  return undefined;
}

/** The part of a host's answer that planning needs. */
export interface CheckedHost {
  readonly os: { readonly version: string; readonly variant: string; readonly arch: string };
  readonly update: { readonly available: readonly string[] };
  /** Known when the policy lets it fail an instance. */
  readonly posture?: HostPosture | undefined;
}

/** The pinned target of one variant and architecture, or why there is none. */
export type Target =
  | {
      readonly kind: 'pinned';
      readonly version: string;
      readonly reason: string;
      /** What speaks against each newer version on offer. */
      readonly passedOver?: string | undefined;
    }
  | { readonly kind: 'none'; readonly reason: string };

/** Where one host goes in this rollout: the target, a step toward it, or nowhere although it is behind. */
export type HostTarget =
  | Target
  | {
      readonly kind: 'step';
      readonly version: string;
      /** For the person on call, after "1.50.0 to 1.53.0". */
      readonly reason: string;
    }
  | { readonly kind: 'blocked'; readonly reason: string };

/**
 * Judges one host's answer against where it is to go.
 *
 * @returns A verdict without an outcome (code `Selected`) when the host is to be updated.
 */
export function judgeReport(
  report: CheckedHost,
  target: HostTarget,
  policy: Policy,
): InstanceVerdict {
  const running = report.os.version;
  if (!isVersion(running)) {
    return skipped('UnknownVersion', `runs "${running}", which is no Bottlerocket version`);
  }
  if (target.kind === 'none') {
    const isBehind = report.update.available.some(
      (one) => isVersion(one) && compareVersions(one, running) > 0,
    );
    if (isBehind) return heldBack(running, target.reason);
    return { outcome: 'UpToDate', code: 'NothingOffered', reason: target.reason };
  }
  if (target.kind === 'blocked') return skipped('StepBlocked', target.reason);
  if (running === target.version) {
    const passedOver = target.kind === 'pinned' ? target.passedOver : undefined;
    if (passedOver !== undefined) return heldBack(running, passedOver);
    return { outcome: 'UpToDate', code: 'UpToDate', reason: `runs ${running} already` };
  }
  if (compareVersions(running, target.version) > 0) {
    return skipped(
      'NewerThanTarget',
      `runs ${running}, newer than the target ${target.version}; it is never taken back without being asked`,
    );
  }
  if (!report.update.available.includes(target.version)) {
    const waiting = policy.target.respectRepositoryWaves
      ? 'its repository wave is not open yet (target.respectRepositoryWaves), or the repository does not have it'
      : 'the repository does not have it';
    return skipped('NotOffered', `${target.version} is not available to it: ${waiting}`);
  }
  // It would fail the same way after the update, which is not to blame for it.
  const { failures } = judgePosture(report.posture, policy.posture);
  if (failures.length > 0) {
    return skipped('PostureFailed', `before any update, ${failures.join(' and ')}`);
  }
  const why = target.kind === 'step' ? `, ${target.reason}` : '';
  return { code: 'Selected', reason: `${running} to ${target.version}${why}` };
}
