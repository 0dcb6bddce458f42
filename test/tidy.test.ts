// The house rules as a test: who may import whom, which words are banned, how long a file may be, what needs a twin.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../infra/functions.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['functions', 'simulator', 'cli', 'infra', 'state-machines', 'test', 'docs'];

/** Paths of every file of the house, from its root. */
const files = [
  ...FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length)),
  ),
  ...readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name),
].sort();

const texts = new Map(
  files
    .filter((file) => /\.(ts|mjs|json|md|yml|sh)$/.test(file) && file !== 'package-lock.json')
    .map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]),
);

function textOf(file: string): string {
  return texts.get(file) ?? '';
}

function sourcesIn(...folders: readonly string[]): string[] {
  return files.filter(
    (file) => file.endsWith('.ts') && folders.some((folder) => file.startsWith(`${folder}/`)),
  );
}

const COMMENT = /\/\/.*|\/\*[\s\S]*?\*\//;
const STRING = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/;
const commentOrString = new RegExp(`(${STRING.source})|${COMMENT.source}`, 'g');

/** Its code without comments, strings kept. */
function uncommented(file: string): string {
  return textOf(file).replace(commentOrString, (_, string: string | undefined) => string ?? ' ');
}

/** Its code without comments and strings. */
function bare(file: string): string {
  return textOf(file).replace(commentOrString, ' ');
}

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

/** Words of an identifier: `describeNodes` is describe, nodes. */
function wordsOf(identifier: string): string[] {
  return identifier
    .split(/(?=[A-Z])|[_$]/)
    .map((word) => word.toLowerCase())
    .filter((word) => word !== '');
}

function identifiersIn(file: string): string[] {
  return [...new Set(bare(file).match(/[A-Za-z_$][\w$]*/g) ?? [])];
}

/** Systems Manager calls what it manages nodes. */
const SPEAKS_OF_MANAGED_NODES: readonly string[] = [
  'cli/aws/read-cluster.ts',
  'functions/aws/documents.ts',
  'functions/discover-container-instances.ts',
];

function meansContainerInstance(file: string, identifier: string): boolean {
  const words = wordsOf(identifier);
  const node =
    words.some((word) => /^nodes?$/.test(word)) && !/^node(js)?$|NodeJS/.test(identifier);
  const machine = words.some(
    (word, index) => /^machines?$/.test(word) && words[index - 1] !== 'state',
  );
  // On its own it is a state machine wherever state machines are spoken of.
  const ofStates = /states?[-_ ]?machines?/i.test(textOf(file));
  return (node && !SPEAKS_OF_MANAGED_NODES.includes(file)) || (machine && !ofStates);
}

const VAGUE = /^(utils?|helpers?|managers?|misc|common-code)$/;

