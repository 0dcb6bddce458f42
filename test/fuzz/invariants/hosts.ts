// Hosts: one boot per attempt, back in service only when verified, never on a version that was not asked for.

import type { Hold } from '../world-events.ts';
import type { Truth } from '../world-watch.ts';
import type { Invariant } from './invariant.ts';

/** An agent that went away a moment ago could not be noticed. */
const AGENT_LOST_MILLISECONDS = 60_000;
/** A host that went down a moment ago could not be noticed. */
const DOWN_MILLISECONDS = 5_000;

function sent(hold: Hold, verb: string) {
  return hold.commands.filter((command) => command.verb === verb);
}

/** Why a host that was told to reboot may not serve yet. */
function unverified(truth: Truth, hold: Hold): string | undefined {
  const host = truth.region.hosts.get(hold.ec2InstanceId);
  const reboot = sent(hold, 'ActivateAndReboot').at(-1);
  if (!host || !reboot) return undefined;
  if (host.bootId === hold.bootIdBefore) {
    const notAfterAt = Number(reboot.parameters.NotAfterEpochSeconds) * 1000;
    if (truth.now <= notAfterAt) return 'it was told to reboot, and still may';
    const disk = host.bottlerocket?.disk;
    return disk && disk.next() !== disk.active
      ? 'the update is active on it, so any reboot would boot it'
      : undefined;
  }
  const { TargetVersion: target } = reboot.parameters;
  if (host.version !== target && host.version !== hold.versionBefore) {
    return `it runs ${host.version}, neither ${target} nor ${hold.versionBefore}`;
  }
  if (!truth.answeredAt.has(hold.ec2InstanceId)) return 'nobody has asked it since its boot';
  const lostAt = truth.agentLostAt.get(hold.ec2InstanceId);
  return lostAt !== undefined && truth.now - lostAt > AGENT_LOST_MILLISECONDS
    ? 'its ECS agent is not connected'
    : undefined;
}

export function hostInvariants(): Invariant[] {
  const downAt = new Map<string, number>();
  /** By EC2 instance id, when it was first heard of: where the way back leads to. */
  const firstVersions = new Map<string, string>();
  return [
    {
      id: 'one-boot-per-attempt',
      holds: 'an attempt reboots its host once; a rollback once more, and so may EC2',
      broken(event, truth) {
        if (event.kind !== 'reboot-requested' || event.why === 'host') return undefined;
        const { ec2InstanceId, why } = event;
        downAt.set(ec2InstanceId, truth.now);
        const hold = truth.holds.get(ec2InstanceId);
        if (!hold) return undefined;
        const { api, ec2 } = hold.reboots;
        const max = 1 + (sent(hold, 'RollBack').length > 0 ? 1 : 0);
        if (why === 'api' && api.size > max)
          return `${ec2InstanceId} is rebooted ${api.size} times, not ${max}`;
        return ec2.size > 1
          ? `${ec2InstanceId} is rebooted ${ec2.size} times through EC2`
          : undefined;
      },
    },
    {
      id: 'no-reboot-in-service',
      holds: 'no command of ours reboots a host that serves',
      broken(event, truth) {
        if (event.kind !== 'reboot-requested' || event.why !== 'api') return undefined;
        const { ec2InstanceId } = event;
        if (truth.holds.has(ec2InstanceId)) return undefined;
        const change = truth.lastChange(ec2InstanceId);
        return change?.status === 'ACTIVE' && change.byUs
          ? `${ec2InstanceId} reboots after we returned it to service`
          : undefined;
      },
    },
    {
      id: 'verified-before-active',
      holds:
        'back to service only on a host that is up, answered since its boot, on the old or the exact new version',
      broken(event, truth) {
        if (event.kind !== 'activated' || !event.byUs) return undefined;
        const { ec2InstanceId } = event;
        const state = truth.region.hosts.get(ec2InstanceId)?.state;
        const wentDown = truth.now - (downAt.get(ec2InstanceId) ?? 0) > DOWN_MILLISECONDS;
        if (state !== 'running' && state !== 'terminated' && wentDown) {
          return `${ec2InstanceId} is set ACTIVE while its host is ${state}`;
        }
        const hold = truth.holds.get(ec2InstanceId);
        const why = hold && unverified(truth, hold);
        return why && `${ec2InstanceId} is set ACTIVE, but ${why}`;
      },
    },
    {
      id: 'target-pin',
      holds: 'a rollout takes every image to one version, which the policy allows, and to no other',
      broken(event, truth, { policy, faultNames, fleet }) {
        for (const { ec2InstanceId, version } of truth.region.hosts.all()) {
          if (version !== undefined && !firstVersions.has(ec2InstanceId))
            firstVersions.set(ec2InstanceId, version);
        }
        const { version, skipVersions, maxStepReleases } = policy.target;
        if (event.kind === 'booted') {
          const { ec2InstanceId } = event;
          const hold = truth.holds.get(ec2InstanceId);
          const reboot = hold && sent(hold, 'ActivateAndReboot').at(-1);
          if (!reboot || faultNames.has('third-version')) return undefined;
          const expected = [reboot.parameters.TargetVersion, hold?.versionBefore];
          return expected.includes(event.version)
            ? undefined
            : `${ec2InstanceId} boots ${event.version}, expected ${expected.join(' or ')}`;
        }
        if (event.kind !== 'command-sent' || event.command.verb !== 'Prepare') return undefined;
        const { parameters, ec2InstanceIds } = event.command;
        const target = parameters.TargetVersion ?? '';
        const isWayBack = ec2InstanceIds.every(
          (id) =>
            firstVersions.get(id) === target && truth.region.hosts.get(id)?.version !== target,
        );
        if (isWayBack && policy.rollback.onHalt !== 'hold') return undefined;
        if (skipVersions.includes(target)) return `${target} is prepared, but it is to be skipped`;
        if (version !== 'latest' && target !== version && maxStepReleases === 0) {
          return `${target} is prepared, the policy says ${version}`;
        }
        const published = fleet.updateRepository.releases.filter((one) => one.version === target);
        return published.some((one) => Date.parse(one.publishedAt) <= truth.now)
          ? undefined
          : `${target} is prepared, which is not published yet`;
      },
    },
  ];
}
