// What tasks ask for: task definitions, their demand for resources, and rules of placement.

import type { JsonObject } from '../kernel/service.ts';
import type { Expression } from './cluster-query-language.ts';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface PlacementConstraint {
  readonly type: 'distinctInstance' | 'memberOf';
  readonly expression?: string;
  /** `expression`, parsed once. */
  readonly parsed?: Expression;
}

export interface PlacementStrategy {
  readonly type: 'random' | 'spread' | 'binpack';
  readonly field?: string;
}

export interface PortDemand {
  readonly containerName: string;
  readonly containerPort: number;
  /** 0: the agent takes one from the ephemeral range. */
  readonly hostPort: number;
  readonly protocol: 'tcp' | 'udp';
}

export interface GpuDemand {
  readonly containerName: string;
  /** `ALL`: every GPU of the container instance. */
  readonly count: number | 'ALL';
}

/** What one task takes from its container instance. */
export interface Demand {
  readonly cpu: number;
  readonly memoryMiB: number;
  readonly ports: readonly PortDemand[];
  readonly gpus: readonly GpuDemand[];
}

export interface ContainerDefinition {
  readonly name: string;
  readonly image: string;
  readonly cpu: number;
  readonly memory?: number;
  readonly memoryReservation?: number;
  readonly hasHealthCheck: boolean;
  readonly stopTimeoutSeconds: number;
}

export interface TaskDefinition {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  readonly networkMode: 'bridge' | 'host' | 'awsvpc' | 'none';
  readonly containers: readonly ContainerDefinition[];
  readonly placementConstraints: readonly PlacementConstraint[];
  readonly demand: Demand;
  /** Value of the attribute `ecs.cpu-architecture` that it needs; undefined: any will do. */
  readonly architecture: string | undefined;
  readonly cpu?: string;
  readonly memory?: string;
  /**
   * Seconds until the health check of an essential container can first pass; undefined without one.
   */
  readonly healthCheckSeconds: number | undefined;
  /** Longest stop timeout of its containers. */
  readonly stopTimeoutSeconds: number;
  /** As it was written, for DescribeTaskDefinition. */
  readonly source: JsonObject;
  readonly tags: readonly Tag[];
}
