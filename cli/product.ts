// Deploys the product into a simulated region: the template that is deployed to AWS, with the handlers bundled.

import { fileURLToPath } from 'node:url';
import { stateMachineName } from '../infra/names.ts';
import { HANDLER_BUILD } from '../infra/packaging/sdk-diet.ts';
import { fleetTemplate } from '../infra/template.ts';
import { deploy } from '../simulator/cloudformation/deploy.ts';
import { arn } from '../simulator/kernel/kernel.ts';
import { bundleFunctions } from '../simulator/lambda/bundle.ts';
import type { Region } from '../simulator/region.ts';

const ROOT = new URL('../', import.meta.url);

/** What is deployed: this repository, unless said. */
export interface ProductSource {
  /** The folder that holds `functions/`. */
  readonly root: URL;
  readonly template: ReturnType<typeof fleetTemplate>;
}

/** `functions/sweep.handler` is the export `handler` of `functions/sweep.ts`. */
function sourceOf(properties: Readonly<Record<string, unknown>>, root: URL): string {
  const file = String(properties.Handler).replace(/\.[^./]+$/, '.ts');
  return fileURLToPath(new URL(file, root));
}

export interface Product {
  readonly rollOutClusterArn: string;
}

/** @throws {Error} When a handler does not build, or the template holds what the simulator does not have. */
export async function deployProduct(
  region: Region,
  { root, template }: ProductSource = { root: ROOT, template: fleetTemplate() },
): Promise<Product> {
  const resources = Object.values(template.Resources) as {
    readonly Type: string;
    readonly Properties: Readonly<Record<string, unknown>>;
  }[];
  const sources = resources
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Properties }) => sourceOf(Properties, root));
  const code = await bundleFunctions(sources, HANDLER_BUILD);
  await deploy(region, template as Parameters<typeof deploy>[1], {
    stackName: 'bottlerocket-fleet',
    codeFor: async (_logicalId, properties) => code.get(sourceOf(properties, root)) ?? '',
  });
  const resource = `stateMachine:${stateMachineName('roll-out-cluster')}`;
  return { rollOutClusterArn: arn(region.kernel, 'states', resource) };
}
