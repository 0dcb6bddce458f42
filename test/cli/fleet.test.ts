// The command line as a process: exit codes, streams, signals, closed pipes.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { ECSClient, ListContainerInstancesCommand } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';

const FLEET = fileURLToPath(new URL('../../cli/fleet.ts', import.meta.url));

type Child = ChildProcessByStdio<null, Readable, Readable>;

function fleet(...args: string[]): Child {
  return spawn(process.execPath, [FLEET, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

function collect(stream: Readable): () => string {
  let text = '';
  stream.on('data', (chunk) => {
    text += chunk;
  });
  return () => text;
}

function closed(child: Child): Promise<number | null> {
  return new Promise((resolve) => child.on('close', resolve));
}

describe('fleet', () => {
  it('answers help on standard output', async () => {
    const child = fleet('help');
    const stdout = collect(child.stdout);
    expect(await closed(child)).toBe(0);
    expect(stdout()).toMatch(/^Usage: fleet COMMAND/);
  });

  it('answers what it does not know with one line on standard error and exit code 2', async () => {
    const child = fleet('simulate', '--policy', '/no/such/\u001b[31mfile');
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    expect(await closed(child)).toBe(2);
    expect(stdout()).toBe('');
    expect(stderr()).toBe(
      'fleet: cannot read the policy /no/such/\\x1b[31mfile: there is no such file\n',
    );
  });

  it('ends quietly when nobody reads on', async () => {
    const child = fleet('simulate', '--plain');
    const stderr = collect(child.stderr);
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await closed(child)).toBe(0);
    expect(stderr()).toBe('');
  });

  it('ends with 130 on Ctrl-C', async () => {
    const child = fleet('simulate', '--plain');
    const stderr = collect(child.stderr);
    child.stdout.once('data', () => child.kill('SIGINT'));
    expect(await closed(child)).toBe(130);
    expect(stderr()).toBe('');
  });

  it('serves a region to any AWS client until Ctrl-C', async () => {
    const child = fleet('simulate', '--serve', '0', '--without-product');
    const stdout = collect(child.stdout);
    const end = closed(child);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const endpoint = /http:\/\/127\.0\.0\.1:\d+/.exec(stdout())?.[0] ?? '';
    const credentials = { accessKeyId: 'simulated', secretAccessKey: 'simulated' };
    const ecs = new ECSClient({ region: 'eu-west-1', endpoint, credentials });
    const answer = await ecs.send(new ListContainerInstancesCommand({ cluster: 'prod' }));
    expect(answer.containerInstanceArns).toHaveLength(24);
    ecs.destroy();
    child.kill('SIGINT');
    expect(await end).toBe(0);
    expect(stdout()).toContain('aws ecs list-container-instances --cluster prod');
    expect(stdout()).not.toContain('start-execution');
  });
});
