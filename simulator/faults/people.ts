// What people do at an instant with the AWS API: invoke, change, delete, resize, protect, schedule.

import { arn, type Kernel, partitionOf } from '../kernel/kernel.ts';
import type { JsonObject } from '../kernel/service.ts';
import { type FaultSpec, matchesSubject } from './faults.ts';
import type { FleetHands } from './fleet-hands.ts';
import { type Happening, happenOnce } from './instants.ts';

/** Calls an operation of a service at once. */
export type Call = (serviceId: string, operation: string, input: JsonObject) => Promise<JsonObject>;

const nobody = () => [];

/** 48 hours, the longest that UpdateTaskProtection takes. */
const PROTECTION_MINUTES = 2880;

function parameter({ parameters }: FaultSpec, name: string, unlessSaid: string): string {
  return String(parameters?.[name] ?? unlessSaid);
}

/** A fault file may write JSON as it is or as text. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function namesOf(listed: Promise<JsonObject>, list: string, name: string): Promise<string[]> {
  return ((await listed)[list] as JsonObject[]).map((one) => String(one[name]));
}

function invocation(kernel: Kernel, call: Call): Happening {
  return {
    name: 'function-invoked',
    subjects: () => namesOf(call('lambda', 'ListFunctions', {}), 'Functions', 'FunctionName'),
    async happen(functionName, spec) {
      const payload = jsonOf(parameter(spec, 'payload', '{}'));
      const result = await kernel.invokeFunction(functionName, payload);
      const answer = result.ok ? result.payload : result.errorMessage;
      kernel.log.append('fault', 'function-answered', functionName, { ok: result.ok, answer });
    },
  };
}

function parameterChange(call: Call): Happening {
  return {
    name: 'parameter-changed',
    subjects: nobody,
    happen: (name, spec) =>
      call('ssm', 'PutParameter', {
        Name: name,
        Value: parameter(spec, 'value', ''),
        Type: parameter(spec, 'type', 'String'),
        Overwrite: true,
      }),
  };
}

/** A group that is full has its maximum raised, as somebody who needs a machine does. */
function scaleOut(call: Call): Happening {
  return {
    name: 'group-scales-out',
    subjects: () =>
      namesOf(
        call('autoscaling', 'DescribeAutoScalingGroups', {}),
        'AutoScalingGroups',
        'AutoScalingGroupName',
      ),
    async happen(name, spec) {
      const asked = { AutoScalingGroupNames: [name] };
      const { AutoScalingGroups } = await call('autoscaling', 'DescribeAutoScalingGroups', asked);
      const [group] = AutoScalingGroups as { DesiredCapacity: number; MaxSize: number }[];
      if (!group) return;
      const wanted = Number(group.DesiredCapacity) + Number(parameter(spec, 'by', '1'));
      await call('autoscaling', 'UpdateAutoScalingGroup', {
        AutoScalingGroupName: name,
        MaxSize: String(Math.max(wanted, Number(group.MaxSize))),
        DesiredCapacity: String(wanted),
      });
    },
  };
}

/** Those of services only: a standalone task cannot be protected. */
function taskProtection(call: Call, fleet: FleetHands): Happening {
  return {
    name: 'tasks-protected',
    subjects: () => fleet.ec2InstanceIds(),
    async happen(ec2InstanceId, spec) {
      const { cluster, tasks } = fleet.tasksOn(ec2InstanceId);
      if (cluster === undefined || tasks.length === 0) return;
      await call('ecs', 'UpdateTaskProtection', {
        cluster,
        tasks: tasks.slice(0, 10),
        protectionEnabled: true,
        expiresInMinutes: Number(parameter(spec, 'minutes', String(PROTECTION_MINUTES))),
      });
    },
  };
}

function newSchedule(kernel: Kernel, call: Call): Happening {
  return {
    name: 'schedule-created',
    subjects: nobody,
    async happen(name, spec) {
      const target = parameter(spec, 'target', '');
      const functions = await namesOf(
        call('lambda', 'ListFunctions', {}),
        'Functions',
        'FunctionName',
      );
      const Arn = functions.includes(target)
        ? arn(kernel, 'lambda', `function:${target}`)
        : arn(kernel, 'states', `stateMachine:${target}`);
      const RoleArn = `arn:${partitionOf(kernel.region)}:iam::${kernel.accountId}:role/scheduler`;
      await call('scheduler', 'CreateSchedule', {
        Name: name,
        ScheduleExpression: parameter(spec, 'expression', 'cron(30 2 ? * SUN *)'),
        ScheduleExpressionTimezone: parameter(spec, 'timeZone', 'Europe/Berlin'),
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: { Arn, RoleArn, Input: parameter(spec, 'input', '{}') },
      });
    },
  };
}

