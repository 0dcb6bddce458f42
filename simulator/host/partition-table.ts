// Which image a host boots next: the two partition sets, their GPT priority bits, and what GRUB
// makes of them.
//
// Bits and operations: bottlerocket-core-kit sources/updater/signpost/src/state.rs and gptprio.rs.
// Selection at boot: the `gptprio.next` command of Bottlerocket's GRUB (packages/grub, patch 0009).

export type SetName = 'A' | 'B';

/** One boot, root and hash partition triple. */
export interface PartitionSet {
  /** Version of the image; undefined when empty or half written. */
  version: string | undefined;
  priority: number;
  triesLeft: number;
  successful: boolean;
}

/** A refusal of signpost, in its own words. */
export class SignpostError extends Error {
  override readonly name = 'SignpostError';
}

/** The OS disk of an EC2 Nitro instance. */
const OS_DISK = '/dev/nvme0n1';

/** Partition numbers of a Bottlerocket disk: boot, root and hash of set A, then of set B. */
const DEVICES: Readonly<Record<SetName, string>> = {
  A: 'boot=/dev/nvme0n1p3 root=/dev/nvme0n1p4 hash=/dev/nvme0n1p5',
  B: 'boot=/dev/nvme0n1p9 root=/dev/nvme0n1p10 hash=/dev/nvme0n1p11',
};

const other = (name: SetName): SetName => (name === 'A' ? 'B' : 'A');

/**
 * signpost's rule for what is bootable; GRUB agrees, since a priority of 0 loses against the
 * running set's anyway.
 */
function willBoot(set: PartitionSet): boolean {
  return (set.priority > 0 && set.triesLeft > 0) || set.successful;
}

function bits(set: PartitionSet): string {
  return `priority=${set.priority} tries_left=${set.triesLeft} successful=${set.successful}`;
}

export class PartitionTable {
  readonly sets: Readonly<Record<SetName, PartitionSet>>;
  #active: SetName = 'A';

  /**
   * A host on `version` from set A; `otherVersion` is a former image in set B that it can go back
   * to.
   */
  constructor(version: string, otherVersion?: string) {
    this.sets = {
      // A fresh image has priority 1 and is marked successful (twoliter, rpm2img); after an update
      // it has 2.
      A: { version, priority: otherVersion ? 2 : 1, triesLeft: 0, successful: true },
      B: {
        version: otherVersion,
        priority: otherVersion ? 1 : 0,
        triesLeft: 0,
        successful: otherVersion !== undefined,
      },
    };
  }

  get active(): SetName {
    return this.#active;
  }

  get activeSet(): PartitionSet {
    return this.sets[this.#active];
  }

  get inactiveSet(): PartitionSet {
    return this.sets[other(this.#active)];
  }

  /** Which set signpost says boots next. */
  next(): SetName | undefined {
    const { A, B } = this.sets;
    if (willBoot(A) && willBoot(B)) return A.priority >= B.priority ? 'A' : 'B';
    if (willBoot(A)) return 'A';
    return willBoot(B) ? 'B' : undefined;
  }

  /** Power-on: GRUB takes the bootable set of highest priority and spends one of its tries. */
  selectForBoot(): PartitionSet | undefined {
    const name = this.next();
    if (!name) return undefined;
    const set = this.sets[name];
    if (set.triesLeft > 0) set.triesLeft--;
    this.#active = name;
    return set;
  }

  markSuccessfulBoot(): void {
    this.activeSet.successful = true;
  }

  /**
   * Before writing: the inactive set must not boot while half written. The former image in it is
   * lost.
   */
  clearInactive(): void {
    Object.assign(this.inactiveSet, {
      version: undefined,
      priority: 0,
      triesLeft: 0,
      successful: false,
    });
  }

  markInactiveValid(version: string): void {
    this.inactiveSet.version = version;
    this.inactiveSet.triesLeft = 1;
  }

  upgradeToInactive(): void {
    const inactive = this.inactiveSet;
    if (inactive.priority !== 0 || inactive.successful) {
      throw new SignpostError(`Inactive partition ${OS_DISK} is already marked for upgrade`);
    }
    if (inactive.triesLeft === 0) {
      throw new SignpostError(
        `Inactive partition ${OS_DISK} has not been marked valid for upgrade`,
      );
    }
    inactive.priority = 2;
    this.activeSet.priority = 1;
  }

  cancelUpgrade(): void {
    this.inactiveSet.priority = 0;
    this.activeSet.priority = 2;
  }

  rollbackToInactive(): void {
    const inactive = this.inactiveSet;
    if (!willBoot(inactive)) {
      throw new SignpostError(
        `Inactive partition is not valid to roll back to (${bits(inactive)})`,
      );
    }
    inactive.priority = 2;
    this.activeSet.priority = 1;
  }

  /**
   * What `signpost status` prints. Its lines "Set A" and "Set B" carry the devices of the active
   * and the inactive set, and the bits of sets A and B: a quirk of `impl Display for State`.
   */
  status(): string {
    const lines = [
      `OS disk: ${OS_DISK}`,
      `Set A:   ${DEVICES[this.#active]} ${bits(this.sets.A)}`,
      `Set B:   ${DEVICES[other(this.#active)]} ${bits(this.sets.B)}`,
      `Active:  Set ${this.#active}`,
      `Next:    ${this.next() ? `Set ${this.next()}` : 'None'}`,
    ];
    return `${lines.join('\n')}\n`;
  }
}
