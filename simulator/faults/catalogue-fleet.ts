// Faults F32 to F70: of the table, of hosts and clusters, and of time, policy, people and input.

import type { CatalogueEntry, Injector } from './catalogue.ts';

const NOT_MODELLED = 'Not modelled';
const CALLER = 'From the caller';
const FLEET_FILE = 'From the fleet file';

/** An injector whose subject is one machine. */
function onHost(name: string, parameters?: Injector['parameters']): Injector {
  const subject = 'EC2 instance id';
  return parameters ? { name, subject, parameters } : { name, subject };
}

export const FLEET_FAULTS: readonly CatalogueEntry[] = [
  {
    number: 32,
    what: 'A conditional write loses against another writer.',
    injectors: [],
    without: 'Arises from concurrent writers, as with F19 or F24.',
  },
  {
    number: 33,
    what: 'A write to the table succeeds, but its answer is lost.',
    injectors: [
      {
        name: 'api-error-after-effect',
        subject: 'dynamodb:<Operation>',
        parameters: { answer: 'error (default), reset, or none' },
      },
    ],
  },
  {
    number: 34,
    what: 'An eventually consistent read answers with what was there before.',
    injectors: [
      {
        name: 'dynamodb-stale-read',
        subject: 'table name',
        parameters: { seconds: 'how old the answer is' },
      },
    ],
  },
  {
    number: 35,
    what: 'Items past their time to live stay readable for hours.',
    injectors: [],
    without: 'Always so: deletion follows hours after the expiry.',
  },
  {
    number: 36,
    what: 'An item is larger than 400 KB.',
    injectors: [],
    without: `${CALLER}: the limit is enforced.`,
  },
  {
    number: 37,
    what: 'The table is throttled or gone.',
    injectors: [
      { name: 'api-throttled', subject: 'dynamodb:<Operation>' },
      { name: 'api-error-before-effect', subject: 'dynamodb:<Operation>' },
    ],
  },
  {
    number: 38,
    what: 'A command never reaches its host.',
    injectors: [
      onHost('ssm-delivery-lost', { how: 'undeliverable; a delivery that times out unless said' }),
    ],
  },
  {
    number: 39,
    what: 'SSM runs the interrupted reboot document again after the boot.',
    injectors: [onHost('ssm-reruns-reboot')],
  },
  {
    number: 40,
    what: 'A reboot that happened is reported as failed.',
    injectors: [onHost('ssm-reboot-reported-failed')],
  },
  {
    number: 41,
    what: 'A reboot is accepted and never happens, happens late, or is followed by a second one.',
    injectors: [
      onHost('reboot-never-happens'),
      onHost('reboot-late', { seconds: 'how late, 600 unless said' }),
      onHost('reboot-to-reconcile'),
    ],
  },
  {
    number: 42,
    what: 'A host never comes back from its reboot.',
    injectors: [
      onHost('host-never-returns', {
        phase: 'before-mark (another boot falls back), or after it (default): every boot hangs',
      }),
    ],
  },
  {
    number: 43,
    what: 'A host falls back to its old version by itself.',
    injectors: [onHost('host-falls-back')],
  },
  {
    number: 44,
    what: 'A host comes back on a third version.',
    injectors: [
      onHost('third-version', { version: 'what is installed; the next release unless said' }),
    ],
  },
  {
    number: 45,
    what: 'On the new version the ECS agent stays away, or flaps, or the host is less protected.',
    injectors: [
      onHost('posture-weakened', {
        selinux: 'permissive; that alone unless parameters are given',
        verity: 'off',
        lockdown: 'none or confidentiality',
      }),
      onHost('ecs-agent-fails'),
      onHost('ecs-agent-flaps', {
        times: 'how often it goes away, 15 unless said',
        upSeconds: 'how long it stays each time, 40 unless said',
        downSeconds: 'how long it is away each time, 20 unless said',
      }),
    ],
  },
  {
    number: 46,
    what: 'The ECS agent registers as a new container instance.',
    injectors: [onHost('reregisters-as-new-container-instance')],
  },
  {
    number: 47,
    what: 'Preparing the update fails: disk full, or a write error.',
    injectors: [onHost('prepare-fails', { stderr: 'what updog prints' })],
  },
  {
    number: 48,
    what: 'The update repository cannot be reached, or its metadata is not valid.',
    injectors: [
      onHost('repository-unreachable', {
        how: 'refused (default), black-holed, or the text of a metadata error',
      }),
    ],
  },
  {
    number: 49,
    what: "The repository's wave is not open for a host yet.",
    injectors: [],
    without: `${FLEET_FILE}: releases[].waves and publishedAt, hosts[].bottlerocket.seed.`,
  },
  {
    number: 50,
    what: 'Somebody else has staged or activated an update, or holds the update lock.',
    injectors: [
      onHost('already-ready-by-someone', { state: 'Ready (default) or Staged' }),
      onHost('apiclient-locked', { seconds: 'how long the lock is held, 30 unless said' }),
    ],
  },
  {
    number: 51,
    what: 'An instance is terminated in the middle of its update: Spot, scale-in, or a person.',
    injectors: [
      onHost('spot-interruption'),
      onHost('instance-terminated', { why: 'request (default) or scale-in' }),
      { name: 'scale-in', subject: 'Auto Scaling group name' },
    ],
  },
  {
    number: 52,
    what: 'Auto Scaling replaces a host because it looks unhealthy while it reboots.',
    injectors: [
      onHost('asg-replaces-unhealthy', { seconds: 'how long it may be away, 30 unless said' }),
    ],
  },
  {
    number: 53,
    what: 'A host joins the cluster in the middle of a rollout.',
    injectors: [],
    without: `${CALLER}: SetDesiredCapacity; also the replacements of F51 and F52.`,
  },
  {
    number: 54,
    what: 'A drain never ends: a replacement cannot be placed.',
    injectors: [],
    without: `${FLEET_FILE}: no spare capacity, or minimum and maximum percent both 100.`,
  },
  {
    number: 55,
    what: 'A protected task keeps its host from draining, or draining ignores the protection.',
    injectors: [onHost('drain-ignores-task-protection')],
  },
  {
    number: 56,
    what: 'A standalone task starts between the check and the drain.',
    injectors: [
      onHost('standalone-task-starts', {
        taskDefinition: 'what starts; the first that fits unless said',
        endsAfterSeconds: 'when it ends by itself; never unless said',
      }),
    ],
  },
  {
    number: 57,
    what: 'Daemon tasks keep a host from ever being empty.',
    injectors: [],
    without: `${FLEET_FILE}: services with schedulingStrategy DAEMON.`,
  },
  {
    number: 58,
    what: "A service's deployment starts in the middle of a drain.",
    injectors: [{ name: 'service-deployment-starts', subject: 'service name' }],
  },
  {
    number: 59,
    what: 'Another actor drains, activates or deregisters a container instance.',
    injectors: [
      onHost('another-actor-changes-state', {
        status: 'ACTIVE (default), DRAINING, or DEREGISTERED',
      }),
      onHost('another-actor-ends-drain', {
        status: 'ACTIVE (default), DRAINING, or DEREGISTERED',
        afterSeconds: 'how long after the drain began, 5 unless said',
      }),
    ],
  },
  {
    number: 60,
    what: 'The cluster or a service is deleted in the middle of a rollout.',
    injectors: [{ name: 'cluster-deleted', subject: 'cluster name' }],
  },
  {
    number: 61,
    what: 'The window or a calendar closes in the middle of a wave.',
    injectors: [],
    without: `${FLEET_FILE}: calendars, and startAt near the close.`,
  },
  {
    number: 62,
    what: 'A window starts at a local time that does not exist, or exists twice.',
    injectors: [],
    without: `${FLEET_FILE}: startAt near a change of the clocks; schedules behave as AWS says.`,
  },
  {
    number: 63,
    what: 'A time zone or a schedule is not valid.',
    injectors: [],
    without: `${CALLER}: refused as Scheduler refuses it.`,
  },
  {
    number: 64,
    what: 'Slack cannot be reached.',
    injectors: [{ name: 'outside-unreachable', subject: 'host name' }],
  },
  {
    number: 65,
    what: 'A button click is forged, replayed, or late.',
    injectors: [],
    without: `${CALLER}.`,
  },
  {
    number: 66,
    what: 'Two people approve and abort at once.',
    injectors: [],
    without: `${CALLER}.`,
  },
  {
    number: 67,
    what: 'Tags, names or schedules hold hostile text.',
    injectors: [],
    without: `${FLEET_FILE}: tags of hosts and container instances, names of services.`,
  },
  {
    number: 68,
    what: 'The fleet has 10,000 hosts and 1,000 services.',
    injectors: [],
    without: `${FLEET_FILE}: buildFleet() makes one.`,
  },
  {
    number: 69,
    what: 'The policy changes in the middle of a rollout.',
    injectors: [],
    without: `${CALLER}.`,
  },
  {
    number: 70,
    what: 'A key is disabled, a secret rotated, or a log group deleted.',
    injectors: [],
    without: `${NOT_MODELLED}: there is no KMS, Secrets Manager or CloudWatch Logs here.`,
  },
];
