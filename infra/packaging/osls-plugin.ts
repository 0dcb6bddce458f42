// Has osls package what this repository says: the functions as it bundles them, the template as it writes it.

import { fleetTemplate } from '../template.ts';
import { packageFunctions } from './bundle.ts';

/** As much of osls as is needed here. */
interface Osls {
  readonly service: { resources: unknown };
}

/** osls wants a class with hooks. */
export default class FleetPackage {
  readonly hooks: Readonly<Record<string, () => unknown>>;

  constructor(osls: Osls) {
    this.hooks = {
      'before:package:initialize': packageFunctions,
      // Not in serverless.ts: osls would take what the host scripts write as ${name:-default} for variables of its own.
      'before:aws:package:finalize:mergeCustomProviderResources': () => {
        osls.service.resources = fleetTemplate();
      },
    };
  }
}
