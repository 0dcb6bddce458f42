// Which container instances a rollout may touch: one test per reason why not, and their order.

import { describe, expect, it } from 'vitest';
import { judgeReport, ruledOut, type Target } from '../../../functions/core/eligibility.ts';
import type { ContainerInstance } from '../../../functions/core/model.ts';
import { containerInstanceOf, hostOf, policyOf } from './samples.ts';

const policy = policyOf();
const online = { pingStatus: 'Online', platformName: 'Bottlerocket', platformVersion: '1.64.0' };

describe('ruledOut()', () => {
  it('ruledOut() lets a plain container instance be asked', () => {
    expect(ruledOut(containerInstanceOf(), policy, true)).toBeUndefined();
  });

  /** In the order in which they are found: each row is fine by all rows above it. */
  const rows: readonly (readonly [string, string, Partial<ContainerInstance>])[] = [
    [
      'Excluded',
      'it carries the tag bottlerocket-fleet:exclude',
      { tags: { 'bottlerocket-fleet:exclude': '' } },
    ],
    [
      'External',
      'it is an external instance (ECS Anywhere), where Bottlerocket does not run',
      { ec2InstanceId: 'mi-0a' },
    ],
    [
      'NotBottlerocket',
      'it has no attribute bottlerocket.variant, so it does not run Bottlerocket',
      { variant: undefined },
    ],
    [
      'OutOfSupport',
      'its variant aws-ecs-1 has had no releases since 2025-07-24; replace it with a newer variant',
      { variant: 'aws-ecs-1' },
    ],
    [
      'OutOfSupport',
      'its variant aws-ecs-1-nvidia has had no releases since 2025-07-24; replace it with a newer variant',
      { variant: 'aws-ecs-1-nvidia' },
    ],
    ['AlreadyDraining', 'somebody else is draining it', { status: 'DRAINING' }],
    [
      'AlreadyDraining',
      'rollout night-7 drained it and has not returned it',
      { status: 'DRAINING', drainedBy: 'night-7' },
    ],
    ['NotActive', 'its ECS status is REGISTERING, expected ACTIVE', { status: 'REGISTERING' }],
    [
      'NotInSystemsManager',
      'it is not registered in Systems Manager: check its instance role and its control container',
      { systemsManager: undefined },
    ],
    [
      'NotOnline',
      'Systems Manager says ConnectionLost, so no command would reach it',
      { systemsManager: { ...online, pingStatus: 'ConnectionLost' } },
    ],
    [
      'NotBottlerocket',
      'it claims a Bottlerocket variant but runs Amazon Linux',
      { systemsManager: { ...online, platformName: 'Amazon Linux' } },
    ],
  ];

  it.each(rows)('ruledOut() skips it as %s: %s', (code, reason, over) => {
    expect(ruledOut(containerInstanceOf(over), policy, true)).toEqual({
      outcome: 'Skipped',
      code,
      reason,
    });
  });

  it('ruledOut() gives the first reason when there are several', () => {
    const overs = rows.map(([, , over]) => over);
    const worst: Partial<ContainerInstance> = Object.assign({}, ...overs.toReversed());
    expect(ruledOut(containerInstanceOf(worst), policy, false)?.reason).toBe(
      "the policy's select.query does not match it",
    );
    const codes = rows.map((_, index) => {
      const instance = Object.assign({}, ...overs.slice(index).toReversed());
      return ruledOut(containerInstanceOf(instance), policy, true)?.code;
    });
    expect(codes).toEqual(rows.map(([code]) => code));
  });

  it('ruledOut() skips what the query does not match', () => {
    expect(ruledOut(containerInstanceOf(), policy, false)).toEqual({
      outcome: 'Skipped',
      code: 'NotSelected',
      reason: "the policy's select.query does not match it",
    });
  });

  it('ruledOut() skips what lacks a selected tag or has another value', () => {
    const tagged = policyOf({ select: { tags: { team: 'a', stage: 'b' } } });
    const reasonFor = (tags: Record<string, string>) =>
      ruledOut(containerInstanceOf({ tags }), tagged, true)?.reason;
    expect(reasonFor({ team: 'a', stage: 'b', more: 'c' })).toBeUndefined();
    expect(reasonFor({ team: 'a', stage: 'x' })).toBe(
      'its tag stage is "x", the policy selects "b"',
    );
    expect(reasonFor({ stage: 'b' })).toBe('its tag team is absent, the policy selects "a"');
    expect(reasonFor({ team: 'a', stage: '' })).toBe('its tag stage is "", the policy selects "b"');
    expect(ruledOut(containerInstanceOf(), tagged, true)?.code).toBe('NotSelected');
  });

  it('ruledOut() takes a selected tag called constructor for a tag', () => {
    const tagged = policyOf({ select: { tags: { constructor: 'x' } } });
    expect(ruledOut(containerInstanceOf(), tagged, true)?.reason).toBe(
      'its tag constructor is absent, the policy selects "x"',
    );
  });

  it('ruledOut() follows the tag key that the policy excludes by', () => {
    const frozen = policyOf({ select: { excludeTag: 'frozen' } });
    const tags = { 'bottlerocket-fleet:exclude': 'yes' };
    expect(ruledOut(containerInstanceOf({ tags }), frozen, true)).toBeUndefined();
    expect(ruledOut(containerInstanceOf({ tags: { frozen: 'no' } }), frozen, true)).toEqual({
      outcome: 'Skipped',
      code: 'Excluded',
      reason: 'it carries the tag frozen',
    });
  });

  it.each(['aws-ecs-2', 'aws-ecs-2-nvidia', 'aws-ecs-3', 'aws-ecs-2-fips'])(
    'ruledOut() accepts the variant %s',
    (variant) => {
      expect(ruledOut(containerInstanceOf({ variant }), policy, true)).toBeUndefined();
    },
  );
});

