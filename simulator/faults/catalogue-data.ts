// Faults F32 to F37: of the table.

import type { CatalogueEntry, Injector } from './catalogue.ts';
import { number, oneOf, text } from './parameters.ts';

const TABLE = { subject: 'table name', kind: 'table' } as const;

/** A fault of every call, aimed at DynamoDB when only the number is given. */
function onCalls(name: string, parameters?: Injector['parameters']): Injector {
  return {
    name,
    subject: 'dynamodb:<Operation>',
    kind: 'call',
    ...(parameters ? { parameters } : {}),
    preset: { subject: 'dynamodb:*' },
  };
}

export const DATA_FAULTS: readonly CatalogueEntry[] = [
  {
    number: 32,
    what: 'A conditional write loses: its request came twice, and the answer is that of the second.',
    injectors: [{ name: 'dynamodb-write-repeated', ...TABLE }],
  },
  {
    number: 33,
    what: 'A write to the table succeeds, but its answer is lost.',
    injectors: [
      onCalls('api-error-after-effect', {
        answer: oneOf('what the caller gets', 'error', 'reset', 'none'),
      }),
    ],
  },
  {
    number: 34,
    what: 'An eventually consistent read answers with what was there before.',
    injectors: [
      {
        name: 'dynamodb-stale-read',
        ...TABLE,
        parameters: { seconds: number('how old the answer is', 1) },
      },
    ],
  },
  {
    number: 35,
    what: 'Time to live: items are deleted as soon as they may be (usually hours late), or one is deleted by hand.',
    injectors: [
      { name: 'dynamodb-ttl-prompt', ...TABLE },
      {
        name: 'dynamodb-item-deleted',
        ...TABLE,
        strikes: 'once',
        parameters: { key: text('values of the key joined by /, or a pattern with *', '*') },
      },
    ],
  },
  {
    number: 36,
    what: 'An item is larger than it may be; the limit is lowered for that.',
    injectors: [
      {
        name: 'dynamodb-item-limit-lowered',
        ...TABLE,
        parameters: { bytes: number('the limit, 409600 in AWS', 2000, 1) },
      },
    ],
  },
  {
    number: 37,
    what: 'The table is throttled, fails, or is deleted for good.',
    injectors: [
      onCalls('api-throttled'),
      onCalls('api-error-before-effect'),
      {
        name: 'dynamodb-table-deleted',
        ...TABLE,
        strikes: 'once',
        parameters: {
          restoredAfterSeconds: number('when it is restored under its name; never unless said'),
        },
      },
    ],
  },
];
