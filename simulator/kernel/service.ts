// What every simulated AWS service offers to the wire, and the errors it answers with.

/** A JSON object as it travels on the wire. */
export type JsonObject = { [key: string]: unknown };

/** Who makes a call: a simulated Lambda function, another simulated service, or a client outside. */
export interface Caller {
  readonly kind: 'function' | 'service' | 'outside';
  /** Function name, service id, or access key id. */
  readonly name: string;
}

export type Protocol = 'awsJson1.0' | 'awsJson1.1' | 'ec2Query' | 'awsQuery' | 'restJson1';

/** One REST route of a `restJson1` service; `{Name}` in the path becomes a member of the input. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly operation: string;
  /** Request headers that are input members: header name in lower case to member. */
  readonly inputHeaders?: Readonly<Record<string, string>>;
  /** Output members that travel as headers: member to header name in lower case. */
  readonly outputHeaders?: Readonly<Record<string, string>>;
  /** Member that is the whole body, as text, in the request and in the answer. */
  readonly payload?: string;
  /** Output member that becomes the HTTP status. */
  readonly statusMember?: string;
  /** HTTP status of success; 200 unless said. */
  readonly status?: number;
}

/** A token bucket shared by the operations that name it. */
export interface ThrottleBucket {
  readonly name: string;
  readonly burst: number;
  readonly refillPerSecond: number;
}

/**
 * One AWS service of the region.
 *
 * `call` gets the input members as the protocol carries them (JSON values; for the query protocols every scalar is
 * a string and lists are arrays) and answers the output members. It throws `AwsError` for anything AWS would refuse.
 */
export interface AwsService {
  /** The SigV4 signing name: `ecs`, `ssm`, `states`, `events`, `dynamodb`, `ec2`, `autoscaling`, … */
  readonly id: string;
  readonly protocol: Protocol;
  /** `X-Amz-Target` prefix of the JSON protocols, without the dot. */
  readonly targetPrefix?: string;
  /** API version of the query protocols. */
  readonly apiVersion?: string;
  /** XML namespace of the query protocols' answers. */
  readonly xmlNamespace?: string;
  readonly routes?: readonly Route[];
  /** Operation names this service answers. */
  readonly operations: readonly string[];
  throttle?(operation: string): ThrottleBucket | undefined;
  call(operation: string, input: JsonObject, caller: Caller): JsonObject | Promise<JsonObject>;
}

/** An error that AWS would answer with; anything else thrown by a service is a bug of the simulator. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  readonly extra: JsonObject;

  /**
   * @param code Wire code, for example `ClusterNotFoundException`.
   * @param message Text as AWS writes it; empty where the service's model has none (SSM).
   * @param status HTTP status, 400 unless said.
   * @param extra Further members of the error body.
   */
  constructor(code: string, message: string, status = 400, extra: JsonObject = {}) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.status = status;
    this.extra = extra;
  }
}
