// `fleet simulate --serve`: keeps a region up over HTTP, for the AWS CLI and any other client, until Ctrl-C.

import { createRegion, type Region } from '../simulator/region.ts';
import { EXIT_OK } from './exit-codes.ts';
import { deployProduct, type Product, templateFor } from './product.ts';
import { type RehearsalOptions, refuseUnknownSubjects } from './rehearsal.ts';
import type { ServeOptions } from './simulate-options.ts';
import { firstSignal, type Surroundings } from './terminal.ts';
import { printable } from './text-width.ts';
import { instantText } from './time-text.ts';
import { UsageError } from './usage-error.ts';

/** For a POSIX shell: nothing inside of single quotes means anything but a single quote. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

async function listen(region: Region, port: number): Promise<string> {
  try {
    const { url } = await region.listen(port);
    return url;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const why = code === 'EADDRINUSE' ? 'it is in use' : message;
    throw new UsageError(`option --serve: cannot listen on port ${port}: ${why}`);
  }
}

function usage(region: Region, url: string, pace: number): string[] {
  const { clock, region: name, accountId } = region.kernel;
  return [
    `Region ${name} of account ${accountId} is at ${url}, ${pace} times as fast as real time,`,
    `from ${instantText(clock.now())}. In another terminal:`,
    '',
    `  export AWS_ENDPOINT_URL=${url}`,
    `  export AWS_REGION=${name} AWS_DEFAULT_REGION=${name}`,
    '  export AWS_ACCESS_KEY_ID=simulated AWS_SECRET_ACCESS_KEY=simulated',
    '',
  ];
}

function productUsage(
  arn: string,
  asked: Readonly<Record<string, unknown>>,
  cluster: string,
): string[] {
  const input = { ...asked, startedBy: 'somebody with the AWS CLI' };
  return [
    `  npm run -s fleet -- plan --cluster ${cluster}`,
    `  npm run -s fleet -- start --cluster ${cluster}`,
    `  npm run -s fleet -- watch --cluster ${cluster}`,
    `  aws stepfunctions start-execution --state-machine-arn ${arn} \\`,
    `    --input ${quoted(JSON.stringify(input))}`,
    `  aws stepfunctions list-executions --state-machine-arn ${arn}`,
  ];
}

/** Says which executions begin and end: somebody outside started them. */
function tellExecutions(region: Region, write: (line: string) => void): void {
  region.kernel.log.subscribe(({ at, source, name, subject, detail }) => {
    if (source !== 'states' || !name.startsWith('execution-')) return;
    const status = detail.status === undefined ? 'started' : String(detail.status);
    const error = detail.error === undefined ? '' : ` ${String(detail.error)}`;
    write(printable(`${instantText(at)} ${subject} ${status}${error}`));
  });
}

/** @throws {UsageError} When the port cannot be had. */
export async function serve(
  { fleet, faults, asked, seed }: RehearsalOptions,
  { port, pace, withProduct }: ServeOptions,
  { stdout }: Surroundings,
): Promise<number> {
  const write = (line: string) => void stdout.write(`${line}\n`);
  const region = createRegion({ fleet, faults, seed });
  const product = withProduct
    ? await deployProduct(region, { template: templateFor(fleet) })
    : undefined;
  if (product) await refuseUnknownSubjects(region, faults);
  const url = await listen(region, port);
  const ended = firstSignal();
  for (const line of usage(region, url, pace)) write(line);
  write(`  aws ecs list-container-instances --cluster ${asked.clusterName}`);
  const usageOf = ({ rollOutClusterArn }: Product) =>
    productUsage(rollOutClusterArn, asked.input, asked.clusterName);
  if (product) for (const line of usageOf(product)) write(line);
  write('\nCtrl-C ends it.\n');
  tellExecutions(region, write);
  region.pace(pace);
  await ended;
  await region.close();
  return EXIT_OK;
}
