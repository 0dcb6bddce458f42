// The one DynamoDB table: the record, the leases, the waits.

import { DISPATCH_ATTRIBUTES } from '../functions/core/dispatch-attributes.ts';
import { TABLE_NAME } from './names.ts';

export function tableResources(): Record<string, unknown> {
  return {
    RecordTable: {
      Type: 'AWS::DynamoDB::Table',
      // Who was updated when, and what is still drained, outlives the stack.
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        TableName: TABLE_NAME,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
          { AttributeName: 'dispatchKey', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        // Local, because the dispatcher needs strongly consistent reads in dispatch order; sparse, because only what
        // waits, is open, failed or is stuck carries the key.
        LocalSecondaryIndexes: [
          {
            IndexName: 'byDispatch',
            KeySchema: [
              { AttributeName: 'pk', KeyType: 'HASH' },
              { AttributeName: 'dispatchKey', KeyType: 'RANGE' },
            ],
            Projection: {
              ProjectionType: 'INCLUDE',
              // What people have not been told yet is found by the same index.
              NonKeyAttributes: [...DISPATCH_ATTRIBUTES, 'milestone'],
            },
          },
        ],
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        // Under the key AWS holds for DynamoDB in this account, whose use CloudTrail shows.
        SSESpecification: { SSEEnabled: true },
        // Only what may be forgotten carries the attribute: instances, journal, waits, commands; never a lease.
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      },
    },
  };
}
