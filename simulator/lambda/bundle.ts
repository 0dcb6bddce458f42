// Turns handlers' source files into what is deployed: CommonJS text with everything in it.

import { basename } from 'node:path';
import { type BuildOptions, build, type OutputFile, transform } from 'esbuild';
import { addSharedFile } from './shared-files.ts';

/** What of a build the caller may decide, so that what runs here is built as what is deployed. */
export type HandlerBuild = Pick<BuildOptions, 'alias' | 'plugins'>;

const AS_IT_IS: HandlerBuild = {};
const bundledBy = new WeakMap<HandlerBuild, Map<string, Promise<string>>>();

const OPTIONS = {
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  sourcemap: 'inline',
  sourcesContent: false,
  logLevel: 'silent',
} as const satisfies BuildOptions;

/** Functions are compiled as CommonJS, where import() would need a loader: it becomes require(). */
export async function toCommonJs(text: string): Promise<string> {
  const { code } = await transform(text, {
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    supported: { 'dynamic-import': false },
    sourcemap: 'inline',
    sourcesContent: false,
  });
  return code;
}

/**
 * One build for all: code that handlers share (the SDK above all) is linked, compiled and kept in
 * memory once. Twenty handlers take a tenth of the time and of the memory that twenty builds take.
 */
async function buildAll(
  entryPaths: readonly string[],
  { alias, plugins }: HandlerBuild,
): Promise<ReadonlyMap<string, string>> {
  const entryPoints = entryPaths.map((path, index) => ({ in: path, out: `entry-${index}` }));
  const { outputFiles } = await build({
    ...OPTIONS,
    ...(alias ? { alias } : {}),
    ...(plugins ? { plugins } : {}),
    entryPoints,
    outdir: '/',
    // esbuild splits only ES modules.
    format: 'esm',
    splitting: true,
  });
  const texts = new Map<string, string>();
  const isEntry = new Map(entryPaths.map((path, index) => [`entry-${index}.js`, path]));
  const convert = async (file: OutputFile) => {
    const name = basename(file.path);
    const text = await toCommonJs(file.text);
    const entryPath = isEntry.get(name);
    if (entryPath === undefined) addSharedFile(name, text);
    else texts.set(entryPath, text);
  };
  await Promise.all(outputFiles.map(convert));
  return texts;
}

/**
 * Bundles several handlers in one build, each once per process and way of building.
 *
 * @param entryPaths Absolute paths of TypeScript or JavaScript files.
 * @param how The same object each time, or it is built again.
 * @returns Bundle text by entry path; it requires the files of `shared-files.ts`.
 * @throws esbuild's `BuildFailure`, naming the file and line.
 */
export async function bundleFunctions(
  entryPaths: readonly string[],
  how: HandlerBuild = AS_IT_IS,
): Promise<ReadonlyMap<string, string>> {
  const bundled = bundledBy.get(how) ?? new Map<string, Promise<string>>();
  bundledBy.set(how, bundled);
  const missing = [...new Set(entryPaths)].filter((path) => !bundled.has(path));
  if (missing.length > 0) {
    const built = buildAll(missing, how);
    for (const path of missing) {
      const text = built.then((texts) => texts.get(path)!);
      // A failed build is forgotten, so that it can be tried again; its error reaches whoever
      // awaits below.
      text.catch(() => bundled.delete(path));
      bundled.set(path, text);
    }
  }
  const texts = await Promise.all(entryPaths.map((path) => bundled.get(path)!));
  return new Map(entryPaths.map((path, index) => [path, texts[index]!]));
}

/** Bundles one handler; see {@link bundleFunctions}. */
export async function bundleFunction(entryPath: string): Promise<string> {
  const texts = await bundleFunctions([entryPath]);
  return texts.get(entryPath)!;
}
