// Turns handlers' source files into what is deployed: CommonJS text with everything in it.

import { basename, resolve } from 'node:path';
import { type BuildOptions, build, type OutputFile, transform } from 'esbuild';
import { type BundleCache, type Bundles, keepBundles, keptBundles } from './bundle-cache.ts';
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
): Promise<Bundles & { readonly inputs: readonly string[] }> {
  const entryPoints = entryPaths.map((path, index) => ({ in: path, out: `entry-${index}` }));
  const { outputFiles, metafile } = await build({
    ...OPTIONS,
    ...(alias ? { alias } : {}),
    ...(plugins ? { plugins } : {}),
    entryPoints,
    outdir: '/',
    // esbuild splits only ES modules.
    format: 'esm',
    splitting: true,
    metafile: true,
  });
  const entries: Record<string, string> = {};
  const shared: Record<string, string> = {};
  const isEntry = new Map(entryPaths.map((path, index) => [`entry-${index}.js`, path]));
  const convert = async (file: OutputFile) => {
    const name = basename(file.path);
    const text = await toCommonJs(file.text);
    const entryPath = isEntry.get(name);
    if (entryPath === undefined) shared[name] = text;
    else entries[entryPath] = text;
  };
  await Promise.all(outputFiles.map(convert));
  return { entries, shared, inputs: Object.keys(metafile.inputs).map((path) => resolve(path)) };
}

async function bundlesOf(
  entryPaths: readonly string[],
  how: HandlerBuild,
  cache: BundleCache | undefined,
): Promise<Bundles['entries']> {
  let bundles = cache && keptBundles(cache, entryPaths);
  if (!bundles) {
    const { inputs, ...built } = await buildAll(entryPaths, how);
    if (cache) keepBundles(cache, entryPaths, built, [import.meta.filename, ...inputs]);
    bundles = built;
  }
  for (const [name, text] of Object.entries(bundles.shared)) addSharedFile(name, text);
  return bundles.entries;
}

/**
 * Bundles several handlers in one build, each once per process and way of building.
 *
 * @param entryPaths Absolute paths of TypeScript or JavaScript files.
 * @param how The same object each time, or it is built again.
 * @param cache Where an earlier process may have left what it bundled; `how` must be settled by its `madeBy`.
 * @returns Bundle text by entry path; it requires the files of `shared-files.ts`.
 * @throws esbuild's `BuildFailure`, naming the file and line.
 */
export async function bundleFunctions(
  entryPaths: readonly string[],
  how: HandlerBuild = AS_IT_IS,
  cache?: BundleCache,
): Promise<ReadonlyMap<string, string>> {
  const bundled = bundledBy.get(how) ?? new Map<string, Promise<string>>();
  bundledBy.set(how, bundled);
  const missing = [...new Set(entryPaths)].filter((path) => !bundled.has(path));
  if (missing.length > 0) {
    const built = bundlesOf(missing, how, cache);
    for (const path of missing) {
      const text = built.then((texts) => texts[path]!);
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
