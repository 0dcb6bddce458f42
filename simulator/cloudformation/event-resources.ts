// Buses, rules, archives and schedules from a template.

import type { JsonObject } from '../kernel/service.ts';
import { jsonText, nameFrom, pick, type ResourceType } from './resource.ts';

const eventBus: ResourceType = async (request) => {
  const Name = nameFrom(request, 'Name');
  const created = await request.call('events', 'CreateEventBus', {
    Name,
    ...pick(request.properties, 'Description', 'EventSourceName', 'Tags'),
  });
  return { ref: Name, attributes: { Name, Arn: created.EventBusArn } };
};

/** The API reports targets it did not take in a 200 answer; a deployment fails for them. */
function checkEntries(logicalId: string, answer: JsonObject): void {
  if (Number(answer.FailedEntryCount ?? 0) === 0) return;
  throw new Error(`Rule ${logicalId}: ${JSON.stringify(answer.FailedEntries)}`);
}

const rule: ResourceType = async (request) => {
  const { logicalId, properties } = request;
  const Name = nameFrom(request, 'Name');
  const onBus = pick(properties, 'EventBusName');
  const pattern = properties.EventPattern;
  const created = await request.call('events', 'PutRule', {
    Name,
    ...onBus,
    ...pick(properties, 'Description', 'RoleArn', 'ScheduleExpression', 'State'),
    ...(pattern === undefined ? {} : { EventPattern: jsonText(pattern) }),
  });
  const targets = (properties.Targets ?? []) as JsonObject[];
  if (targets.length > 0) {
    const input = { Rule: Name, ...onBus, Targets: targets };
    checkEntries(logicalId, await request.call('events', 'PutTargets', input));
  }
  const bus = properties.EventBusName;
  const ref = bus === undefined || bus === 'default' ? Name : `${String(bus)}|${Name}`;
  return { ref, attributes: { Arn: created.RuleArn } };
};

const archive: ResourceType = async (request) => {
  const { properties } = request;
  const ArchiveName = nameFrom(request, 'ArchiveName');
  const created = await request.call('events', 'CreateArchive', {
    ArchiveName,
    EventSourceArn: properties.SourceArn,
    ...pick(properties, 'Description', 'RetentionDays'),
    ...(properties.EventPattern === undefined
      ? {}
      : { EventPattern: jsonText(properties.EventPattern) }),
  });
  return { ref: ArchiveName, attributes: { Arn: created.ArchiveArn } };
};

const schedule: ResourceType = async (request) => {
  const Name = nameFrom(request, 'Name');
  const input = { ...request.properties, Name };
  const created = await request.call('scheduler', 'CreateSchedule', input);
  return { ref: Name, attributes: { Arn: created.ScheduleArn } };
};

const scheduleGroup: ResourceType = async (request) => {
  const Name = nameFrom(request, 'Name');
  const created = await request.call('scheduler', 'CreateScheduleGroup', { Name });
  return { ref: Name, attributes: { Arn: created.ScheduleGroupArn } };
};

export const EVENT_RESOURCES: Readonly<Record<string, ResourceType>> = {
  'AWS::Events::EventBus': eventBus,
  'AWS::Events::Rule': rule,
  'AWS::Events::Archive': archive,
  'AWS::Scheduler::Schedule': schedule,
  'AWS::Scheduler::ScheduleGroup': scheduleGroup,
};
