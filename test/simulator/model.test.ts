// The service models in front of every call: what they ask of lengths, numbers, patterns and words, in AWS's own texts.

import {
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import { createRegion } from '../../simulator/region.ts';

const config = createRegion().sdkConfig();

describe('the models of the services', () => {
  test('refuse a member at the top, in a list and in a structure, each by its path', async () => {
    const ssm = new SSMClient(config);
    await expect(
      ssm.send(new PutParameterCommand({ Name: 'a', Value: 'b', Tier: 'Gold' as 'Standard' })),
    ).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(
        /^1 validation error detected: Value 'Gold' at 'tier' failed to satisfy constraint: Member must satisfy enum value set: \[Standard/,
      ),
    });
    await expect(ssm.send(new GetParametersCommand({ Names: ['a', ''] }))).rejects.toThrow(
      /at 'names\.2\.member' .* length greater than or equal to 1$/,
    );
    const scheduler = new SchedulerClient(config);
    await expect(
      scheduler.send(
        new CreateScheduleCommand({
          Name: 'a',
          ScheduleExpression: 'rate(1 minute)',
          FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 1441 },
          Target: { Arn: 'arn:aws:lambda:eu-west-1:111122223333:function:a', RoleArn: undefined },
        }),
      ),
    ).rejects.toThrow(
      /flexibleTimeWindow\.maximumWindowInMinutes.*target\.roleArn|target\.roleArn.*flexibleTimeWindow\.maximumWindowInMinutes/,
    );
  });

  test('read the numbers of a Query, which are text, and answer with its name of the error', async () => {
    const elb = new ElasticLoadBalancingV2Client(config);
    await expect(
      elb.send(new DescribeTargetGroupsCommand({ PageSize: 401 })),
    ).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining("Value '401' at 'pageSize'"),
    });
    await elb.send(new DescribeTargetGroupsCommand({ PageSize: 400 }));
  });
});