/** What a shell, a terminal, a chat and a template language would each make something of. */
const HOSTILE = '$(reboot)`reboot`";\'\\\n\u202e\u0000<!channel> {% $states %}';

function tagging(fleet: FleetHands): Happening {
  return {
    name: 'tags-put',
    subjects: () => fleet.ec2InstanceIds(),
    happen: (ec2InstanceId, spec) =>
      fleet.tag(ec2InstanceId, {
        key: parameter(spec, 'key', 'Name'),
        value: parameter(spec, 'value', HOSTILE),
      }),
  };
}

const tables = (call: Call) => async () =>
  (await call('dynamodb', 'ListTables', {})).TableNames as string[];

type Key = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

async function itemsOf(call: Call, TableName: string): Promise<Key[]> {
  const items: Key[] = [];
  for (let from: unknown, more = true; more; ) {
    const start = from === undefined ? {} : { ExclusiveStartKey: from };
    const page = await call('dynamodb', 'Scan', { TableName, ...start });
    items.push(...(page.Items as Key[]));
    from = page.LastEvaluatedKey;
    more = from !== undefined;
  }
  return items;
}

/** What a restore brings back besides the items; time to live and protection are for its owner to set again. */
const RESTORED = ['AttributeDefinitions', 'KeySchema', 'LocalSecondaryIndexes'] as const;

/**
 * Whoever deletes it has taken its protection away first. A table with point-in-time recovery leaves a backup of its
 * last moment, which can be restored under the same name (DynamoDB developer guide, Point-in-time recovery).
 */
function tableDeletion({ clock }: Kernel, call: Call): Happening {
  return {
    name: 'dynamodb-table-deleted',
    subjects: tables(call),
    async happen(TableName, spec) {
      const { Table } = await call('dynamodb', 'DescribeTable', { TableName });
      const described = Table as JsonObject;
      const items = await itemsOf(call, TableName);
      await call('dynamodb', 'UpdateTable', { TableName, DeletionProtectionEnabled: false });
      await call('dynamodb', 'DeleteTable', { TableName });
      const seconds = spec.parameters?.restoredAfterSeconds;
      if (seconds === undefined) return;
      clock.at(clock.now() + Number(seconds) * 1000, async () => {
        const members = RESTORED.map((member) => [member, described[member]] as const);
        const shape = Object.fromEntries(members.filter(([, value]) => value !== undefined));
        await call('dynamodb', 'CreateTable', {
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          ...shape,
        });
        for (const Item of items) await call('dynamodb', 'PutItem', { TableName, Item });
      });
    },
  };
}

function itemDeletion(call: Call): Happening {
  return {
    name: 'dynamodb-item-deleted',
    subjects: tables(call),
    async happen(TableName, spec) {
      const pattern = parameter(spec, 'key', '*');
      const { Table } = await call('dynamodb', 'DescribeTable', { TableName });
      const schema = (Table as { KeySchema: { AttributeName: string }[] }).KeySchema;
      for (const item of await itemsOf(call, TableName)) {
        const key = Object.fromEntries(schema.map(({ AttributeName: a }) => [a, item[a] ?? {}]));
        const text = Object.values(key)
          .flatMap((one) => Object.values(one))
          .join('/');
        if (matchesSubject(pattern, text))
          await call('dynamodb', 'DeleteItem', { TableName, Key: key });
      }
    },
  };
}

/** F35, F37, F53, F55, F62, F63, F65, F66, F67 and F69: people who have access, at their instants. */
export function letPeopleAct(kernel: Kernel, call: Call, fleet: FleetHands): void {
  const happenings = [
    invocation(kernel, call),
    parameterChange(call),
    scaleOut(call),
    taskProtection(call, fleet),
    tagging(fleet),
    newSchedule(kernel, call),
    tableDeletion(kernel, call),
    itemDeletion(call),
  ];
  for (const happening of happenings) happenOnce(kernel, happening);
}
