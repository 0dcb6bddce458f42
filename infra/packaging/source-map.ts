// Cuts a source map down to our own lines: the libraries' would make it larger than the bundle, and nobody reads them.

import {
  decode,
  encode,
  type SourceMapMappings,
  type SourceMapSegment,
} from '@jridgewell/sourcemap-codec';

interface SourceMap {
  readonly version: 3;
  readonly sources: readonly string[];
  readonly names: readonly string[];
  readonly mappings: string;
}

/** Segments of one line: one per line of ours, which is what a stack trace is read for, and one where ours ends. */
function ownSegments(
  line: readonly SourceMapSegment[],
  newIndexOf: ReadonlyMap<number, number>,
): SourceMapSegment[] {
  const kept: SourceMapSegment[] = [];
  for (const [column, source, originalLine, originalColumn] of line) {
    const index = source === undefined ? undefined : newIndexOf.get(source);
    const last = kept.at(-1);
    if (index === undefined) {
      if (last && last.length > 1) kept.push([column]);
    } else if (last?.[1] !== index || last[2] !== originalLine) {
      kept.push([column, index, originalLine!, originalColumn!]);
    }
  }
  return kept;
}

/** @param text A source map as esbuild writes it. */
export function ownLinesOnly(text: string): string {
  const { sources, mappings } = JSON.parse(text) as SourceMap;
  const own = sources.filter((source) => !source.includes('node_modules/'));
  const newIndexOf = new Map(own.map((source, index) => [sources.indexOf(source), index]));
  const lines: SourceMapMappings = decode(mappings).map((line) => ownSegments(line, newIndexOf));
  return JSON.stringify({ version: 3, sources: own, names: [], mappings: encode(lines) });
}