const pinned: Target = { kind: 'pinned', version: '1.65.0', reason: 'the policy names it' };

describe('judgeReport()', () => {
  it('judgeReport() selects a host that is offered the target', () => {
    expect(judgeReport(hostOf('1.64.0', '1.65.0', '1.64.0'), pinned, policy)).toEqual({
      code: 'Selected',
      reason: '1.64.0 to 1.65.0',
    });
  });

  it('judgeReport() calls a host up to date when nothing is pinned, and says why nothing is', () => {
    const none: Target = { kind: 'none', reason: 'the repository offers nothing' };
    expect(judgeReport(hostOf('1.64.0', '1.64.0', '1.63.0'), none, policy)).toEqual({
      outcome: 'UpToDate',
      code: 'NothingOffered',
      reason: 'the repository offers nothing',
    });
  });

  it('judgeReport() holds back a host for which newer versions were passed over', () => {
    const held: Target = { ...pinned, passedOver: '1.66.0 is in target.skipVersions' };
    expect(judgeReport(hostOf('1.65.0', '1.66.0'), held, policy)).toEqual({
      outcome: 'Skipped',
      code: 'HeldBack',
      reason: 'stays on 1.65.0: 1.66.0 is in target.skipVersions',
    });
    expect(judgeReport(hostOf('1.64.0', '1.65.0'), held, policy).code).toBe('Selected');
  });

  it('judgeReport() does not call a host up to date that is held back', () => {
    const none: Target = { kind: 'none', reason: '1.65.0 is in target.skipVersions' };
    expect(judgeReport(hostOf('1.64.0', '1.65.0', '1.64.0'), none, policy)).toEqual({
      outcome: 'Skipped',
      code: 'HeldBack',
      reason: 'stays on 1.64.0: 1.65.0 is in target.skipVersions',
    });
  });

  it('judgeReport() takes what is no version for nothing newer', () => {
    const none: Target = { kind: 'none', reason: 'the repository offers nothing' };
    expect(judgeReport(hostOf('1.64.0', 'broken'), none, policy).code).toBe('NothingOffered');
  });

  it('judgeReport() says that it is a step, or why there is none', () => {
    const host = hostOf('1.60.0', '1.65.0', '1.62.0');
    const step = { kind: 'step', version: '1.62.0', reason: 'a step toward 1.65.0' } as const;
    expect(judgeReport(host, step, policy)).toEqual({
      code: 'Selected',
      reason: '1.60.0 to 1.62.0, a step toward 1.65.0',
    });
    const blocked = { kind: 'blocked', reason: 'no step is free' } as const;
    expect(judgeReport(host, blocked, policy)).toEqual({
      outcome: 'Skipped',
      code: 'StepBlocked',
      reason: 'no step is free',
    });
  });

  it('judgeReport() skips a host whose posture fails already, because the update is not to blame', () => {
    const posture = {
      selinux: 'enforcing',
      rootVerity: true,
      lockdown: 'integrity',
      adminContainer: true,
    } as const;
    const host = { ...hostOf('1.64.0', '1.65.0'), posture };
    expect(judgeReport(host, pinned, policy).code).toBe('Selected');
    const strict = policyOf({ posture: { adminContainerOff: 'fail' } });
    expect(judgeReport(host, pinned, strict)).toEqual({
      outcome: 'Skipped',
      code: 'PostureFailed',
      reason:
        'before any update, the admin container is on, wanted off (posture.adminContainerOff)',
    });
    const stricter = policyOf({ posture: { adminContainerOff: 'fail', rootVerity: 'fail' } });
    const worse = { ...host, posture: { ...posture, rootVerity: false } };
    expect(judgeReport(worse, pinned, stricter).reason).toMatch(
      /rootVerity\) and the admin|adminContainerOff\) and /,
    );
    expect(judgeReport(hostOf('1.64.0', '1.65.0'), pinned, strict).code).toBe('Selected');
  });

  it('judgeReport() calls a host up to date that runs the target', () => {
    expect(judgeReport(hostOf('1.65.0'), pinned, policy)).toEqual({
      outcome: 'UpToDate',
      code: 'UpToDate',
      reason: 'runs 1.65.0 already',
    });
  });

  it.each(['1.65.1', '1.66.0', '2.0.0', '1.100.0'])(
    'judgeReport() never takes a host back that runs %s',
    (version) => {
      expect(judgeReport(hostOf(version, '1.65.0'), pinned, policy)).toEqual({
        outcome: 'Skipped',
        code: 'NewerThanTarget',
        reason: `runs ${version}, newer than the target 1.65.0; it is never taken back without being asked`,
      });
    },
  );

  it('judgeReport() skips a host that is not offered the target, and says what it waits for', () => {
    const host = hostOf('1.64.0', '1.64.1');
    expect(judgeReport(host, pinned, policy)).toEqual({
      outcome: 'Skipped',
      code: 'NotOffered',
      reason:
        '1.65.0 is not available to it: its repository wave is not open yet (target.respectRepositoryWaves), or the repository does not have it',
    });
    const impatient = policyOf({ target: { respectRepositoryWaves: false } });
    expect(judgeReport(host, pinned, impatient).reason).toBe(
      '1.65.0 is not available to it: the repository does not have it',
    );
  });

  it.each(['', '1.64', '1.64.0-custom', '$(reboot)'])(
    'judgeReport() skips a host whose version is %j, instead of failing the plan',
    (version) => {
      // Nor is it up to date because nothing is pinned.
      const none: Target = { kind: 'none', reason: '1.65.0 is in target.skipVersions' };
      for (const target of [pinned, none]) {
        expect(judgeReport(hostOf(version, '1.65.0'), target, policy)).toEqual({
          outcome: 'Skipped',
          code: 'UnknownVersion',
          reason: `runs "${version}", which is no Bottlerocket version`,
        });
      }
    },
  );
});
