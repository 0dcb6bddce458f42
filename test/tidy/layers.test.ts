// Who may import whom, and who may touch the real clock, chance and process.

import { existsSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bare, FOLDERS, files, ROOT, sourcesIn, uncommented } from './house.ts';

/** What it imports, as written. */
function importsOf(file: string): string[] {
  const statement =
    /^(?:import|export)\s[^'"`;]*?\bfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm;
  return [...uncommented(file).matchAll(statement)].map(
    ([, from, bareImport, dynamic]) => from ?? bareImport ?? dynamic!,
  );
}

interface Layer {
  /** What it may import of the house, itself included. */
  readonly house: readonly RegExp[];
  /** Packages it may import. */
  readonly packages: readonly RegExp[];
}

const CORE = /^functions\/core\//;
const AWS = /^functions\/aws\//;
const SIMULATOR = /^simulator\//;
const INFRA = /^infra\//;
const NODE = /^node:/;
const ZOD = /^zod$/;

/** The first that a file's path matches is its layer. */
const LAYERS: readonly (readonly [RegExp, Layer])[] = [
  [CORE, { house: [CORE], packages: [ZOD] }],
  [
    AWS,
    {
      house: [CORE, AWS],
      packages: [
        ZOD,
        /^@aws-sdk\//,
        /^@middy\/core$/,
        /^@slack\/web-api$/,
        /^@aws-lambda-powertools\/metrics$/,
        // What is too large for an item is compressed; everything else of Node is the SDK's business.
        /^node:zlib$/,
      ],
    },
  ],
  [/^functions\/[^/]+$/, { house: [CORE, AWS], packages: [ZOD] }],
  [
    SIMULATOR,
    {
      house: [SIMULATOR],
      packages: [NODE, ZOD, /^(croner|dynalite|esbuild|jsonata|just-bash|light-my-request|yaml)/],
    },
  ],
  [
    /^cli\/aws\//,
    {
      house: [CORE, AWS, SIMULATOR, INFRA, /^cli\//],
      packages: [NODE, ZOD, /^@aws-sdk\/client-/],
    },
  ],
  [/^cli\//, { house: [CORE, AWS, SIMULATOR, INFRA, /^cli\//], packages: [NODE, ZOD] }],
  [
    /^infra\/packaging\//,
    {
      house: [INFRA],
      packages: [NODE, /^(@aws-sdk\/credential-provider-env|@jridgewell\/|esbuild$|fflate$)/],
    },
  ],
  [INFRA, { house: [INFRA, CORE], packages: [NODE, ZOD, /^yaml$/] }],
];

describe('layers', () => {
  it('a file imports only what its layer may', () => {
    const wrong = files.flatMap((file) => {
      const layer = LAYERS.find(([path]) => path.test(file))?.[1];
      if (!layer || !file.endsWith('.ts')) return [];
      return importsOf(file)
        .filter((specifier) => {
          const inHouse = specifier.startsWith('.');
          const target = inHouse ? posix.join(dirname(file), specifier) : specifier;
          return !(inHouse ? layer.house : layer.packages).some((one) => one.test(target));
        })
        .map((specifier) => `${file} imports ${specifier}`);
    });
    expect(wrong).toEqual([]);
  });

  it('a handler imports no other handler', () => {
    const handlers = files.filter((file) => /^functions\/[^/]+\.ts$/.test(file));
    const wrong = handlers.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => /^\.\/[^/]+$/.test(specifier))
        .map((specifier) => `${file} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('an import of the house says its file, ending included', () => {
    const wrong = sourcesIn(...FOLDERS).flatMap((file) =>
      importsOf(file)
        .filter((specifier) => specifier.startsWith('.'))
        .filter((specifier) => !existsSync(join(ROOT, dirname(file), specifier)))
        .map((specifier) => `${file} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });
});

/** What makes two runs differ. */
const UNREPEATABLE: readonly (readonly [string, RegExp])[] = [
  ['Date.now', /\bDate\.now\b/],
  ['new Date()', /\bnew Date\(\s*\)/],
  ['Math.random', /\bMath\.random\b/],
  ['a real timer', /(?<![.\w#'])set(?:Timeout|Interval|Immediate)\(/],
  [
    'the real process',
    /(?<![.\w#])process\.(?:argv|cwd|env|exit|hrtime|memoryUsage|nextTick|on|pid|stderr|stdout|uptime)\b/,
  ],
  ['performance.now', /\bperformance\.now\b/],
];

/** Where the real world is touched on purpose. */
const EXEMPT: ReadonlyMap<string, string> = new Map([
  ['simulator/host/real-bash.ts', 'runs real processes while virtual time stands still'],
  ['simulator/kernel/clock.ts', 'lets promises settle between two instants'],
  ['simulator/lambda/virtual-http.ts', 'defines the timers that a function sees'],
  ['simulator/lambda/virtual-time.ts', 'defines the timers that a function sees'],
  ['simulator/model/extract.ts', 'is run by hand, never in a region'],
  ['simulator/region.ts', 'reports to a person what should never happen'],
  ['simulator/wire/pace.ts', 'ties virtual time to real time, for clients outside'],
]);

function unrepeatableIn(file: string): string[] {
  const code = bare(file);
  return UNREPEATABLE.filter(([, pattern]) => pattern.test(code)).map(([what]) => what);
}

describe('determinism', () => {
  it('the core and the simulator take time and chance only from where they are given', () => {
    const wrong = sourcesIn('functions/core', 'simulator')
      .filter((file) => !EXEMPT.has(file))
      .flatMap((file) => unrepeatableIn(file).map((what) => `${file} uses ${what}`));
    expect(wrong).toEqual([]);
  });

  it('no exemption is left over', () => {
    expect([...EXEMPT.keys()].filter((file) => unrepeatableIn(file).length === 0)).toEqual([]);
  });

  it('the core waits for nothing', () => {
    const wrong = sourcesIn('functions/core').filter((file) =>
      /\b(async|await|Promise)\b/.test(bare(file)),
    );
    expect(wrong).toEqual([]);
  });

  it('functions take the time from their one clock', () => {
    const wrong = sourcesIn('functions').filter(
      (file) =>
        file !== 'functions/aws/clock.ts' && /\bDate\.now\b|\bnew Date\(\s*\)/.test(bare(file)),
    );
    expect(wrong).toEqual([]);
  });
});
