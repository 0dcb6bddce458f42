// Looks whether anything can still come of a registration of a container instance.

import { isTerminated } from './ec2.ts';
import { registrationsOf } from './ecs.ts';

/** Looked at only while its agent is away: that is when ECS learns of neither. */
export async function obsolete(
  {
    clusterArn,
    containerInstanceArn,
    ec2InstanceId,
  }: {
    readonly clusterArn: string;
    readonly containerInstanceArn: string;
    readonly ec2InstanceId: string;
  },
  { agentConnected }: { readonly agentConnected: boolean },
): Promise<'terminated' | 'registered-anew' | undefined> {
  if (agentConnected) return undefined;
  if (await isTerminated(ec2InstanceId)) return 'terminated';
  const registered = await registrationsOf(clusterArn, ec2InstanceId);
  return registered.some((arn) => arn !== containerInstanceArn) ? 'registered-anew' : undefined;
}
