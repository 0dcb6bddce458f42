// SendCommand: checks a request as the API does and makes the command that it asks for.

import { validate } from '../kernel/constraints.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import type { Command, Invocation } from './command.ts';
import { checkParameters, scriptSteps } from './document-parameters.ts';
import type { Documents, DocumentVersion } from './documents.ts';
import { text, textLists } from './members.ts';
import { type Nodes, resolveTargets, targetsOf } from './targets.ts';

/** Delivery timeout unless said (API reference, SendCommand). */
const TIMEOUT_SECONDS = 3600;

/**
 * A new invocation is not found at once (API reference, GetCommandInvocation:
 * InvocationDoesNotExist).
 */
const VISIBLE_AFTER_SECONDS = { low: 0.2, high: 2 };

/** Options that would change what happens and that nothing here models. */
const REFUSED = ['AlarmConfiguration', 'NotificationConfig', 'ServiceRoleArn'];

function checkInput(input: JsonObject): void {
  validate(input, {
    DocumentName: { required: true, pattern: /^[a-zA-Z0-9_\-.:/]{3,128}$/ },
    DocumentVersion: { pattern: /^([$]LATEST|[$]DEFAULT|[1-9][0-9]*)$/ },
    DocumentHashType: { oneOf: ['Sha256', 'Sha1'] },
    InstanceIds: { max: 50 },
    Targets: { max: 5 },
    TimeoutSeconds: { min: 30, max: 2_592_000 },
    Comment: { max: 100 },
    MaxConcurrency: { min: 1, max: 7, pattern: /^([1-9][0-9]*|[1-9][0-9]?%|100%)$/ },
    MaxErrors: { min: 1, max: 7, pattern: /^([1-9][0-9]*|0|[1-9]?[0-9]%|100%)$/ },
  });
  for (const name of REFUSED) {
    if (input[name] !== undefined) throw new Error(`The simulator has no SendCommand ${name}`);
  }
}

function checkHash(input: JsonObject, document: DocumentVersion): void {
  const hash = text(input, 'DocumentHash');
  if (hash === undefined || text(input, 'DocumentHashType') === 'Sha1') return;
  if (hash.toLowerCase() === document.sha256) return;
  throw new AwsError(
    'InvalidDocument',
    'The document hash does not match the hash of the document content.',
  );
}

function makeInvocation(kernel: Kernel, command: Command, instanceId: string): Invocation {
  const { low, high } = VISIBLE_AFTER_SECONDS;
  const visibleAfter = kernel.random.stream('ssm.visible').between(low, high);
  return {
    command,
    instanceId,
    plugins: command.steps.map(({ name }) => ({
      name,
      status: 'Pending',
      statusDetails: 'Pending',
      responseCode: -1,
      startedAt: undefined,
      finishedAt: undefined,
      stdout: '',
      stderr: '',
      agentOutput: undefined,
    })),
    visibleAt: command.requestedAt + visibleAfter * 1000,
    status: 'Pending',
    statusDetails: 'Pending',
  };
}

/** @throws {AwsError} As the API refuses. */
export function makeCommand(
  kernel: Kernel,
  nodes: Nodes,
  documents: Documents,
  input: JsonObject,
): Command {
  checkInput(input);
  const document = documents.resolve(String(input.DocumentName), text(input, 'DocumentVersion'));
  checkHash(input, document);
  const parameters = textLists(input, 'Parameters');
  checkParameters(document.content, parameters);
  const instanceIds = resolveTargets(kernel, nodes, input);
  const steps = scriptSteps(document.content, parameters);
  const timeoutSeconds = Number(input.TimeoutSeconds ?? TIMEOUT_SECONDS);
  const executionSeconds = steps.reduce((sum, step) => sum + step.timeoutSeconds, 0);
  const requestedAt = kernel.clock.now();
  const command: Command = {
    commandId: kernel.random.stream('ssm.command-id').uuid(),
    documentName: document.documentName,
    documentVersion: text(input, 'DocumentVersion') ?? '$DEFAULT',
    comment: text(input, 'Comment') ?? '',
    parameters,
    instanceIds: Array.isArray(input.InstanceIds) ? instanceIds : [],
    targets: targetsOf(input),
    requestedAt,
    expiresAt: requestedAt + (timeoutSeconds + executionSeconds) * 1000,
    timeoutSeconds,
    maxConcurrency: text(input, 'MaxConcurrency') ?? '50',
    maxErrors: text(input, 'MaxErrors') ?? '0',
    steps,
    invocations: [],
    status: instanceIds.length === 0 ? 'Success' : 'Pending',
    statusDetails: instanceIds.length === 0 ? 'NoInstancesInTag' : 'Pending',
  };
  for (const instanceId of instanceIds) {
    command.invocations.push(makeInvocation(kernel, command, instanceId));
  }
  return command;
}
