// Decides when a wave may begin although some of its hosts still download, and how soon to look at them again.

import { CLOCK_SKEW_MILLISECONDS } from './reboot.ts';

/** Half of all hosts have downloaded by then (a model, simulator/host/boot-timings.ts): the others are not waited for. */
const PATIENCE_SECONDS = 60;

/** Hardly a host has downloaded before. */
const FIRST_LOOK_SECONDS = 20;
const LOOK_SECONDS_MIN = 5;
const LOOK_SECONDS_MAX = 30;

/** The next container instances of a wave that has not begun. */
export interface Downloads {
  /** Those that could start, and those that still download. */
  readonly ready: number;
  readonly downloading: number;
  /** Most that may be out of service at once. */
  readonly places: number;
  /** Since the hosts were asked. */
  readonly forSeconds: number;
}

/**
 * It begins with one for each place. Earlier, the quickest to download would start whatever their place in the order of
 * work is; later, places would stay empty.
 *
 * @returns The sentence that says what is waited for, or undefined when the wave may begin.
 */
export function waitsForDownloads(downloads: Downloads): string | undefined {
  const { ready, downloading, places, forSeconds } = downloads;
  if (downloading === 0) return undefined;
  const next = ready + downloading;
  const wanted = Math.min(next, places);
  if (ready >= wanted || (ready > 0 && forSeconds >= PATIENCE_SECONDS)) return undefined;
  return `${ready} of the next ${next} have downloaded the update, it begins with ${wanted}`;
}

/** A script that failed to download takes back its settings before it ends: some calls on the host, with room to spare. */
const TAKE_BACK_MILLISECONDS = 120_000;

/**
 * Whether a script that was told to download may still be at work. Systems Manager may show a command as running for
 * hours that a reboot has cut off; the script itself begins before its deadline, and gives up after its time limit.
 */
export function mayStillDownload(
  sent: { readonly deadlineAt: number },
  timeoutSeconds: number,
  now: number,
): boolean {
  const longest = timeoutSeconds * 1000 + TAKE_BACK_MILLISECONDS + CLOCK_SKEW_MILLISECONDS;
  return now <= sent.deadlineAt + longest;
}

/** Whole seconds: the longer hosts have downloaded, the rarer one gets ready. */
export function downloadLookSeconds(forSeconds: number): number {
  const seconds = Math.max(LOOK_SECONDS_MIN, forSeconds / 8, FIRST_LOOK_SECONDS - forSeconds);
  return Math.round(Math.min(LOOK_SECONDS_MAX, seconds));
}
