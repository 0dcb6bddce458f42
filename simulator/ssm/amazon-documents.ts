// The one document of Amazon's own that every account has here, AWS-RunShellScript.

import type { DocumentContent } from './document-content.ts';

export const RUN_SHELL_SCRIPT = JSON.stringify({
  schemaVersion: '2.2',
  description: 'Run a shell script or specify the commands to run.',
  parameters: {
    commands: {
      type: 'StringList',
      description: '(Required) Specify a shell script.',
      minItems: 1,
    },
    workingDirectory: { type: 'String', default: '', maxChars: 4096 },
    executionTimeout: {
      type: 'String',
      default: '3600',
      allowedPattern:
        '([1-9][0-9]{0,4})|(1[0-6][0-9]{4})|(17[0-1][0-9]{3})|(172[0-7][0-9]{2})|(172800)',
    },
  },
  mainSteps: [
    {
      action: 'aws:runShellScript',
      name: 'runShellScript',
      inputs: {
        timeoutSeconds: '{{ executionTimeout }}',
        runCommand: '{{ commands }}',
        workingDirectory: '{{ workingDirectory }}',
      },
    },
  ],
});

/**
 * Amazon's own document has an older schema, in which a step is called by its action: that is the
 * `PluginName` which invocations show (API reference, GetCommandInvocation).
 */
export function namedAsByAmazon(documentName: string, content: DocumentContent): DocumentContent {
  if (documentName !== 'AWS-RunShellScript') return content;
  return {
    ...content,
    mainSteps: content.mainSteps.map((step) => ({ ...step, name: step.action })),
  };
}
