// When a wave begins while its hosts download, and how soon they are looked at again.

import { describe, expect, it } from 'vitest';
import {
  downloadLookSeconds,
  mayStillDownload,
  waitsForDownloads,
} from '../../../functions/core/downloads.ts';

describe('waitsForDownloads', () => {
  it.each([
    ['nobody is ready', { ready: 0, downloading: 50 }, false],
    ['one fewer than places', { ready: 9, downloading: 41 }, false],
    ['one for each place', { ready: 10, downloading: 40 }, true],
    ['all of a wave smaller than its places', { ready: 4, downloading: 0 }, true],
    ['all but one of a wave smaller than its places', { ready: 3, downloading: 1 }, false],
    ['nobody downloads, nobody is ready: they all failed', { ready: 0, downloading: 0 }, true],
    ['some after a minute', { ready: 1, downloading: 3, forSeconds: 60 }, true],
    ['nobody after a minute', { ready: 0, downloading: 4, forSeconds: 600 }, false],
  ])('%s', (_, found, begins) => {
    const reason = waitsForDownloads({ places: 10, forSeconds: 59, ...found });
    expect(reason === undefined).toBe(begins);
  });

  it('says how many are ready and with how many it begins', () => {
    const found = { ready: 2, downloading: 5, places: 3, forSeconds: 10 };
    expect(waitsForDownloads(found)).toBe(
      '2 of the next 7 have downloaded the update, it begins with 3',
    );
  });
});

describe('mayStillDownload', () => {
  it('for its time limit after its deadline, and for four minutes of taking back and of clocks', () => {
    const until = 1_000_000 + 900_000 + 240_000;
    expect(mayStillDownload({ deadlineAt: 1_000_000 }, 900, until)).toBe(true);
    expect(mayStillDownload({ deadlineAt: 1_000_000 }, 900, until + 1)).toBe(false);
  });
});

describe('downloadLookSeconds', () => {
  it.each([
    [0, 20],
    [12, 8],
    [20, 5],
    [40, 5],
    [80, 10],
    [240, 30],
    [1200, 30],
  ])('after %i seconds the next look is in %i', (forSeconds, seconds) => {
    expect(downloadLookSeconds(forSeconds)).toBe(seconds);
  });
});
