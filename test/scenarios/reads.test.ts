// Scenarios: reads that are saved. What must be known before an act is still read, consistently, and still stops it.

import { describe, expect, it } from 'vitest';
import { functionName, stateMachineName, TABLE_NAME } from '../../infra/names.ts';
import type { JsonObject } from '../../simulator/kernel/service.ts';
import type { Region } from '../../simulator/region.ts';
import type { SeenCall } from '../../simulator/wire/dispatcher.ts';
import { runRollout, smallFleet } from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

interface Call extends SeenCall {
  readonly at: number;
}

/** Everything that these functions call, in order. */
function watch(region: Region, calls: Call[]): void {
  region.onCall((call) => calls.push({ ...call, at: region.kernel.clock.now() }));
}

function of(calls: readonly Call[], file: string): Call[] {
  return calls.filter(({ caller }) => caller.name === functionName(file));
}

function operations(calls: readonly Call[]): string[] {
  return calls.map(({ operation }) => operation);
}

interface Batch {
  readonly RequestItems: Readonly<
    Record<string, { readonly ConsistentRead?: boolean; readonly Keys: readonly JsonObject[] }>
  >;
}

function batchOf({ input }: Call): { consistent: boolean | undefined; sortKeys: string[] } {
  const { ConsistentRead, Keys } = (input as unknown as Batch).RequestItems[TABLE_NAME] ?? {
    Keys: [],
  };
  const sortKeys = Keys.map(({ sk }) => (sk as { S: string }).S.replace(/#i-.*/, '#'));
  return { consistent: ConsistentRead, sortKeys };
}

function keyOf(call: Call | undefined): Readonly<Record<'pk' | 'sk', { readonly S: string }>> {
  return call?.input.Key as ReturnType<typeof keyOf>;
}

function isLeaseWrite(call: Call): boolean {
  return call.operation === 'UpdateItem' && keyOf(call).sk.S === 'LEASE';
}

/** Seconds of the lease, and how many must be left whenever it is renewed. */
const LEASE_SECONDS = 900;
const LEFT_SECONDS_MIN = 480;

describe('a rollout without trouble', () => {
  const calls: Call[] = [];

  it('reads lease and record together before ACTIVE, and nothing twice', async () => {
    const fleet = smallFleet({ containerInstances: 4 });
    const ended = await runRollout({ fleet, observe: (region) => watch(region, calls) });
    expectEnd(
      ended,
      'Succeeded',
      Array.from({ length: 4 }, () => 'Updated'),
    );
    const returning = of(calls, 'return-to-service');
    const reads = returning.filter(({ operation }) => operation === 'BatchGetItem');
    expect(reads.map(batchOf)).toEqual(
      reads.map(() => ({ consistent: true, sortKeys: ['LEASE', 'INSTANCE#'] })),
    );
    const activated = returning.filter(
      ({ operation }) => operation === 'UpdateContainerInstancesState',
    );
    expect(activated).toHaveLength(4);
    expect(reads.length).toBeGreaterThanOrEqual(activated.length);
    expect(operations(returning)).not.toContain('GetItem');
  });

  it('reads the lease alone before each drain and each reboot, and asks nobody for the daemons', () => {
    for (const file of ['drain-container-instance', 'reboot-into-update']) {
      const reads = of(calls, file).filter(({ operation }) => operation === 'GetItem');
      expect(reads.map((call) => keyOf(call).sk.S)).toEqual(
        Array.from({ length: 4 }, () => 'LEASE'),
      );
      expect(reads.every(({ input }) => input.ConsistentRead === true)).toBe(true);
    }
    expect(operations(of(calls, 'confirm-container-instance'))).toEqual(
      Array.from({ length: 4 }, () => 'PutItem'),
    );
  });

  it('dispatches by one read of what is known by name, the lease among it', () => {
    const dispatching = of(calls, 'dispatch-container-instances');
    const batches = dispatching
      .filter(({ operation }) => operation === 'BatchGetItem')
      .map(batchOf)
      .filter(({ sortKeys }) => sortKeys.includes('LEASE'));
    const [first] = batches;
    expect(first).toEqual({
      consistent: true,
      sortKeys: ['LEASE', 'META', 'OTHERS', 'PLAN', 'PREPARE', 'WAIT#progress', 'WAVE#0001'],
    });
    expect(batches.length).toBeGreaterThan(4);
  });

  it('renews the lease long before its end, and not at every dispatch', () => {
    const renewed = calls.filter(isLeaseWrite);
    // The last one gives it back.
    const gaps = renewed
      .slice(1, -1)
      .map(({ at }, index) => (at - (renewed[index]?.at ?? 0)) / 1000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(LEASE_SECONDS - LEFT_SECONDS_MIN);
    const dispatches = of(renewed, 'dispatch-container-instances');
    for (const [index, { at }] of dispatches.entries()) {
      const before = dispatches[index - 1]?.at;
      if (before !== undefined) expect(at - before).toBeGreaterThanOrEqual(120_000);
    }
  });
});

const LEASE = { sk: { S: 'LEASE' } };

/** As another rollout takes it, once it is past its deadline: with a newer fence. */
async function takeLease(region: Region, pk: JsonObject): Promise<void> {
  await region.call('dynamodb', 'UpdateItem', {
    TableName: TABLE_NAME,
    Key: { pk, ...LEASE },
    UpdateExpression: 'SET rolloutId = :other ADD fence :one',
    ExpressionAttributeValues: { ':other': { S: 'another' }, ':one': { N: '1' } },
  });
}

async function freeLease(region: Region, pk: JsonObject): Promise<void> {
  await region.call('dynamodb', 'UpdateItem', {
    TableName: TABLE_NAME,
    Key: { pk, ...LEASE },
    UpdateExpression: 'REMOVE rolloutId, deadlineAt',
  });
}

describe('the lease is lost', () => {
  it.each([
    ['update-container-instance', 'LetAgentSettle', 'UpdateContainerInstancesState'],
    ['run-wave', 'AwaitProgress', 'StartExecution'],
  ] as const)(
    'while %s is in %s: nothing acts on what it has read',
    async (machine, state, act) => {
      const calls: Call[] = [];
      let acted: Call[] = [];
      const ended = await runRollout({
        observe: (region) => watch(region, calls),
        meanwhile: async ({ region, untilState }) => {
          await untilState(machine, state);
          const { pk } = keyOf(calls.find(isLeaseWrite));
          await takeLease(region, pk);
          const from = calls.length;
          const isOver = () =>
            region.services.states
              .executions()
              .some(
                ({ stateMachine, status }) =>
                  stateMachine.name === stateMachineName(machine) && status === 'FAILED',
              );
          await region.run(isOver);
          acted = calls.slice(from).filter(({ operation }) => operation === act);
          await freeLease(region, pk);
        },
      });
      expect(acted).toEqual([]);
      expect(ended.leases).toEqual([]);
      expectEnd(ended, ['Halted', 'FailedClean']);
    },
  );
});
