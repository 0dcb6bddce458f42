// Speaks to EC2: one thing only, the reboot of a machine whose host did not come back.

import { EC2Client, RebootInstancesCommand } from '@aws-sdk/client-ec2';

const ec2 = new EC2Client({ maxAttempts: 5 });

export async function rebootHost(ec2InstanceId: string): Promise<void> {
  await ec2.send(new RebootInstancesCommand({ InstanceIds: [ec2InstanceId] }));
}
