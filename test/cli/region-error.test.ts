// What goes wrong with AWS, in one line: what was asked, where, AWS's answer, what to do.

import { describe, expect, it } from 'vitest';
import { explain } from '../../cli/aws/region-error.ts';

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

const refused = Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' });
const nested = new AggregateError([Object.assign(new Error('x'), { code: 'ECONNREFUSED' })], '');

describe('explain()', () => {
  it.each([
    [
      named(
        'AccessDeniedException',
        'User: arn:… is not authorized to perform: ecs:DescribeClusters',
      ),
      'AccessDeniedException: User: arn:… is not authorized to perform: ecs:DescribeClusters; ask for that permission, or use another AWS_PROFILE',
    ],
    [
      named('ExpiredTokenException', 'expired'),
      'ExpiredTokenException: expired; get new credentials',
    ],
    [
      named('CredentialsProviderError', 'Could not load credentials from any providers'),
      'CredentialsProviderError: Could not load credentials from any providers; give credentials, for example AWS_PROFILE or aws sso login',
    ],
    [
      named('ResourceNotFoundException', 'Requested resource not found'),
      'ResourceNotFoundException: Requested resource not found; is the stack deployed there? Set AWS_REGION or deploy it',
    ],
    [new Error('Region is missing'), 'Region is missing; set AWS_REGION'],
    [refused, 'ECONNREFUSED; check AWS_ENDPOINT_URL, AWS_REGION and the network'],
    [nested, 'ECONNREFUSED; check AWS_ENDPOINT_URL, AWS_REGION and the network'],
    [
      named('ThrottlingException', 'Rate exceeded'),
      'ThrottlingException: Rate exceeded; try again in a minute',
    ],
    [named('Strange', 'one\n  two'), 'Strange: one two'],
    ['text', 'text'],
  ])('%s', (error, expected) => {
    const place = { region: 'eu-west-1', endpoint: 'http://127.0.0.1:4566' };
    expect(explain('look', place, error)).toBe(
      `cannot look in eu-west-1 at http://127.0.0.1:4566: ${expected}`,
    );
  });

  it('says when only the SDK knows the region', () => {
    expect(explain('look', { region: undefined, endpoint: undefined }, 'no')).toBe(
      'cannot look in the configured region: no',
    );
  });
});
