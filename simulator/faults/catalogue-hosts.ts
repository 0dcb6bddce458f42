// Faults F38 to F52: of one host and of those who take it away.

import type { CatalogueEntry, Injector } from './catalogue.ts';
import { maybeOneOf, number, oneOf, text } from './parameters.ts';

/** An injector whose subject is one machine. */
function onHost(name: string, parameters?: Injector['parameters']): Injector {
  const injector = { name, subject: 'EC2 instance id', kind: 'EC2 instance' } as const;
  return parameters ? { ...injector, parameters } : injector;
}

export const HOST_FAULTS: readonly CatalogueEntry[] = [
  {
    number: 38,
    what: 'A command never reaches its host.',
    injectors: [
      onHost('ssm-delivery-lost', {
        how: oneOf(
          'how the command ends',
          'delivery-timed-out',
          'undeliverable',
          'access-denied',
          'connection-lost',
        ),
        seconds: number('connection-lost: how long the agent is away', 1800),
      }),
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
      onHost('reboot-late', { seconds: number('how late', 600) }),
      onHost('reboot-to-reconcile'),
    ],
  },
  {
    number: 42,
    what: 'A host never comes back from its reboot.',
    injectors: [
      onHost('host-never-returns', {
        phase: oneOf(
          'where it hangs: after the boot was marked successful every boot does, before it another boot falls back',
          'after-mark',
          'before-mark',
        ),
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
      onHost('third-version', {
        version: text('what is installed; the next release unless said'),
      }),
    ],
  },
  {
    number: 45,
    what: 'On the new version the ECS agent stays away, or flaps, or the host is less protected.',
    injectors: [
      onHost('ecs-agent-fails'),
      onHost('ecs-agent-flaps', {
        times: number('how often it goes away', 15),
        upSeconds: number('how long it stays each time', 40),
        downSeconds: number('how long it is away each time', 20),
      }),
      onHost('posture-weakened', {
        selinux: maybeOneOf('that alone unless parameters are given', 'permissive'),
        verity: maybeOneOf('of the root file system', 'off'),
        lockdown: maybeOneOf('mode of the kernel', 'none', 'confidentiality'),
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
    injectors: [onHost('prepare-fails', { stderr: text('what updog prints') })],
  },
  {
    number: 48,
    what: 'The update repository cannot be reached, or its metadata is not valid.',
    injectors: [
      onHost('repository-unreachable', {
        how: text('refused, black-holed, or the text of a metadata error', 'refused'),
      }),
    ],
  },
  {
    number: 49,
    what: "The repository's wave is not open for a host yet.",
    injectors: [onHost('repository-wave-closed')],
  },
  {
    number: 50,
    what: 'Somebody else has staged or activated an update, or holds the update lock.',
    injectors: [
      onHost('already-ready-by-someone', { state: oneOf('how far', 'Ready', 'Staged') }),
      onHost('apiclient-locked', { seconds: number('how long the lock is held', 30) }),
    ],
  },
  {
    number: 51,
    what: 'An instance is terminated in the middle of its update: Spot, scale-in, or a person.',
    injectors: [
      { ...onHost('spot-interruption'), strikes: 'watched' },
      {
        ...onHost('instance-terminated', { why: oneOf('who did it', 'request', 'scale-in') }),
        strikes: 'watched',
      },
      {
        name: 'scale-in',
        subject: 'Auto Scaling group name',
        kind: 'Auto Scaling group',
        strikes: 'watched',
      },
    ],
  },
  {
    number: 52,
    what: 'Auto Scaling replaces a host because it looks unhealthy while it reboots.',
    injectors: [
      onHost('asg-replaces-unhealthy', { seconds: number('how long it may be away', 30) }),
    ],
  },
];
