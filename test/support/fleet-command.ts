// Runs `fleet` in this process, with files of its own and everything it writes collected.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../cli/run-command.ts';
import { draftFleet, type FleetDraft } from '../../simulator/fleet-file/build-fleet.ts';
import { DEMO_PLAN } from '../../simulator/fleet-file/fleet-plan.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param args What follows `fleet`. */
export async function runFleet(...args: string[]): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const collect = (into: (text: string) => void) => ({
    isTTY: false,
    columns: 80,
    rows: 24,
    write(text: unknown): boolean {
      into(String(text));
      return true;
    },
  });
  const surroundings = {
    stdout: collect((text) => {
      stdout += text;
    }),
    stderr: collect((text) => {
      stderr += text;
    }),
    environment: {},
  };
  const code = await runCommand(args, surroundings);
  return { code, stdout, stderr };
}

/** @param args What follows `fleet simulate`. */
export async function runSimulate(args: readonly string[]): Promise<Ran> {
  return runFleet('simulate', ...args);
}

/** Three container instances with one service and a daemon: room for every drain, nothing that would be lost by one. */
export function smallFleetFile(): FleetDraft {
  const services = DEMO_PLAN.services.filter(({ name }) => ['web', 'log-router'].includes(name));
  return draftFleet({ containerInstances: 3, services, standaloneTasks: [] });
}

/** A folder for the files of one test. */
export class Files {
  readonly #folder = mkdtempSync(join(tmpdir(), 'fleet-'));

  /** @returns The file's path. */
  write(name: string, content: unknown): string {
    const path = join(this.#folder, name);
    const isRaw = typeof content === 'string' || Buffer.isBuffer(content);
    writeFileSync(path, isRaw ? content : JSON.stringify(content));
    return path;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
