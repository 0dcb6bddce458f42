// How the agent and the API cut and combine what a script wrote.
//
// amazon-ssm-agent agent/framework/processor/executer/iohandler/iohandler.go; API reference,
// GetCommandInvocation.

import type { PluginRecord } from './command.ts';

const STDOUT_MAX = 24_000;
const STDERR_MAX = 8_000;
const OUTPUT_MAX = 2_500;

const ERROR_TITLE = '\n----------ERROR-------\n';
const OUTPUT_TRUNCATED = '\n---Output truncated---';
const ERROR_TRUNCATED = '\n---Error truncated----';

export function standardOutput(plugin: PluginRecord): string {
  return plugin.stdout.slice(0, STDOUT_MAX);
}

export function standardError(plugin: PluginRecord): string {
  return plugin.stderr.slice(0, STDERR_MAX);
}

/** `CommandPlugin.Output`: both streams in 2,500 characters (`TruncateOutput`). */
export function combinedOutput(plugin: PluginRecord): string {
  if (plugin.agentOutput !== undefined) return plugin.agentOutput;
  const { stdout, stderr } = plugin;
  const title = stderr === '' ? '' : ERROR_TITLE;
  const available = OUTPUT_MAX - title.length;
  if (stdout.length + stderr.length < available) return stdout + title + stderr;
  if (stdout.length > available / 2 && stderr.length > available / 2) {
    const half = Math.floor((available - ERROR_TRUNCATED.length - OUTPUT_TRUNCATED.length) / 2);
    return (
      stdout.slice(0, half) + OUTPUT_TRUNCATED + title + stderr.slice(0, half) + ERROR_TRUNCATED
    );
  }
  if (stdout.length <= available / 2) {
    const room = available - ERROR_TRUNCATED.length - stdout.length;
    return stdout + title + stderr.slice(0, room) + ERROR_TRUNCATED;
  }
  const room = available - OUTPUT_TRUNCATED.length - stderr.length;
  return stdout.slice(0, room) + OUTPUT_TRUNCATED + title + stderr;
}
