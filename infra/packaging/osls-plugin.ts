// Has osls package what this repository says: the functions as it bundles them, the template as it writes it.

import { fleetTemplate } from '../template.ts';
import { packageFunctions } from './bundle.ts';

/** As much of osls as is needed here. */
interface Osls {
  readonly service: {
    resources: unknown;
    readonly provider: {
      readonly compiledCloudFormationTemplate: {
        readonly Resources: Readonly<Record<string, { DependsOn?: unknown }>>;
      };
    };
  };
}

/** osls wants a class with hooks. */
export default class FleetPackage {
  readonly hooks: Readonly<Record<string, () => unknown>>;

  constructor(osls: Osls) {
    this.hooks = {
      'before:package:initialize': packageFunctions,
      // Not in serverless.ts: osls would take what the host scripts write as ${name:-default} for variables of its own.
      'before:aws:package:finalize:mergeCustomProviderResources': () => {
        const { Resources } = osls.service.provider.compiledCloudFormationTemplate;
        // CloudFormation sees from Role that a function comes after its role; cfn-lint objects to saying it twice.
        for (const resource of Object.values(Resources)) delete resource.DependsOn;
        osls.service.resources = fleetTemplate();
      },
    };
  }
}