describe('words', () => {
  it('a container instance is called neither node nor machine', () => {
    const wrong = sourcesIn('functions', 'infra', 'cli').flatMap((file) =>
      identifiersIn(file)
        .filter((identifier) => meansContainerInstance(file, identifier))
        .map((identifier) => `${file}: ${identifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('an EC2 instance is called ec2InstanceId, except where AWS itself says instanceId', () => {
    const wrong = sourcesIn('functions/core', 'infra').filter((file) =>
      identifiersIn(file).includes('instanceId'),
    );
    expect(wrong).toEqual([]);
  });

  it('no file, folder or name is vague about what it holds', () => {
    const paths = files.filter((file) => file.split(/[/.]/).some((part) => VAGUE.test(part)));
    const named = files.filter((file) =>
      /(^|[/-])(utils?|helpers?|(?<!systems-)manager)\b/.test(file),
    );
    const names = sourcesIn('functions', 'infra', 'cli', 'simulator').flatMap((file) =>
      identifiersIn(file)
        .filter((identifier) => /^[A-Za-z]+(Utils?|Helpers?|Manager)$/.test(identifier))
        .filter((identifier) => !/systemsManager$/i.test(identifier))
        .map((identifier) => `${file}: ${identifier}`),
    );
    expect([...paths, ...named, ...names]).toEqual([]);
  });

  it('nothing speaks of where or by whom the house was built', () => {
    const places = ['../shar' + 'ed', 'knowled' + 'ge/', '/work' + '/', '/tmp' + '/c/'];
    const wrong = [...texts].flatMap(([file, text]) =>
      places.filter((place) => text.includes(place)).map((place) => `${file}: ${place}`),
    );
    expect(wrong).toEqual([]);
  });

  it('no comment or document needs an issue tracker to be understood', () => {
    // A number after a repository's name cites a public thread; alone it is nobody else's to find.
    const wrong = [...texts].flatMap(([file, text]) => {
      const prose = file.endsWith('.md')
        ? text
        : (text.match(new RegExp(COMMENT.source, 'g')) ?? []).join('\n');
      const cited = prose.replace(/[\w.-]+#\d+((,| and)? #\d+)*/g, '');
      return (cited.match(/(?<![\w&/])#\d+\b/g) ?? []).map((number) => `${file}: ${number}`);
    });
    expect(wrong).toEqual([]);
  });
});

describe('first lines', () => {
  /** The first paragraph of the comment a file begins with, in one line; sources may be cited after it. */
  function openingOf(file: string): string {
    const lines = textOf(file).split('\n');
    const end = lines.findIndex((line) => !line.startsWith('// '));
    return lines
      .slice(0, end === -1 ? lines.length : end)
      .map((line) => line.replace(/^\/\/ ?/, ''))
      .join(' ');
  }

  it('a source begins with one sentence that says what it decides or speaks to', () => {
    const wrong = sourcesIn('functions', 'simulator', 'cli', 'infra').filter(
      (file) => !/^[^\s].*[^.]\.$/.test(openingOf(file)) || /[.!?] [A-Z]/.test(openingOf(file)),
    );
    expect(wrong.map((file) => `${file}: ${openingOf(file)}`)).toEqual([]);
  });

  it('a test begins with a comment that says what it is about', () => {
    const wrong = sourcesIn('test').filter(
      (file) => !file.endsWith('.d.ts') && !/^[^\s].*\.$/.test(openingOf(file)),
    );
    expect(wrong.map((file) => `${file}: ${openingOf(file)}`)).toEqual([]);
  });
});

/** Lines at most; the first that matches counts. */
const LENGTHS: readonly (readonly [RegExp, number])[] = [
  [/^functions\/[^/]+\.ts$/, 120],
  [/^test\/.*\.ts$/, 500],
  [/^(functions|simulator|cli|infra)\/.*\.ts$/, 300],
  // Retry and Catch of every Task are written out: the language has no way to share them.
  [/^state-machines\/.*\.asl\.json$/, 750],
  [/^docs\/adr\/.*\.md$/, 60],
];

/** Longer for a reason. */
const LONG: ReadonlyMap<string, string> = new Map([
  ['functions/dispatch-container-instances.ts', 'the single writer: all that it reads is here'],
]);
const LONG_LINES_MAX = 200;

describe('sizes', () => {
  it('no file is longer than its kind may be', () => {
    const wrong = [...texts].flatMap(([file, text]) => {
      const kind = LENGTHS.find(([path]) => path.test(file))?.[1];
      const max = LONG.has(file) ? LONG_LINES_MAX : kind;
      const lines = text.trimEnd().split('\n').length;
      return max !== undefined && lines > max ? [`${file}: ${lines} lines of ${max}`] : [];
    });
    expect(wrong).toEqual([]);
  });
});

describe('twins', () => {
  it('every handler is a row of FUNCTIONS, and every row a handler', () => {
    const handlers = files
      .filter((file) => /^functions\/[^/]+\.ts$/.test(file))
      .map((file) => posix.basename(file, '.ts'));
    expect(FUNCTIONS.map((row) => row.file).sort()).toEqual(handlers);
  });

  it('every file of the core has its test', () => {
    const types = ['model', 'milestone', 'undo-facts'].map((name) => `functions/core/${name}.ts`);
    const wrong = sourcesIn('functions/core')
      .filter((file) => !types.includes(file))
      .filter((file) => !files.includes(`test/${file.replace(/\.ts$/, '.test.ts')}`));
    expect(wrong).toEqual([]);
  });

  it('decision records are numbered, each once, and say their number, status and decision', () => {
    const records = files.filter((file) => file.startsWith('docs/adr/'));
    expect(records.length).toBeGreaterThan(0);
    const numbers = records.map((file) => Number(/\/(\d{4})-[a-z0-9-]+\.md$/.exec(file)?.[1]));
    expect(new Set(numbers).size).toBe(records.length);
    for (const [index, file] of records.entries()) {
      const number = numbers[index];
      const text = textOf(file);
      expect(text, file).toMatch(new RegExp(`^# ${number}\\. .+\n`));
      expect(text, file).toMatch(/\nStatus: (accepted|proposed|superseded by .+)\n/);
      expect(text, file).toContain('\n## Decision\n');
    }
  });
});
