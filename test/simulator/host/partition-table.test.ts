// Tests of the partition table: the bits after every step, and what GRUB makes of them.

import { describe, expect, test } from 'vitest';
import { type PartitionSet, PartitionTable } from '../../../simulator/host/partition-table.ts';

/** `version priority/tries/successful`. */
function shown({ version, priority, triesLeft, successful }: PartitionSet): string {
  return `${version ?? 'empty'} ${priority}/${triesLeft}/${successful ? 1 : 0}`;
}

const bits = (table: PartitionTable) => [shown(table.sets.A), shown(table.sets.B)];

type Step = keyof typeof steps;

const steps = {
  'prepare begins': (table: PartitionTable) => table.clearInactive(),
  'prepare ends': (table: PartitionTable) => table.markInactiveValid('1.65.0'),
  activate: (table: PartitionTable) => table.upgradeToInactive(),
  cancel: (table: PartitionTable) => table.cancelUpgrade(),
  boot: (table: PartitionTable) => table.selectForBoot(),
  'mark successful': (table: PartitionTable) => table.markSuccessfulBoot(),
  'roll back': (table: PartitionTable) => table.rollbackToInactive(),
};

const prepared: Step[] = ['prepare begins', 'prepare ends'];
const updated: Step[] = [...prepared, 'activate', 'boot', 'mark successful'];

describe('PartitionTable after each step', () => {
  const rows: [string, Step[], string[], string][] = [
    ['a fresh image', [], ['1.64.0 1/0/1', 'empty 0/0/0'], 'A'],
    ['prepare begins', ['prepare begins'], ['1.64.0 1/0/1', 'empty 0/0/0'], 'A'],
    ['prepare ends', prepared, ['1.64.0 1/0/1', '1.65.0 0/1/0'], 'A'],
    ['activate', [...prepared, 'activate'], ['1.64.0 1/0/1', '1.65.0 2/1/0'], 'B'],
    ['cancel', [...prepared, 'activate', 'cancel'], ['1.64.0 2/0/1', '1.65.0 0/1/0'], 'A'],
    [
      'activate after cancel',
      [...prepared, 'activate', 'cancel', 'activate'],
      ['1.64.0 1/0/1', '1.65.0 2/1/0'],
      'B',
    ],
    [
      'GRUB boots the new set',
      [...prepared, 'activate', 'boot'],
      ['1.64.0 1/0/1', '1.65.0 2/0/0'],
      'A',
    ],
    ['mark-successful-boot', updated, ['1.64.0 1/0/1', '1.65.0 2/0/1'], 'B'],
    ['rollback-to-inactive', [...updated, 'roll back'], ['1.64.0 2/0/1', '1.65.0 1/0/1'], 'A'],
    [
      'fallback: the new set is never marked',
      [...prepared, 'activate', 'boot', 'boot'],
      ['1.64.0 1/0/1', '1.65.0 2/0/0'],
      'A',
    ],
  ];
  test.each(rows)('%s', (_name, taken, expected, next) => {
    const table = new PartitionTable('1.64.0');
    for (const step of taken) steps[step](table);
    expect(bits(table)).toEqual(expected);
    expect(table.next()).toBe(next);
  });
});

describe('PartitionTable.selectForBoot', () => {
  test('falls back once the only try is spent, and stays there', () => {
    const table = new PartitionTable('1.64.0');
    for (const step of [...prepared, 'activate'] as Step[]) steps[step](table);
    const versions = [1, 2, 3].map(() => table.selectForBoot()?.version);
    expect(versions).toEqual(['1.65.0', '1.64.0', '1.64.0']);
  });

  test('prefers set A when both have the same priority', () => {
    const table = new PartitionTable('1.64.0', '1.63.0');
    table.sets.B.priority = 2;
    expect(table.selectForBoot()?.version).toBe('1.64.0');
  });
});

describe('PartitionTable refuses', () => {
  test('to activate what was never prepared', () => {
    expect(() => new PartitionTable('1.64.0').upgradeToInactive()).toThrow(
      'Inactive partition /dev/nvme0n1 has not been marked valid for upgrade',
    );
  });

  test('to activate twice', () => {
    const table = new PartitionTable('1.64.0');
    for (const step of [...prepared, 'activate'] as Step[]) steps[step](table);
    expect(() => table.upgradeToInactive()).toThrow(
      'Inactive partition /dev/nvme0n1 is already marked for upgrade',
    );
  });

  test('to roll back to a set that cannot boot', () => {
    const table = new PartitionTable('1.64.0');
    for (const step of prepared) steps[step](table);
    expect(() => table.rollbackToInactive()).toThrow(
      'Inactive partition is not valid to roll back to (priority=0 tries_left=1 successful=false)',
    );
  });
});

test('PartitionTable.status prints the bits of A and B beside the devices of active and inactive', () => {
  const table = new PartitionTable('1.64.0');
  for (const step of updated) steps[step](table);
  expect(table.status()).toBe(
    [
      'OS disk: /dev/nvme0n1',
      'Set A:   boot=/dev/nvme0n1p9 root=/dev/nvme0n1p10 hash=/dev/nvme0n1p11 priority=1 tries_left=0 successful=true',
      'Set B:   boot=/dev/nvme0n1p3 root=/dev/nvme0n1p4 hash=/dev/nvme0n1p5 priority=2 tries_left=0 successful=true',
      'Active:  Set B',
      'Next:    Set B',
      '',
    ].join('\n'),
  );
});
