// From which call an error came: told once, of errors of AWS only, and without another name for them.

import { describe, expect, it } from 'vitest';
import { nameFailedCall, rememberCall } from '../../../functions/aws/failed-call.ts';

const SEND = { clientName: 'SSMClient', commandName: 'SendCommandCommand' };

describe('nameFailedCall()', () => {
  it('puts service and operation before the message', () => {
    const error = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
    expect(() => rememberCall(error, SEND)).toThrow(error);
    nameFailedCall(error);
    expect(error.message).toBe('SSM SendCommand: Rate exceeded');
    expect(error.name).toBe('ThrottlingException');
  });

  it('leaves alone what no call of ours ended with', () => {
    const error = new Error('Cannot go on');
    nameFailedCall(error);
    expect(error.message).toBe('Cannot go on');
  });
});
