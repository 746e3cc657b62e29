import type { Counts } from './tally.js';

/** The output of `--stat-json`. `docs/statistics.md` describes each key. Keys are added, never changed. */
export interface StatisticsReport {
  version: 1;
  flows: number;
  errors: number;
  types: { http: number; tcp: number; udp: number; dns: number };
  webSockets: number;
  time: TimeSpan;
  connections: { clients: Estimate; servers: Estimate };
  /** `stored` is null if the size of any flow is unknown. */
  bytes: { requestBodies: number; responseBodies: number; messages: number; stored: number | null };
  messages: number;
  hosts: Counts;
  tls: { clients: Counts; servers: Counts };
  http: HttpReport;
}

export interface HttpReport {
  methods: Counts;
  versions: Counts;
  /** `none` counts flows without a response. */
  statusClasses: Record<StatusClass, number>;
  statuses: Counts;
  contentTypes: Counts;
  /** Status codes of gRPC by name, of calls of gRPC, gRPC-Web and Connect; `none` counts those without a status. */
  grpcStatuses: Counts;
  latency: { firstByte: Latency; total: Latency };
  slowest: RequestFacts[];
  largest: RequestFacts[];
}

export const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx', 'other', 'none'] as const;
export type StatusClass = (typeof STATUS_CLASSES)[number];

/** Seconds since the epoch; null if no flow has a time. */
export interface TimeSpan {
  first: number | null;
  last: number | null;
  seconds: number;
}

export interface Estimate {
  count: number;
  exact: boolean;
}

/** Durations in seconds. */
export interface Latency {
  count: number;
  p50: number;
  p90: number;
  p95: number;
  p99: number;
  max: number;
  /** The maximum relative error of the percentiles. */
  relativeError: number;
}

export interface RequestFacts {
  id: string;
  method: string;
  url: string;
  status: number | null;
  error: string | null;
  /** Seconds since the epoch. */
  began: number;
  /** Duration; null if the end of the flow is unknown or the connection was upgraded. */
  seconds: number | null;
  bytes: number;
}
