// Where everything goes that reached nobody: one queue, watched by one alarm.

import { PREFIX } from './names.ts';

/** Days a message is kept: the longest that SQS allows. */
const RETENTION_SECONDS = 14 * 86_400;

export const UNDELIVERED_QUEUE_ARN = { 'Fn::GetAtt': ['UndeliveredQueue', 'Arn'] };

/** @param ruleLogicalIds Rules that may send what they could not deliver. */
export function queueResources(ruleLogicalIds: readonly string[]): Record<string, unknown> {
  return {
    UndeliveredQueue: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        QueueName: `${PREFIX}-undelivered`,
        MessageRetentionPeriod: RETENTION_SECONDS,
        SqsManagedSseEnabled: true,
      },
    },
    UndeliveredQueuePolicy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        Queues: [{ Ref: 'UndeliveredQueue' }],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'events.amazonaws.com' },
              Action: 'sqs:SendMessage',
              Resource: UNDELIVERED_QUEUE_ARN,
              Condition: {
                ArnEquals: {
                  'aws:SourceArn': ruleLogicalIds.map((id) => ({ 'Fn::GetAtt': [id, 'Arn'] })),
                },
              },
            },
          ],
        },
      },
    },
  };
}
