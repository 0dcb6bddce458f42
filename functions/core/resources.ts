// Judges by an event's resources whether anything runs on a container instance.

/** As ECS events spell it; only CPU and MEMORY are numbers. */
export interface EventResource {
  readonly name: string;
  readonly integerValue?: number | undefined;
}

/**
 * False only when the event shows that something still runs: a draining host that comes back from its reboot runs
 * nothing, so all of its CPU and memory is free. What an event does not say is no reason to overlook it.
 */
export function mayBeEmpty(
  registered: readonly EventResource[] = [],
  remaining: readonly EventResource[] = [],
): boolean {
  const left = new Map(remaining.map((one) => [one.name, one.integerValue]));
  return registered.every(
    ({ name, integerValue }) => (left.get(name) ?? integerValue) === integerValue,
  );
}
