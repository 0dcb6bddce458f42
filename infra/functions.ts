// One row per Lambda function: its file, its limits, its environment.

import { documentLogicalId } from './documents.ts';
import {
  EVENT_BUS_NAME,
  FLEET_PARAMETER_PREFIX,
  functionLogicalId,
  functionName,
  logGroupLogicalId,
  roleLogicalId,
  SLACK_PARAMETER_PREFIX,
  stateMachineArn,
  TABLE_NAME,
} from './names.ts';
import { ssmDocuments } from './ssm-documents/documents.ts';

interface FunctionRow {
  /** File in `functions/`, without its ending; also the state's name in kebab-case. */
  readonly file: string;
  readonly timeoutSeconds: number;
  readonly memoryMebibytes: number;
}

/** Most answer within a second or two; those that go through a whole cluster get minutes. */
export const FUNCTIONS: readonly FunctionRow[] = [
  { file: 'open-rollout', timeoutSeconds: 60, memoryMebibytes: 256 },
  { file: 'discover-container-instances', timeoutSeconds: 300, memoryMebibytes: 512 },
  { file: 'check-updates', timeoutSeconds: 300, memoryMebibytes: 512 },
  { file: 'plan-waves', timeoutSeconds: 300, memoryMebibytes: 1024 },
  { file: 'await-approval', timeoutSeconds: 60, memoryMebibytes: 256 },
  { file: 'prepare-updates', timeoutSeconds: 300, memoryMebibytes: 512 },
  { file: 'dispatch-container-instances', timeoutSeconds: 120, memoryMebibytes: 512 },
  { file: 'await-progress', timeoutSeconds: 60, memoryMebibytes: 256 },
  { file: 'bake-wave', timeoutSeconds: 60, memoryMebibytes: 256 },
  { file: 'evaluate-wave', timeoutSeconds: 60, memoryMebibytes: 256 },
  { file: 'plan-rollback', timeoutSeconds: 120, memoryMebibytes: 512 },
  { file: 'close-rollout', timeoutSeconds: 300, memoryMebibytes: 512 },
  { file: 'drain-container-instance', timeoutSeconds: 60, memoryMebibytes: 256 },
  { file: 'reboot-into-update', timeoutSeconds: 60, memoryMebibytes: 256 },
  { file: 'verify-container-instance', timeoutSeconds: 60, memoryMebibytes: 256 },
  { file: 'return-to-service', timeoutSeconds: 60, memoryMebibytes: 256 },
  { file: 'confirm-container-instance', timeoutSeconds: 60, memoryMebibytes: 256 },
  { file: 'record-outcome', timeoutSeconds: 60, memoryMebibytes: 256 },
  { file: 'undo-container-instance', timeoutSeconds: 60, memoryMebibytes: 256 },
  { file: 'wake-waits', timeoutSeconds: 60, memoryMebibytes: 512 },
  { file: 'sweep', timeoutSeconds: 300, memoryMebibytes: 512 },
  { file: 'control-rollout', timeoutSeconds: 60, memoryMebibytes: 256 },
  { file: 'notify-slack', timeoutSeconds: 60, memoryMebibytes: 256 },
];

/** Verb to document, pinned by name, version and hash; by reference, so that it exists before a function sends it. */
function documentsVariable(): Readonly<Record<string, unknown>> {
  const entries = ssmDocuments().map((document) => {
    const { verb, sha256 } = document;
    return [verb, { name: `\${${documentLogicalId(document)}}`, version: '1', sha256 }] as const;
  });
  return { 'Fn::Sub': JSON.stringify(Object.fromEntries(entries)) };
}

/** The same environment for every function: small, and nothing in it is secret. */
function environment(): Readonly<Record<string, unknown>> {
  return {
    TABLE_NAME,
    EVENT_BUS_NAME,
    FLEET_PARAMETER_PREFIX,
    SLACK_PARAMETER_PREFIX,
    ROLL_OUT_CLUSTER_ARN: stateMachineArn('roll-out-cluster'),
    UPDATE_CONTAINER_INSTANCE_ARN: stateMachineArn('update-container-instance'),
    DOCUMENTS: documentsVariable(),
    // A stack trace names lines of this repository, not columns of a bundle.
    NODE_OPTIONS: '--enable-source-maps',
  };
}

/** Path and export, as Lambda wants them; the file is `functions/<file>.mjs` in the zip. */
export function handlerOf(file: string): string {
  return `functions/${file}.handler`;
}

/** AWS::Lambda::Function resources, by logical id. */
export function functionResources(): Record<string, unknown> {
  return Object.fromEntries(
    FUNCTIONS.map(({ file, timeoutSeconds, memoryMebibytes }) => [
      functionLogicalId(file),
      {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: functionName(file),
          Runtime: 'nodejs24.x',
          Architectures: ['arm64'],
          Handler: handlerOf(file),
          Role: { 'Fn::GetAtt': [roleLogicalId(file), 'Arn'] },
          Timeout: timeoutSeconds,
          MemorySize: memoryMebibytes,
          LoggingConfig: { LogGroup: { Ref: logGroupLogicalId(file) } },
          Environment: { Variables: environment() },
        },
      },
    ]),
  );
}
