// Which file drives which operations: together all that the simulator has, or complete.test.ts fails.

export interface Row {
  /** Signing name. */
  readonly service: string;
  readonly operations: readonly string[];
  /** Operations that nothing can make wrong, each with the reason; all others must be refused once. */
  readonly neverRefused?: Readonly<Record<string, string>>;
  /** Operations whose effect is looked at where their answer is, each with the reason. */
  readonly onlyOnce?: Readonly<Record<string, string>>;
}

/** By name of the test file. */
export const CONFORMANCE = {
  'ecs-cluster': {
    service: 'ecs',
    operations: [
      'ListClusters',
      'DescribeClusters',
      'ListContainerInstances',
      'DescribeContainerInstances',
      'PutAttributes',
      'DeleteAttributes',
      'UpdateContainerInstancesState',
      'DeregisterContainerInstance',
      'ListTagsForResource',
    ],
    onlyOnce: { DeregisterContainerInstance: 'an account has one to spare, not two' },
  },
  'ecs-tasks': {
    service: 'ecs',
    operations: [
      'DescribeServices',
      'DescribeTaskDefinition',
      'DescribeTasks',
      'GetTaskProtection',
      'ListServices',
      'ListTasks',
      'RunTask',
      'StartTask',
      'StopTask',
      'UpdateService',
      'UpdateTaskProtection',
    ],
  },
} as const satisfies Record<string, Row>;

export type ConformanceFile = keyof typeof CONFORMANCE;
