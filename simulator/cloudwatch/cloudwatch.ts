// Speaks CloudWatch's API: alarms with scripted states, and metric data as it was put.

import type { FleetAlarm } from '../fleet-file/schema.ts';
import { type Constraints, validate } from '../kernel/constraints.ts';
import { arn, type Kernel } from '../kernel/kernel.ts';
import { pageOf } from '../kernel/page.ts';
import { structuresOf, textsOf } from '../kernel/query-members.ts';
import {
  AwsError,
  type AwsService,
  type JsonObject,
  type ThrottleBucket,
} from '../kernel/service.ts';
import { watchAlarmFaults } from './alarm-faults.ts';
import { type AlarmState, Alarms, describeAlarm } from './alarms.ts';

/** One datum as PutMetricData brought it. */
export interface MetricDatum {
  readonly at: number;
  readonly namespace: string;
  readonly datum: JsonObject;
}

const STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];
/** Unless said (boto/boto#3036: the API reference names the maximum, 100, and no default). */
const PAGE = 50;
const ALARM_NAME = { required: true, min: 1, max: 255 };
const PUT_ALARM: Constraints = {
  AlarmName: ALARM_NAME,
  EvaluationPeriods: { required: true, min: 1 },
  ComparisonOperator: { required: true, min: 1 },
};
const SET_STATE: Constraints = {
  AlarmName: ALARM_NAME,
  StateValue: { required: true, oneOf: STATES },
  StateReason: { required: true, max: 1023 },
};
/** Requests per second of the CloudWatch user guide, "Service quotas". */
const RATES: Readonly<Record<string, number>> = {
  DescribeAlarms: 9,
  PutMetricAlarm: 3,
  SetAlarmState: 3,
  DeleteAlarms: 3,
  PutDashboard: 10,
  GetDashboard: 10,
  DeleteDashboards: 10,
  PutMetricData: 500,
};

export class CloudWatchService implements AwsService {
  readonly id = 'monitoring';
  readonly protocol = 'awsJson1.0';
  readonly targetPrefix = 'GraniteServiceVersion20100801';
  readonly operations = [
    'DescribeAlarms',
    'PutMetricAlarm',
    'DeleteAlarms',
    'SetAlarmState',
    'PutMetricData',
    'PutDashboard',
    'GetDashboard',
    'DeleteDashboards',
  ];
  /** Everything put by PutMetricData, oldest first; nothing is evaluated from it. */
  readonly metricData: MetricDatum[] = [];
  readonly #kernel: Kernel;
  readonly #alarms: Alarms;
  readonly #dashboards = new Map<string, string>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#alarms = new Alarms(kernel);
    watchAlarmFaults(kernel, this.#alarms);
  }

  load(alarms: readonly FleetAlarm[]): void {
    for (const alarm of alarms) this.#alarms.load(alarm);
  }

  throttle(operation: string): ThrottleBucket | undefined {
    const rate = RATES[operation];
    return rate === undefined
      ? undefined
      : { name: `monitoring:${operation}`, burst: rate, refillPerSecond: rate };
  }

  call(operation: string, input: JsonObject): JsonObject {
    switch (operation) {
      case 'DescribeAlarms':
        return this.#describe(input);
      case 'PutMetricAlarm':
        return this.#putAlarm(input);
      case 'DeleteAlarms':
        for (const name of textsOf(input.AlarmNames)) this.#alarms.delete(name);
        return {};
      case 'SetAlarmState':
        return this.#setState(input);
      case 'PutMetricData':
        return this.#putData(input);
      case 'PutDashboard':
        return this.#putDashboard(input);
      case 'GetDashboard':
        return this.#getDashboard(input);
      default:
        return this.#deleteDashboards(input);
    }
  }

  /** Names that do not exist are left out of the answer, not refused. */
  #describe(input: JsonObject): JsonObject {
    const names = textsOf(input.AlarmNames);
    const prefix = String(input.AlarmNamePrefix ?? '');
    const chosen = this.#alarms
      .all()
      .filter(({ name }) => (names.length === 0 || names.includes(name)) && name.startsWith(prefix))
      .filter(({ state }) => input.StateValue === undefined || state === input.StateValue);
    const request = { limit: Number(input.MaxRecords ?? PAGE), token: input.NextToken };
    const onBadToken = () => new AwsError('InvalidNextToken', 'The next token is invalid.');
    const page = pageOf(chosen, request, onBadToken);
    return {
      MetricAlarms: page.items.map(describeAlarm),
      CompositeAlarms: [],
      NextToken: page.nextToken,
    };
  }

  #putAlarm(input: JsonObject): JsonObject {
    validate(input, PUT_ALARM);
    const { AlarmName, Tags: _tags, ...configuration } = input;
    this.#alarms.put(String(AlarmName), configuration);
    return {};
  }

  #setState(input: JsonObject): JsonObject {
    validate(input, SET_STATE);
    const alarm = this.#alarms.get(input.AlarmName);
    this.#alarms.set(alarm, input.StateValue as AlarmState, String(input.StateReason));
    return {};
  }

  #putData(input: JsonObject): JsonObject {
    validate(input, { Namespace: { required: true, min: 1, max: 255 } });
    const namespace = String(input.Namespace);
    if (namespace.startsWith('AWS/'))
      throw new AwsError(
        'InvalidParameterValueException',
        'The value AWS/ for parameter Namespace is invalid.',
      );
    const at = this.#kernel.clock.now();
    for (const datum of structuresOf(input.MetricData))
      this.metricData.push({ at, namespace, datum });
    return {};
  }

  #putDashboard(input: JsonObject): JsonObject {
    validate(input, { DashboardName: { required: true }, DashboardBody: { required: true } });
    checkDashboard(String(input.DashboardBody));
    this.#dashboards.set(String(input.DashboardName), String(input.DashboardBody));
    return { DashboardValidationMessages: [] };
  }

  /** "If you specify a dashboard that does not exist, none are deleted" (API reference). */
  #deleteDashboards(input: JsonObject): JsonObject {
    const names = textsOf(input.DashboardNames);
    const missing = names.find((name) => !this.#dashboards.has(name));
    if (missing !== undefined) throw noDashboard(missing);
    for (const name of names) this.#dashboards.delete(name);
    return {};
  }

  #getDashboard(input: JsonObject): JsonObject {
    const name = String(input.DashboardName);
    const body = this.#dashboards.get(name);
    if (body === undefined) throw noDashboard(name);
    return {
      DashboardName: name,
      DashboardArn: arn({ ...this.#kernel, region: '' }, 'cloudwatch', `dashboard/${name}`),
      DashboardBody: body,
    };
  }
}

function noDashboard(name: string): AwsError {
  return new AwsError('DashboardNotFoundError', `Dashboard ${name} does not exist`, 404);
}

/** Only what no dashboard can do without; the widgets themselves are not looked at. */
function checkDashboard(body: string): void {
  const invalid = (Message: string) =>
    new AwsError('DashboardInvalidInputError', `The dashboard body is invalid: ${Message}`, 400, {
      dashboardValidationMessages: [{ DataPath: '/', Message }],
    });
  let dashboard: unknown;
  try {
    dashboard = JSON.parse(body);
  } catch {
    throw invalid('The field DashboardBody must be a valid JSON object');
  }
  if (!Array.isArray((dashboard as JsonObject | null)?.widgets))
    throw invalid('Should have required property "widgets"');
}
