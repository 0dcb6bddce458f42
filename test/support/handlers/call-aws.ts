// A handler that calls several AWS services with the real SDK clients, for tests of the simulated
// runtime.

import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeClustersCommand, ECSClient } from '@aws-sdk/client-ecs';
import { SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';

const ecs = new ECSClient({});
const ssm = new SSMClient({});
const ec2 = new EC2Client({});
const dynamodb = new DynamoDBClient({});

const calls = {
  ecs: () => ecs.send(new DescribeClustersCommand({ clusters: ['blue'] })),
  ssm: (event: Event) =>
    ssm.send(new SendCommandCommand({ DocumentName: 'd', InstanceIds: [event.id ?? 'i-1'] })),
  ec2: () =>
    ec2.send(
      new DescribeInstancesCommand({
        InstanceIds: ['i-1'],
        Filters: [{ Name: 'tag:Fleet', Values: ['a', 'b'] }],
      }),
    ),
  put: () =>
    dynamodb.send(new PutItemCommand({ TableName: 'record', Item: { pk: { S: 'x & "y"' } } })),
  get: () =>
    dynamodb.send(new GetItemCommand({ TableName: 'record', Key: { pk: { S: 'x & "y"' } } })),
};

interface Event {
  readonly call: keyof typeof calls;
  readonly times?: number;
  readonly id?: string;
}

/**
 * Makes the named call so many times, one after the other, and answers the last output or error.
 */
export async function handler(event: Event): Promise<unknown> {
  let output: object = {};
  for (let round = 0; round < (event.times ?? 1); round++) {
    try {
      output = await calls[event.call](event);
    } catch (error) {
      const { name, message, $metadata } = error as Error & { $metadata?: { attempts?: number } };
      return { error: { name, message, attempts: $metadata?.attempts } };
    }
  }
  return { ...output, at: new Date().toISOString() };
}
