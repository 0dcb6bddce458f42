// Decides when a release is offered to a host: Bottlerocket's own rollout in waves, by the host's
// seed.
//
// Schedules: bottlerocket-core-kit sources/updater/waves/*.toml. Arithmetic:
// sources/updater/update_metadata/src/lib.rs (`set_waves`, `update_ready`).

/** Seeds are drawn from 0 to MAX_SEED - 1. */
export const MAX_SEED = 2048;

export type WaveSchedule = 'default' | 'accelerated' | 'emergency' | 'none';

interface ScheduledWave {
  readonly startAfterSeconds: number;
  readonly fleetPercentage: number;
}

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

const wave = (startAfterSeconds: number, fleetPercentage: number): ScheduledWave => ({
  startAfterSeconds,
  fleetPercentage,
});

const SCHEDULES: Readonly<Record<WaveSchedule, readonly ScheduledWave[]>> = {
  default: [
    wave(HOUR_SECONDS, 1),
    wave(4 * HOUR_SECONDS, 5),
    wave(DAY_SECONDS, 15),
    wave(2 * DAY_SECONDS, 40),
    wave(4 * DAY_SECONDS, 60),
    wave(5 * DAY_SECONDS, 90),
    wave(6 * DAY_SECONDS, 100),
  ],
  accelerated: [
    wave(HOUR_SECONDS, 3),
    wave(4 * HOUR_SECONDS, 12),
    wave(8 * HOUR_SECONDS, 40),
    wave(16 * HOUR_SECONDS, 80),
    wave(DAY_SECONDS, 100),
  ],
  // The file is called `ohno.toml`.
  emergency: [
    wave(1800, 5),
    wave(HOUR_SECONDS, 25),
    wave(2 * HOUR_SECONDS, 50),
    wave(9000, 90),
    wave(3 * HOUR_SECONDS, 100),
  ],
  none: [],
};

interface Bound {
  readonly seed: number;
  readonly at: number;
}

/**
 * A wave's entry in the manifest carries the first seed of the wave, which is the last of the one
 * before.
 */
function boundsOf(publishedAt: number, schedule: WaveSchedule): Bound[] {
  let seed = 0;
  return SCHEDULES[schedule].map(({ startAfterSeconds, fleetPercentage }) => {
    const bound = { seed, at: publishedAt + startAfterSeconds * 1000 };
    seed = Math.floor(Math.fround(fleetPercentage / 100) * MAX_SEED);
    return bound;
  });
}

/**
 * The instant (epoch milliseconds) from which a host with this seed is offered the release.
 *
 * Inside a wave the target is `start + wave / seeds in the wave x seed`, where the original
 * multiplies by the whole seed and not by the seed's place in the wave; the end of the wave caps
 * it, because a wave that has passed is open to all.
 */
export function availableAt(publishedAt: number, schedule: WaveSchedule, seed: number): number {
  const bounds = boundsOf(publishedAt, schedule);
  const start = bounds.filter((bound) => bound.seed < seed).at(-1);
  const end = bounds.find((bound) => bound.seed >= seed);
  if (!start || bounds.length === 0) return publishedAt;
  if (!end) return start.at;
  const seeds = end.seed - start.seed;
  if (seeds === 0) return start.at;
  return Math.min(end.at, start.at + ((end.at - start.at) / seeds) * seed);
}
