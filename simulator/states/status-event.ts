// The event that EventBridge gets when an execution starts or ends.

import type { BusEvent } from '../kernel/kernel.ts';
import { type Execution, redriveMembers } from './execution.ts';

/** Above this, escaped, AWS leaves out first the input, then the output. */
const DATA_BYTES_MAX = 248 * 1024;

/** Developer Guide, "Automating Step Functions event delivery with EventBridge"; dates in ms. */
export function statusEvent(execution: Execution): BusEvent {
  const { ending, status } = execution;
  const output = ending?.status === 'SUCCEEDED' ? ending.output : null;
  const failure = ending && ending.status !== 'SUCCEEDED' ? ending : undefined;
  const escaped = (text: string | null) =>
    text === null ? 0 : Buffer.byteLength(JSON.stringify(text));
  const hasOutput = escaped(output) <= DATA_BYTES_MAX;
  const hasInput = escaped(execution.input.text) + escaped(output) <= DATA_BYTES_MAX;
  return {
    source: 'aws.states',
    detailType: 'Step Functions Execution Status Change',
    resources: [execution.arn],
    detail: {
      executionArn: execution.arn,
      stateMachineArn: execution.stateMachine.arn,
      name: execution.name,
      status,
      startDate: execution.startAt,
      stopDate: execution.stopAt ?? null,
      input: hasInput ? execution.input.text : null,
      output: hasOutput ? output : null,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      redriveDate: null,
      redriveStatusReason: null,
      ...redriveMembers(status, execution.redriveCount),
      inputDetails: { included: hasInput },
      outputDetails: output === null ? null : { included: hasOutput },
      error: failure?.error ?? null,
      cause: failure?.cause ?? null,
    },
  };
}
