// Form bodies as the SDKs send them.

import { describe, expect, test } from 'vitest';
import { decodeForm } from '../../../simulator/wire/form.ts';

describe('decodeForm()', () => {
  test('reads EC2 lists, which are numbered directly', () => {
    const body = 'InstanceId.1=i-1&InstanceId.2=i-2&Filter.1.Name=tag%3AA&Filter.1.Value.1=x+y';
    expect(decodeForm(body)).toEqual({
      InstanceId: ['i-1', 'i-2'],
      Filter: [{ Name: 'tag:A', Value: ['x y'] }],
    });
  });

  test('reads AWS Query lists, which are wrapped in member', () => {
    const body = 'InstanceIds.member.1=i-1&Tags.member.1.Key=a&Tags.member.1.Value=b';
    expect(decodeForm(body)).toEqual({
      InstanceIds: ['i-1'],
      Tags: [{ Key: 'a', Value: 'b' }],
    });
  });

  test('orders a list by its numbers, not by their text or their place', () => {
    const numbers = [10, 2, 1, 3, 4, 5, 6, 7, 8, 9];
    const body = numbers.map((number) => `Id.${number}=${number}`).join('&');
    expect(decodeForm(body).Id).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']);
  });

  test('keeps scalars as text and structures as objects', () => {
    expect(decodeForm('Placement.Tenancy=default&DryRun=false&Max=5')).toEqual({
      Placement: { Tenancy: 'default' },
      DryRun: 'false',
      Max: '5',
    });
  });
});
