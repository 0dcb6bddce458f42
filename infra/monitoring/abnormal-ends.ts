// Tells of executions that ended in none of the four endings: aborted, timed out, or broken.

import { stateMachineArn } from '../names.ts';
import { UNDELIVERED_QUEUE_ARN } from '../queue.ts';

const ENDINGS = ['FailedClean', 'FailedDirty'];

/** AWS::Events::Rule resources, by logical id. */
export function abnormalEndResources(): Record<string, unknown> {
  return {
    AbnormalEndRule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        Description: 'Executions that ended in none of the four endings',
        EventPattern: {
          source: ['aws.states'],
          'detail-type': ['Step Functions Execution Status Change'],
          detail: {
            stateMachineArn: ['roll-out-cluster', 'run-wave', 'update-container-instance'].map(
              stateMachineArn,
            ),
            $or: [
              { status: ['ABORTED', 'TIMED_OUT'] },
              { status: ['FAILED'], error: [{ 'anything-but': ENDINGS }] },
            ],
          },
        },
        Targets: [
          {
            Id: 'log',
            Arn: {
              // Without the ":*" that the attribute Arn of a log group ends in: EventBridge wants it so.
              'Fn::Sub':
                // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation fills it in.
                'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${AbnormalEndsLogGroup}',
            },
            DeadLetterConfig: { Arn: UNDELIVERED_QUEUE_ARN },
          },
        ],
      },
    },
  };
}
