// Names what the dispatcher's index carries of each container instance: all that is judged by it, and nothing else.

/**
 * Attributes of a container instance's item beside its keys. Every attribute here is written twice whenever it
 * changes, and read for every open instance at every dispatch.
 */
export const DISPATCH_ATTRIBUTES = [
  'ec2InstanceId',
  'containerInstanceArn',
  'availabilityZone',
  'image',
  'services',
  'moving',
  'step',
  'stepAt',
  'attempt',
  'disconnectedSinceAt',
  'expectedDrainSeconds',
] as const;
