// The live view: what it shows, that it fits, and that it leaves the terminal as it was.

import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { drawFrame, type Picture } from '../../cli/frame.ts';
import { LiveView, type Terminal } from '../../cli/live-view.ts';
import { paintLine } from '../../cli/styled-text.ts';
import { widthOf } from '../../cli/text-width.ts';
import type { Outcome } from '../../functions/core/model.ts';

const STARTED_AT = Date.parse('2026-11-24T02:00:00Z');

function picture(open: number, waves = 3): Picture {
  return {
    cluster: 'prod',
    seed: 1,
    startedAt: STARTED_AT,
    now: STARTED_AT + 3_725_000,
    phase: 'rolling out',
    waves: Array.from({ length: waves }, (_, index) => ({
      wave: index + 1,
      kind: index === 0 ? 'canary' : 'wave',
      size: 1000,
      over: index === 0 ? 1000 : 12,
      phase: index === 0 ? 'over' : index === 1 ? 'baking' : 'to come',
      startedAt: STARTED_AT,
      endedAt: index === 0 ? STARTED_AT + 60_000 : undefined,
    })),
    open: Array.from({ length: open }, (_, index) => ({
      ec2InstanceId: `i-0${String(index).padStart(16, '0')}`,
      startedAt: STARTED_AT,
      text: 'verifying, waits for its ECS agent',
    })),
    counts: new Map<Outcome, number>([
      ['Updated', 12],
      ['Skipped', 3],
      ['RolledBack', 1],
    ]),
    waiting: new Map([
      ['2 of at most 2 container instances of service \u001b[2Jcheckout are out of service', 9],
    ]),
  };
}

function drawn(shown: Picture, columns: number, rows = 24): string[] {
  const paint = { width: columns, colour: false };
  return drawFrame(shown, { columns, rows }).map((line) => paintLine(line, paint));
}

describe('drawFrame()', () => {
  it('shows clock, phase, waves, outcomes, steps and reasons', () => {
    expect(drawn(picture(2), 80)).toMatchInlineSnapshot(`
      [
        "prod  seed 1                                                  03:02:05  +1:02:05",
        "rolling out",
        "wave 1 canary 1000/1000 ████████████████████████ 01:00",
        "wave 2          12/1000 ░░░░░░░░░░░░░░░░░░░░░░░░ baking 1:02:05",
        "wave 3          12/1000 ░░░░░░░░░░░░░░░░░░░░░░░░ to come 1:02:05",
        "Updated 12  Skipped 3  RolledBack 1",
        "  i-00000000000000000  verifying, waits for its ECS agent                1:02:05",
        "  i-00000000000000001  verifying, waits for its ECS agent                1:02:05",
        "waiting: 2 of at most 2 container instances of service \\x1b[2Jcheckout are out …",
      ]
    `);
  });

  it('fits every width from 40 columns on', () => {
    for (let columns = 40; columns <= 200; columns++) {
      for (const line of drawn(picture(30), columns)) {
        expect(widthOf(line)).toBeLessThanOrEqual(columns);
      }
    }
  });

  it('never fills the last row, however much is going on', () => {
    for (const rows of [8, 12, 24, 50]) {
      expect(drawn(picture(200, 40), 80, rows).length).toBeLessThan(rows);
    }
  });

  it('shows the wave that runs when not all waves fit', () => {
    expect(drawn(picture(2, 40), 80, 12).join('\n')).toContain('baking');
  });

  it('never lets a name write to the terminal', () => {
    expect(drawn(picture(1), 120).join('\n')).not.toContain('\u001b');
  });
});

class FakeTerminal implements Terminal {
  columns = 80;
  rows = 24;
  written = '';

  write(text: string): void {
    this.written += text;
  }

  take(): string {
    const { written } = this;
    this.written = '';
    return written;
  }
}

describe('LiveView', () => {
  const view = (terminal: Terminal) =>
    new LiveView(terminal, { colour: false, picture: () => picture(2) });

  it('hides the cursor and gives it back, once', () => {
    const terminal = new FakeTerminal();
    const live = view(terminal);
    live.start();
    expect(terminal.take().startsWith('\u001b[?25l')).toBe(true);
    live.stop();
    expect(terminal.take().endsWith('\u001b[?25h')).toBe(true);
    live.stop();
    live.abandon();
    expect(terminal.take()).toBe('');
  });

  it('gives the cursor back when it is ended in the middle', () => {
    const terminal = new FakeTerminal();
    const live = view(terminal);
    live.start();
    live.abandon();
    expect(terminal.take().endsWith('\n\u001b[?25h')).toBe(true);
  });

  it('rewrites in place: up over its own lines, never the whole screen', () => {
    const terminal = new FakeTerminal();
    const live = view(terminal);
    live.draw();
    const lines = terminal.take().split('\n').length - 1;
    live.draw();
    const again = terminal.take();
    expect(again).toContain(`\u001b[${lines}A\r`);
    expect(again).not.toContain('\u001b[2J');
  });

  it('finds its top again after the terminal became half as wide', () => {
    const terminal = new FakeTerminal();
    const live = view(terminal);
    live.draw();
    const shown = terminal.take();
    terminal.columns = 40;
    live.draw();
    const rows = shown
      .split('\n')
      .slice(0, -1)
      .map((line) => stripVTControlCharacters(line).length)
      .reduce((sum, used) => sum + Math.max(1, Math.ceil(used / 40)), 0);
    expect(terminal.take()).toContain(`\u001b[${rows}A\r`);
  });
});
