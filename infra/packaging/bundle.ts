// Builds what is deployed of each function: one minified ES module with its source map, in a zip that never varies.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { strToU8, type Zippable, zipSync } from 'fflate';
import { FUNCTIONS } from '../functions.ts';
import { ARTIFACTS_FOLDER, artifactPath } from './artifacts.ts';
import { HANDLER_BUILD } from './sdk-diet.ts';
import { ownLinesOnly } from './source-map.ts';

const ROOT = new URL('../../', import.meta.url);
/** Earliest instant a zip can hold: the same files give the same bytes, whenever they are packed. */
const ZIP_EPOCH = '1980-01-01T00:00:00';

export interface HandlerBundle {
  /** File in `functions/`, without its ending. */
  readonly file: string;
  /** Text of `functions/<file>.mjs`. */
  readonly code: string;
  /** Text of `functions/<file>.mjs.map`; it knows the lines of this repository, not those of libraries. */
  readonly sourceMap: string;
  /** Paths of the files that something is left of, relative to the repository. */
  readonly contains: readonly string[];
}

function containedIn({ inputs }: Metafile['outputs'][string]): string[] {
  return Object.keys(inputs).filter((path) => inputs[path]!.bytesInOutput > 0);
}

/** Slack's client is CommonJS and requires Node's modules, which ES modules can do only with a `require` of their own. */
export const REQUIRE =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

/** @throws esbuild's `BuildFailure`, naming the file and line. */
export async function bundleHandlers(files: readonly string[]): Promise<readonly HandlerBundle[]> {
  const root = fileURLToPath(ROOT);
  const { outputFiles, metafile } = await build({
    ...HANDLER_BUILD,
    absWorkingDir: root,
    entryPoints: files.map((file) => `functions/${file}.ts`),
    outdir: '.build',
    outbase: '.',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'esm',
    banner: { js: REQUIRE },
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'silent',
  });
  const texts = new Map(outputFiles.map(({ path, text }) => [path.slice(root.length), text]));
  return files.map((file) => {
    const path = `.build/functions/${file}.mjs`;
    return {
      file,
      code: texts.get(path) ?? '',
      sourceMap: ownLinesOnly(texts.get(`${path}.map`) ?? ''),
      contains: containedIn(metafile.outputs[path]!),
    };
  });
}

/** What Lambda unpacks. */
export function unzippedBytes({ code, sourceMap }: HandlerBundle): number {
  return Buffer.byteLength(code) + Buffer.byteLength(sourceMap);
}

/** The zip that Lambda gets. */
export function zipOf({ file, code, sourceMap }: HandlerBundle): Uint8Array {
  const entries: Zippable = {
    [`functions/${file}.mjs`]: strToU8(code),
    [`functions/${file}.mjs.map`]: strToU8(sourceMap),
  };
  return zipSync(entries, { level: 9, mtime: ZIP_EPOCH, os: 3, attrs: 0o644 << 16 });
}

/** Writes the zips of all functions. */
export async function packageFunctions(): Promise<void> {
  const folder = new URL(ARTIFACTS_FOLDER, ROOT);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const bundles = await bundleHandlers(FUNCTIONS.map(({ file }) => file));
  await Promise.all(
    bundles.map((bundle) => writeFile(new URL(artifactPath(bundle.file), ROOT), zipOf(bundle))),
  );
}
