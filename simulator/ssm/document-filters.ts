// Which documents ListDocuments is asked for, in the old form of filters and in the new.

import { AwsError, type JsonObject } from '../kernel/service.ts';
import { objects, texts } from './members.ts';

interface DocumentFilter {
  readonly key: string;
  readonly values: readonly string[];
}

interface Filtered {
  readonly name: string;
  readonly owner: string;
}

/** Both forms of filters, as one. */
export function documentFilters(input: JsonObject): DocumentFilter[] {
  return [
    ...objects(input, 'Filters').map((filter) => ({
      key: String(filter.Key),
      values: texts(filter, 'Values'),
    })),
    ...objects(input, 'DocumentFilterList').map((filter) => ({
      key: String(filter.key),
      values: [String(filter.value)],
    })),
  ];
}

/** API reference, DocumentKeyValuesFilter: names by their beginning, owners by a few words. */
export function passesFilter(
  document: Filtered,
  { key, values }: DocumentFilter,
  accountId: string,
): boolean {
  const isOwn = document.owner === accountId;
  switch (key) {
    case 'Name':
      return values.some((value) => document.name.startsWith(value));
    case 'Owner':
      return values.some((value) =>
        ['All', document.owner, ...(isOwn ? ['Self', 'Private'] : ['Public'])].includes(value),
      );
    case 'DocumentType':
      return values.includes('Command');
    case 'PlatformTypes':
      return values.some((value) => value === 'Linux' || value === 'MacOS');
    default:
      throw new AwsError('InvalidFilterKey', '');
  }
}
