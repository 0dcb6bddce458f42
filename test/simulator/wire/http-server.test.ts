// The region over HTTP: the same bytes through a socket, driven by the requests themselves.

import { ECSClient, ListClustersCommand } from '@aws-sdk/client-ecs';
import { describe, expect, test } from 'vitest';
import { Dispatcher } from '../../../simulator/wire/dispatcher.ts';
import { Drive } from '../../../simulator/wire/drive.ts';
import { listen } from '../../../simulator/wire/http-server.ts';
import { fakeService } from '../../support/functions.ts';
import { makeKernel } from '../../support/kernel.ts';

describe('listen()', () => {
  test('serves SDK clients that arrive together, each after its own latency', async () => {
    const { kernel } = makeKernel();
    const callers: string[] = [];
    const ecs = fakeService(
      'ecs',
      'awsJson1.1',
      {
        ListClusters: (_input, caller) => {
          callers.push(caller.name);
          return { clusterArns: [] };
        },
      },
      { targetPrefix: 'AmazonEC2ContainerServiceV20141113' },
    );
    const dispatcher = new Dispatcher(kernel, [ecs]);
    const server = await listen(
      {
        transport: (request, caller) => dispatcher.handle(request, caller),
        drive: new Drive(kernel.clock),
        onBug(error) {
          throw error;
        },
      },
      0,
    );
    const client = new ECSClient({
      region: 'eu-west-1',
      endpoint: server.url,
      credentials: { accessKeyId: 'AKIAPERSON', secretAccessKey: 'x' },
    });
    const before = kernel.clock.now();
    await Promise.all([1, 2, 3].map(() => client.send(new ListClustersCommand({}))));
    expect(callers).toEqual(['AKIAPERSON', 'AKIAPERSON', 'AKIAPERSON']);
    expect(kernel.clock.now()).toBeGreaterThan(before);
    client.destroy();
    await server.close();
  });
});
