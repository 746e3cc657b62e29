import type { Children } from './children.js';
import { loadByAutocannon } from './load-autocannon.js';
import { loadByOwn } from './load-own.js';
import { loadByWrk } from './load-wrk.js';

/** Seconds of warm-up, until V8 has compiled hot code. */
export const WARM_UP_SECONDS = 2;

/** The load: one request, repeated over kept connections. */
export interface Load {
  /** Port of 127.0.0.1 to connect to. */
  port: number;
  /** Request target, in absolute form. */
  target: string;
  /** Value of `Host`. */
  host: string;
  connections: number;
  seconds: number;
}

export interface LoadResult {
  requests: number;
  /** Requests per second. */
  rate: number;
  /** Latency in milliseconds. */
  p50: number;
  p99: number;
  /** Responses other than 2xx and 3xx, and failed connections. */
  failed: number;
}

export interface LoadGenerator {
  /** Name of the program, for the header of the table. */
  readonly name: string;
  run(load: Load): Promise<LoadResult>;
}

/** wrk if it is installed, else autocannon if it can be resolved, else the fallback in this folder. */
export async function findLoadGenerator(children: Children, dir: string): Promise<LoadGenerator> {
  return loadByWrk(children, dir) ?? loadByAutocannon() ?? loadByOwn();
}
