// Bugs that other updaters have had, each as a change of our source: the harness must notice every one of them.

/** One exact replacement; the text must be there once. */
export interface Patch {
  /** From the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface SeededBug {
  readonly name: string;
  /** What the updater would do wrong. */
  readonly what: string;
  readonly patches: readonly Patch[];
}

const REBOOT_HANDLER = 'functions/reboot-into-update.ts';
const REBOOT_SENT = '  // Nothing to look at yet: the host needs seconds';
const LEASE = 'functions/aws/lease.ts';
const DISPATCH = 'functions/core/dispatch.ts';
const DISPATCH_STOPS = 'functions/core/dispatch-stops.ts';

export const SEEDED_BUGS: readonly SeededBug[] = [
  {
    name: 'active-before-verified',
    what: 'sets the instance ACTIVE as soon as the reboot was asked for',
    patches: [
      {
        file: REBOOT_HANDLER,
        find: "import { sendDocument } from './aws/documents.ts';",
        replace:
          "import { sendDocument } from './aws/documents.ts';\nimport { setContainerInstanceState } from './aws/ecs.ts';",
      },
      {
        file: REBOOT_HANDLER,
        find: REBOOT_SENT,
        replace: `  await setContainerInstanceState(clusterArn, containerInstanceArn, 'ACTIVE');\n${REBOOT_SENT}`,
      },
    ],
  },
  {
    name: 'orphan-invisible',
    what: 'never looks at an instance whose execution died',
    patches: [
      {
        file: 'functions/aws/sweep-rollout.ts',
        find: 'if (wait === undefined) await sweepOrphan(rollout, record);',
        replace: 'if (wait === undefined) void sweepOrphan;',
      },
    ],
  },
  {
    name: 'reboots-twice',
    what: 'reboots whatever boot the command finds, at whatever time',
    patches: [
      {
        file: 'infra/ssm-documents/common.sh',
        find: 'EXPECTED_BOOT=',
        replace: 'EXPECTED_BOOT= #',
      },
      {
        file: 'infra/ssm-documents/common.sh',
        find: 'NOT_AFTER=',
        replace: 'NOT_AFTER=9999999999 #',
      },
      {
        file: 'infra/ssm-documents/activate-and-reboot.yml',
        find: '[ "$STAGED" = "$SSM_TargetVersion" ] ||',
        replace: '[ "$STAGED" = "$SSM_TargetVersion" ] || report_and_reboot "" ||',
      },
    ],
  },
  {
    name: 'lock-without-fence',
    what: 'takes its lock by a time to live that nobody renews, and never looks at it again',
    patches: [
      { file: LEASE, find: 'const LEASE_SECONDS = 900;', replace: 'const LEASE_SECONDS = 60;' },
      {
        file: LEASE,
        find: '  const written = await updateItem(leaseKey(clusterArn), {\n    set: { deadlineAt: now() + LEASE_SECONDS * 1000 },',
        replace:
          '  if (LEASE_SECONDS > 0) return;\n  const written = await updateItem(leaseKey(clusterArn), {\n    set: { deadlineAt: now() + LEASE_SECONDS * 1000 },',
      },
      {
        file: LEASE,
        find: '  if (lease?.rolloutId !== held.rolloutId || lease.fence !== held.fence) {',
        replace: '  if (LEASE_SECONDS < 0) {',
      },
      {
        file: 'functions/open-rollout.ts',
        find: 'if (unclosed && before.deadlineAt <= at) {',
        replace: 'if (unclosed && before.deadlineAt < 0) {',
      },
    ],
  },
  {
    name: 'lock-released-before-undo',
    what: 'closes the rollout and gives its lock back while instances are still being ended',
    patches: [
      {
        file: 'functions/aws/close-out.ts',
        find: 'if (begun.length > 0 && isPatient) {',
        replace: 'if (begun.length > 10_000 && isPatient) {',
      },
    ],
  },
  {
    name: 'window-checked-once',
    what: 'looks at window and calendars only when it begins',
    patches: [
      {
        file: 'functions/aws/surroundings.ts',
        find: 'window: { closeAt: windowCloseAt, ...calendars },',
        replace:
          'window: { closeAt: undefined, ...calendars, calendarsOpen: true, calendarsUnknown: undefined, calendarsNextTransitionAt: undefined },',
      },
    ],
  },
  {
    name: 'budget-rounded-up',
    what: 'rounds a share of the fleet up',
    patches: [
      {
        file: 'functions/core/policy.ts',
        find: 'Math.max(1, Math.floor((Number.parseInt(limit, 10) * total) / 100))',
        replace: 'Math.max(1, Math.ceil((Number.parseInt(limit, 10) * total) / 100))',
      },
    ],
  },
  {
    name: 'single-page-of-tasks',
    what: 'reads one page of ListTasks (of one task, as the fleets are small) and asks nobody else before it reboots',
    patches: [
      {
        file: 'functions/aws/ecs.ts',
        find: 'desiredStatus,\n        maxResults: 100,',
        replace: 'desiredStatus,\n        maxResults: 1,',
      },
      {
        file: 'functions/aws/ecs.ts',
        find: 'return { items: page.taskArns ?? [], nextToken: page.nextToken };',
        replace: 'return { items: page.taskArns ?? [], nextToken: undefined };',
      },
      {
        file: REBOOT_HANDLER,
        find: 'if (seen.tasksWanted > 0) {',
        replace: 'if (seen.tasksWanted < 0) {',
      },
    ],
  },
  {
    name: 'trusts-the-reboot-command',
    what: 'takes the command that was sent for the reboot that happened',
    patches: [
      {
        file: REBOOT_HANDLER,
        find: "import { sendDocument } from './aws/documents.ts';",
        replace:
          "import { sendDocument } from './aws/documents.ts';\nimport { answerSuccess } from './aws/executions.ts';",
      },
      {
        file: REBOOT_HANDLER,
        find: REBOOT_SENT,
        replace: `  await answerSuccess(token, { bootId: data.bootIdBefore, version: data.toVersion });\n${REBOOT_SENT}`,
      },
    ],
  },
  {
    name: 'no-answer-is-no-update',
    what: 'takes a host that could not say whether there is an update for one without',
    patches: [
      {
        file: 'functions/aws/looks/commands.ts',
        find: "return { outcome: 'Skipped', code, reason, step: 'Over', finishedAt: now() };",
        replace:
          "return { outcome: code === 'CheckFailed' ? 'UpToDate' : 'Skipped', code, reason, step: 'Over', finishedAt: now() };",
      },
    ],
  },
  {
    name: 'events-trusted',
    what: 'takes the event of an ECS agent that connects for a finished reboot',
    patches: [
      {
        file: 'functions/aws/looks/reboot.ts',
        find: '  if (data.probeCommandId === undefined) {\n',
        replace:
          "  if (trigger === 'event' && agentBackVersion !== undefined) {\n    return { kind: 'held', output: { bootId: data.bootIdBefore, version: data.toVersion, agentConnectedVersion: agentBackVersion, postureRemarks: [] } };\n  }\n  if (data.probeCommandId === undefined) {\n",
      },
    ],
  },
  {
    name: 'rollback-outside-the-budget',
    what: 'takes back as many at once as there are',
    patches: [
      {
        file: DISPATCH,
        find: 'const out = [...world.open, ...world.otherOut, ...started];',
        replace:
          'const out = world.goingBack ? [] : [...world.open, ...world.otherOut, ...started];',
      },
    ],
  },
  {
    name: 'undoes-the-drain-of-others',
    what: 'updates what somebody else has drained, and sets it ACTIVE afterwards',
    patches: [
      {
        file: 'functions/core/eligibility.ts',
        find: "if (instance.status === 'DRAINING') {",
        replace: "if (instance.status === 'NEVER') {",
      },
      {
        file: 'functions/core/eligibility.ts',
        find: "if (instance.status !== 'ACTIVE') {",
        replace: "if (instance.status === 'INACTIVE') {",
      },
      {
        file: 'functions/core/candidate.ts',
        find: "if (seen.status !== 'ACTIVE') {",
        replace: "if (seen.status === 'NEVER') {",
      },
    ],
  },
  {
    name: 'record-before-effect',
    what: 'writes that the instance has returned before it is ACTIVE',
    patches: [
      {
        file: 'functions/return-to-service.ts',
        find: "step: 'Returning', reason: 'returning to service' }",
        replace: "step: 'Returning', reason: 'returning to service', returnedAt: now() }",
      },
    ],
  },
  {
    name: 'drains-unmarked',
    what: 'drains without leaving its mark',
    patches: [
      {
        file: 'functions/drain-container-instance.ts',
        find: '  await markOwned(clusterArn, containerInstanceArn, rolloutId, wayBackOf(record));',
        replace: '  void [markOwned, wayBackOf];',
      },
    ],
  },
  {
    name: 'wave-without-bake',
    what: 'begins the next wave at once',
    patches: [
      {
        file: 'functions/core/bake.ts',
        find: '  const bakedAt = greenSince + bakeTimeSeconds * 1000;',
        replace: '  const bakedAt = greenSince;',
      },
    ],
  },
  {
    name: 'deaf-to-abort',
    what: 'goes on after a person has aborted',
    patches: [
      {
        file: DISPATCH_STOPS,
        find: '  if (control.abort) {',
        replace: '  if (control.abort?.at === 0) {',
      },
    ],
  },
  {
    name: 'zone-budget-forgotten',
    what: 'counts the cluster, not the zone',
    patches: [
      {
        file: 'functions/core/budget.ts',
        find: 'if (budget.perAvailabilityZoneMax !== undefined) {',
        replace: 'if (budget.perAvailabilityZoneMax === 0) {',
      },
    ],
  },
  {
    name: 'any-version-will-do',
    what: 'takes any new boot for the update, as the incumbent does',
    patches: [
      {
        file: 'functions/core/reboot.ts',
        find: 'if (version === expected.toVersion)',
        replace: "if (version !== '')",
      },
    ],
  },
  {
    name: 'failures-uncounted',
    what: 'walks a bad release through the whole fleet',
    patches: [
      {
        file: DISPATCH_STOPS,
        find: 'if (!goingBack && failures > policy.failureBudget) {',
        replace: 'if (!goingBack && failures > 10_000) {',
      },
    ],
  },
  {
    name: 'unknown-alarm-is-green',
    what: 'takes an alarm without data for one that is quiet',
    patches: [
      {
        file: 'functions/core/bake.ts',
        find: ".filter(({ state }) => state !== 'OK')",
        replace: ".filter(({ state }) => state === 'ALARM')",
      },
    ],
  },
  {
    name: 'lock-never-released',
    what: 'keeps its lock for ever',
    patches: [
      {
        file: LEASE,
        find: "  await updateItem(leaseKey(clusterArn), {\n    remove: ['rolloutId',",
        replace:
          "  if (LEASE_SECONDS > 0) return;\n  await updateItem(leaseKey(clusterArn), {\n    remove: ['rolloutId',",
      },
    ],
  },
];
