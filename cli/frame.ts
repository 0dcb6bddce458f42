// Draws one picture of a running rollout, in as many columns and rows as the terminal has.

import type { Outcome } from '../functions/core/model.ts';
import type { WaveProgress } from './progress.ts';
import { type Line, type Span, styleOf } from './styled-text.ts';
import { cut, fill } from './text-width.ts';
import { clockText, durationText } from './time-text.ts';

/** What is shown, at one instant. */
export interface Picture {
  readonly cluster: string;
  readonly seed: number;
  /** Epoch milliseconds of simulated time. */
  readonly startedAt: number;
  readonly now: number;
  readonly phase: string;
  readonly waves: readonly WaveProgress[];
  readonly open: readonly {
    readonly ec2InstanceId: string;
    readonly startedAt: number;
    readonly text: string;
  }[];
  readonly counts: ReadonlyMap<Outcome, number>;
  /** With how many container instances wait for each reason. */
  readonly waiting: ReadonlyMap<string, number>;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const BAR_MAX = 24;
const BAR_MIN = 6;
/** Rows that the open container instances get at least, however small the terminal. */
const OPEN_ROWS_MIN = 2;

function heading(picture: Picture, { columns }: Size): Line[] {
  const { cluster, seed, now, startedAt, phase } = picture;
  const time = `${clockText(now)}  +${durationText((now - startedAt) / 1000)}`;
  const name = `${cluster}  seed ${seed}`;
  const left = fill(name, Math.max(0, columns - time.length - 2));
  return [[{ text: left, style: 'bold' }, '  ', time], [phase]];
}

function bar(wave: WaveProgress, columns: number): string {
  const filled = wave.size === 0 ? columns : Math.round((columns * wave.over) / wave.size);
  return '█'.repeat(Math.min(columns, filled)) + '░'.repeat(Math.max(0, columns - filled));
}

const WAVE_NAME_WIDTH = 14;
const SHARE_WIDTH = 9;
/** `to come`, or `baking 1:02:05`. */
const STATE_WIDTH = 14;

function waveLine(wave: WaveProgress, now: number, { columns }: Size): Line {
  const { startedAt, endedAt, phase } = wave;
  const name = fill(`wave ${wave.wave}${wave.kind === 'canary' ? ' canary' : ''}`, WAVE_NAME_WIDTH);
  const share = fill(`${wave.over}/${wave.size}`, SHARE_WIDTH, 'right');
  const room = columns - WAVE_NAME_WIDTH - SHARE_WIDTH - STATE_WIDTH - 2;
  const shape = room < BAR_MIN ? '' : ` ${bar(wave, Math.min(BAR_MAX, room))}`;
  const took = startedAt === undefined ? '' : durationText(((endedAt ?? now) - startedAt) / 1000);
  const style = phase === 'over' ? 'green' : phase === 'to come' ? 'dim' : undefined;
  const state = phase === 'to come' || phase === 'baking' ? `${phase} ${took}` : took;
  return [name, share, { text: shape, style }, ' ', { text: state, style }];
}

function countLine(counts: ReadonlyMap<Outcome, number>): Line {
  const spans = Array.from(counts, ([outcome, count]): Span => {
    return { text: `${outcome} ${count}`, style: styleOf(outcome) };
  });
  return spans.flatMap((span, index) => (index === 0 ? [span] : ['  ', span]));
}

function openLines(picture: Picture, { columns }: Size, rowsMax: number): Line[] {
  const { open, now } = picture;
  const shown = open.length > rowsMax ? open.slice(0, rowsMax - 1) : open;
  const lines = shown.map(({ ec2InstanceId, startedAt, text }): Line => {
    const since = durationText((now - startedAt) / 1000);
    // A narrow terminal keeps the step: ids differ in their first characters already.
    const id = columns < 60 ? cut(ec2InstanceId, 12) : ec2InstanceId;
    const step = fill(text, Math.max(0, columns - 4 - id.length - since.length - 1));
    return ['  ', id, '  ', step, ' ', since];
  });
  const rest = open.length - shown.length;
  return rest === 0 ? lines : [...lines, [{ text: `  and ${rest} more`, style: 'dim' }]];
}

function waitingLines(waiting: ReadonlyMap<string, number>): Line[] {
  return Array.from(waiting, ([reason, count]): Line => {
    return [{ text: `waiting: ${reason}${count > 1 ? ` (${count})` : ''}`, style: 'dim' }];
  });
}

/** Waves that fit: what is over scrolls away first. */
function shownWaves(waves: readonly WaveProgress[], rowsMax: number): readonly WaveProgress[] {
  if (waves.length <= rowsMax) return waves;
  const current = waves.findIndex(({ phase }) => phase !== 'over');
  const first = Math.max(0, (current < 0 ? waves.length : current) - 1);
  return waves.slice(Math.min(first, waves.length - rowsMax)).slice(0, rowsMax);
}

/** Lines for a terminal, at most `rows - 1` of them, so that nothing ever scrolls. */
export function drawFrame(picture: Picture, size: Size): Line[] {
  const rowsMax = Math.max(6, size.rows - 1);
  const top = heading(picture, size);
  const counts = picture.counts.size === 0 ? [] : [countLine(picture.counts)];
  const waiting = waitingLines(picture.waiting).slice(0, Math.max(1, Math.floor(rowsMax / 4)));
  const fixed = top.length + counts.length + waiting.length;
  const wavesMax = Math.max(1, Math.min(8, rowsMax - fixed - OPEN_ROWS_MIN));
  const waves = shownWaves(picture.waves, wavesMax).map((wave) =>
    waveLine(wave, picture.now, size),
  );
  const openMax = Math.max(1, rowsMax - fixed - waves.length);
  const open = openLines(picture, size, openMax);
  return [...top, ...waves, ...counts, ...open, ...waiting].slice(0, rowsMax);
}
