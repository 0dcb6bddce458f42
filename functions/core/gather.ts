// Decides how long a dispatcher lets more container instances end before it judges them together.

/** Open container instances per second of gathering, and the longest it may take. */
const OPEN_PER_SECOND = 20;
const GATHER_SECONDS_MAX = 5;

/**
 * With many open, some end every few seconds, and each look reads all that are open: without this the work per container
 * instance would grow with the fleet. A freed place stays empty for this long, a per cent or two of the minutes that
 * one update takes; with few open, every end is judged at once.
 *
 * @returns Whole seconds, 0 to 5.
 */
export function gatherSeconds(open: number): number {
  return Math.min(GATHER_SECONDS_MAX, Math.floor(open / OPEN_PER_SECOND));
}
