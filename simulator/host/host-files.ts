// The files of a machine that scripts read.

import type { Bottlerocket } from './bottlerocket.ts';

const AMAZON_LINUX_RELEASE = [
  'NAME="Amazon Linux"',
  'VERSION="2023"',
  'ID="amzn"',
  'VERSION_ID="2023"',
  'PRETTY_NAME="Amazon Linux 2023"',
  '',
].join('\n');

/**
 * Where a script runs: in the control container on Bottlerocket, on the machine itself elsewhere.
 */
export function hostFiles(
  bootId: string,
  uptimeSeconds: number,
  bottlerocket: Bottlerocket | undefined,
): Readonly<Record<string, string>> {
  return {
    '/proc/sys/kernel/random/boot_id': `${bootId}\n`,
    // The second number is how long all processors together were idle: nothing of ours has to do with that.
    '/proc/uptime': `${uptimeSeconds.toFixed(2)} ${uptimeSeconds.toFixed(2)}\n`,
    // The control container has its own os-release; the host's is mounted beside it.
    '/etc/os-release': AMAZON_LINUX_RELEASE,
    ...(bottlerocket
      ? {
          '/etc/bottlerocket-release': bottlerocket.releaseFile(),
          '/proc/cmdline': bottlerocket.commandLine(),
        }
      : {}),
  };
}
