// Looks into /proc: what the processes of one group are doing, and whether any of them holds a
// script's output open.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

interface Process {
  readonly pid: number;
  /**
   * `S` when it waits for something, `R` when it computes, `Z` when it has ended and its parent has
   * not noticed.
   */
  readonly state: string;
}

function outputsOf(pid: number): string[] {
  return [1, 2].flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${descriptor}`)];
    } catch {
      // It ended between the listing and the look.
      return [];
    }
  });
}

/** proc(5): after the name in parentheses come state, parent and process group. */
function processIn(group: number, pid: string): Process[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', , inGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(inGroup) === group ? [{ pid: Number(pid), state }] : [];
  } catch {
    // It ended between the listing and the look.
    return [];
  }
}

function processesOf(group: number): Process[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => processIn(group, pid));
}

/** Some process of the group has one of these files as its standard output or error. */
export function anyHolds(group: number, outputs: readonly string[]): boolean {
  return processesOf(group).some(({ pid }) =>
    outputsOf(pid).some((output) => outputs.includes(output)),
  );
}

/**
 * Nothing of the group computes: every process sleeps, be it for us, for a child, or for the other
 * end of a pipe.
 */
export function allSleep(group: number): boolean {
  return processesOf(group).every(({ state }) => state === 'S');
}
