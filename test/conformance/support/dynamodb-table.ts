// The table that the conformance tests of DynamoDB make: two keys, one global index, one tag.

import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

/** @param prefix What everything of this run is named and tagged with. */
export function tableOf(name: string, prefix: string): CreateTableCommandInput {
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'N' },
      { AttributeName: 'kind', AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-kind',
        KeySchema: [{ AttributeName: 'kind', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
    Tags: [{ Key: 'made-by', Value: prefix }],
  };
}
