// What `osls package` and `osls deploy` read: names and code of the functions; the plugin adds infra's template.

import type { AWS } from 'osls';
import { FUNCTIONS, handlerOf } from './infra/functions.ts';
import { functionName, PREFIX, pascalCase, roleLogicalId } from './infra/names.ts';
import { artifactPath } from './infra/packaging/artifacts.ts';

/** Only what osls needs to upload them; whatever else is true of a function is in the template. */
const functions = Object.fromEntries(
  FUNCTIONS.map(({ file }) => [
    pascalCase(file),
    {
      handler: handlerOf(file),
      name: functionName(file),
      role: { 'Fn::GetAtt': [roleLogicalId(file), 'Arn'] },
      package: { artifact: artifactPath(file) },
      disableLogs: true,
    },
  ]),
);

const configuration: AWS = {
  service: PREFIX,
  frameworkVersion: '4.3.1',
  provider: {
    name: 'aws',
    runtime: 'nodejs24.x',
    // --region wins over both.
    region: (process.env.AWS_REGION ??
      process.env.AWS_DEFAULT_REGION ??
      'us-east-1') as 'us-east-1',
    stage: 'live',
    stackName: PREFIX,
    stackParameters: [
      // biome-ignore-start lint/suspicious/noTemplateCurlyInString: osls fills them in, from --param="name=value".
      {
        ParameterKey: 'PermissionsBoundaryArn',
        ParameterValue: "${param:permissionsBoundaryArn, ''}",
      },
      { ParameterKey: 'AlarmTopicArn', ParameterValue: "${param:alarmTopicArn, ''}" },
      // biome-ignore-end lint/suspicious/noTemplateCurlyInString: osls fills them in, from --param="name=value".
    ],
    versionFunctions: false,
    deploymentBucket: { blockPublicAccess: true, versioning: true },
  },
  plugins: ['./infra/packaging/osls-plugin.ts'],
  functions,
};

export default configuration;
