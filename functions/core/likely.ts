// Decides which waiting container instances are worth a look before a dispatch, and holds back those not looked at.

import { type Candidate, type DispatchWorld, decideDispatch } from './dispatch.ts';

/** Candidates that are looked at although nothing says that their tasks find room. */
const ROOMLESS_MAX = 10;

/**
 * Those that would start by what is known and have not been looked at. Where a look takes a place away again, because
 * tasks have moved since the plan, the next call names who is next in order.
 *
 * @param isFresh Whether a candidate is as it is now, and not as the record knows it.
 */
export function likelyToStart(
  world: DispatchWorld,
  isFresh: (ec2InstanceId: string) => boolean,
): string[] {
  const { start, lookFurther = [] } = decideDispatch(world);
  const roomless = start.length === 0 && world.open.length === 0;
  return (roomless ? lookFurther.slice(0, ROOMLESS_MAX) : start).filter((id) => !isFresh(id));
}

/** Only what was looked at may start; the others keep the reason why they wait. */
export function holdUnseen(
  world: DispatchWorld,
  isFresh: (ec2InstanceId: string) => boolean,
): Candidate[] {
  const reasons = new Map(decideDispatch(world).wait.map((one) => [one.ec2InstanceId, one.reason]));
  return world.candidates.map((one) => {
    const waitFor = reasons.get(one.ec2InstanceId) ?? 'its turn has not come';
    return isFresh(one.ec2InstanceId) ? one : { ...one, waitFor };
  });
}

/** True when more could be out of service than will be: then it is worth to read on in the order of work. */
export function hasPlaces(
  world: Pick<DispatchWorld, 'open' | 'otherOut'>,
  started: number,
  clusterMax: number,
): boolean {
  return world.open.length + world.otherOut.length + started < clusterMax;
}

/** True when all that wait could be started together: nobody comes after them. */
export function isLastRound(
  { candidatesComplete }: Pick<DispatchWorld, 'candidatesComplete'>,
  waiting: number,
  clusterMax: number,
): boolean {
  return candidatesComplete && waiting <= clusterMax;
}
