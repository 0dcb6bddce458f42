// Deploys the product into a simulated region: the template that is deployed to AWS, with the handlers bundled.

import { fileURLToPath } from 'node:url';
import { FLEETS } from '../infra/fleets.ts';
import { stateMachineName } from '../infra/names.ts';
import { HANDLER_BUILD } from '../infra/packaging/sdk-diet.ts';
import { fleetTemplate } from '../infra/template.ts';
import { deploy, type Stack } from '../simulator/cloudformation/deploy.ts';
import type { Fleet } from '../simulator/fleet-file/schema.ts';
import { arn } from '../simulator/kernel/kernel.ts';
import { bundleFunctions } from '../simulator/lambda/bundle.ts';
import type { BundleCache } from '../simulator/lambda/bundle-cache.ts';
import type { Region } from '../simulator/region.ts';

const ROOT = new URL('../', import.meta.url);

/** Not for changed copies of this repository: each would leave its bundles behind. */
const CACHE: BundleCache = {
  folder: fileURLToPath(new URL('node_modules/.cache/bundles/', ROOT)),
  madeBy: [
    'infra/packaging/sdk-diet.ts',
    'infra/packaging/role-credentials.ts',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
  ].map((path) => fileURLToPath(new URL(path, ROOT))),
};

/** What is deployed: this repository, unless said. */
export interface ProductSource {
  /** The folder that holds `functions/`. */
  readonly root?: URL;
  readonly template?: ReturnType<typeof fleetTemplate>;
  /** CommonJS text of a function by its file in `functions/`, without ending; bundled from `root` unless said. */
  readonly codeOf?: (file: string) => Promise<string>;
}

/** The fleets of this repository, and one for each other cluster of a fleet file: nobody rehearses what is not configured. */
export function templateFor(fleet: Fleet): ReturnType<typeof fleetTemplate> {
  const configured = new Set(FLEETS.map(({ cluster }) => cluster));
  const others = fleet.clusters
    .filter(({ clusterName }) => !configured.has(clusterName))
    .map(({ clusterName: cluster }) => ({ cluster }));
  return fleetTemplate([...FLEETS, ...others]);
}

/** `functions/sweep.handler` is the export `handler` of `functions/sweep.ts`. */
function fileOf({ Handler }: Readonly<Record<string, unknown>>): string {
  return String(Handler)
    .replace(/^functions\//, '')
    .replace(/\.[^./]+$/, '');
}

async function bundled(files: readonly string[], root: URL): Promise<(file: string) => string> {
  const pathOf = (file: string) => fileURLToPath(new URL(`functions/${file}.ts`, root));
  const cache = root === ROOT ? CACHE : undefined;
  const texts = await bundleFunctions(files.map(pathOf), HANDLER_BUILD, cache);
  return (file) => texts.get(pathOf(file)) ?? '';
}

export interface Product {
  readonly rollOutClusterArn: string;
  readonly stack: Stack;
}

/** @throws {Error} When a handler does not build, or the template holds what the simulator does not have. */
export async function deployProduct(
  region: Region,
  { root = ROOT, template = fleetTemplate(), codeOf }: ProductSource = {},
): Promise<Product> {
  const resources = Object.values(template.Resources) as {
    readonly Type: string;
    readonly Properties: Readonly<Record<string, unknown>>;
  }[];
  const files = resources
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Properties }) => fileOf(Properties));
  const text = codeOf ?? (await bundled(files, root));
  const stack = await deploy(region, template as Parameters<typeof deploy>[1], {
    stackName: 'bottlerocket-fleet',
    codeFor: async (_logicalId, properties) => text(fileOf(properties)),
  });
  const resource = `stateMachine:${stateMachineName('roll-out-cluster')}`;
  return { rollOutClusterArn: arn(region.kernel, 'states', resource), stack };
}
