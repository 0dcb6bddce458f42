// Runs Lambda functions against a few services in a small kernel, for tests of the wire, the
// runtime and the stores.

import type { AwsService, Caller, JsonObject, Protocol } from '../../simulator/kernel/service.ts';
import { LambdaService } from '../../simulator/lambda/lambda.ts';
import { Dispatcher } from '../../simulator/wire/dispatcher.ts';
import { isAwsHost } from '../../simulator/wire/hosts.ts';
import type { Transport } from '../../simulator/wire/message.ts';
import { Outside } from '../../simulator/wire/outside.ts';
import { type KernelOptions, makeKernel, type TestKernel } from './kernel.ts';

type Operation = (input: JsonObject, caller: Caller) => JsonObject | Promise<JsonObject>;

/** A service made of a few functions. */
export function fakeService(
  id: string,
  protocol: Protocol,
  operations: Readonly<Record<string, Operation>>,
  rest: Partial<AwsService> = {},
): AwsService {
  return {
    id,
    protocol,
    operations: Object.keys(operations),
    call: (operation, input, caller) => operations[operation]!(input, caller),
    ...rest,
  };
}

export interface FunctionBed extends TestKernel {
  readonly lambda: LambdaService;
  readonly dispatcher: Dispatcher;
  readonly outside: Outside;
  /** Creates a function from CommonJS text. */
  create(name: string, code: string, settings?: JsonObject): Promise<void>;
}

export function makeFunctionBed(
  services: (bed: TestKernel) => readonly AwsService[],
  options: KernelOptions = {},
): FunctionBed {
  let lambda: LambdaService | undefined;
  const bed = makeKernel({
    ...options,
    onInvoke: (name, payload) => lambda!.invokeFunction(name, payload),
  });
  const outside = new Outside(bed.kernel);
  const transport: Transport = (request, caller, tookEffect) =>
    isAwsHost(request.headers.host)
      ? dispatcher.handle(request, caller, tookEffect)
      : outside.handle(request, caller, tookEffect);
  lambda = new LambdaService(bed.kernel, transport);
  const dispatcher = new Dispatcher(bed.kernel, [lambda, ...services(bed)]);
  const created = lambda;
  return {
    ...bed,
    lambda: created,
    dispatcher,
    outside,
    async create(name, code, settings = {}) {
      const ZipFile = Buffer.from(code).toString('base64');
      await bed.call(created, 'CreateFunction', {
        FunctionName: name,
        Code: { ZipFile },
        ...settings,
      });
    },
  };
}
