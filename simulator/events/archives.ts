// Accepts archives and counts what they would keep; replays are not modelled.

import { validate } from '../kernel/constraints.ts';
import { arn, type Kernel } from '../kernel/kernel.ts';
import { pageOf } from '../kernel/page.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import { compileEventPattern, type EventPattern } from './event-pattern.ts';
import { badToken, requested } from './paging.ts';
import { type Bus, type Buses, busNameOf } from './rules.ts';

interface Archive {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  readonly sourceArn: string;
  readonly eventPattern: string | undefined;
  readonly retentionDays: number;
  readonly description: string | undefined;
  readonly createdAt: number;
  readonly matches: EventPattern;
  eventCount: number;
  sizeBytes: number;
}

export class Archives {
  readonly operations: readonly (readonly [string, (input: JsonObject) => JsonObject])[] = [
    ['CreateArchive', (input) => this.#create(input)],
    ['DescribeArchive', (input) => this.#describe(input)],
    ['ListArchives', (input) => this.#list(input)],
    ['DeleteArchive', (input) => this.#delete(input)],
  ];
  readonly #kernel: Kernel;
  readonly #buses: Buses;
  readonly #byName = new Map<string, Archive>();

  constructor(kernel: Kernel, buses: Buses) {
    this.#kernel = kernel;
    this.#buses = buses;
  }

  store(bus: Bus, envelope: JsonObject): void {
    for (const archive of this.#byName.values()) {
      if (archive.busName !== bus.name || !archive.matches(envelope)) continue;
      archive.eventCount++;
      archive.sizeBytes += Buffer.byteLength(JSON.stringify(envelope));
    }
  }

  #create(input: JsonObject): JsonObject {
    const name = { required: true, min: 1, max: 48, pattern: /^[.\-_A-Za-z0-9]+$/ };
    validate(input, { ArchiveName: name, EventSourceArn: { required: true, min: 1, max: 1600 } });
    const archiveName = String(input.ArchiveName);
    if (this.#byName.has(archiveName))
      throw new AwsError(
        'ResourceAlreadyExistsException',
        `Archive ${archiveName} already exists.`,
      );
    const pattern = input.EventPattern === undefined ? undefined : String(input.EventPattern);
    const archive: Archive = {
      name: archiveName,
      arn: arn(this.#kernel, 'events', `archive/${archiveName}`),
      busName: this.#buses.get(busNameOf(input.EventSourceArn)).name,
      sourceArn: String(input.EventSourceArn),
      eventPattern: pattern,
      retentionDays: Number(input.RetentionDays ?? 0),
      description: input.Description === undefined ? undefined : String(input.Description),
      createdAt: this.#kernel.clock.now(),
      matches: pattern === undefined ? () => true : compileEventPattern(pattern),
      eventCount: 0,
      sizeBytes: 0,
    };
    this.#byName.set(archiveName, archive);
    return { ArchiveArn: archive.arn, State: 'ENABLED', CreationTime: archive.createdAt / 1000 };
  }

  #get(input: JsonObject): Archive {
    const archive = this.#byName.get(String(input.ArchiveName));
    if (archive) return archive;
    const message = `Archive ${String(input.ArchiveName)} does not exist.`;
    throw new AwsError('ResourceNotFoundException', message);
  }

  #describe(input: JsonObject): JsonObject {
    const archive = this.#get(input);
    return {
      ...summaryOf(archive),
      ArchiveArn: archive.arn,
      Description: archive.description,
      EventPattern: archive.eventPattern,
    };
  }

  #list({ NamePrefix, EventSourceArn, State, ...input }: JsonObject): JsonObject {
    const given = [NamePrefix, EventSourceArn, State].filter((one) => one !== undefined);
    if (given.length > 1)
      throw new AwsError(
        'ValidationException',
        'At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.',
      );
    const found = [...this.#byName.values()].filter(
      (archive) =>
        archive.name.startsWith(String(NamePrefix ?? '')) &&
        (EventSourceArn === undefined || archive.sourceArn === EventSourceArn) &&
        (State === undefined || State === 'ENABLED'),
    );
    const page = pageOf(found, requested(input), badToken);
    return { Archives: page.items.map(summaryOf), NextToken: page.nextToken };
  }

  #delete(input: JsonObject): JsonObject {
    this.#byName.delete(this.#get(input).name);
    return {};
  }
}

function summaryOf(archive: Archive): JsonObject {
  return {
    ArchiveName: archive.name,
    EventSourceArn: archive.sourceArn,
    State: 'ENABLED',
    RetentionDays: archive.retentionDays,
    SizeBytes: archive.sizeBytes,
    EventCount: archive.eventCount,
    CreationTime: archive.createdAt / 1000,
  };
}
