import type { Children } from './children.js';
import { loadByAutocannon } from './load-autocannon.js';
import { loadByOwn } from './load-own.js';
import { loadByWrk } from './load-wrk.js';

/** Seconds of load before what counts, until V8 has compiled what is hot. */
export const WARM_UP_SECONDS = 2;

/** What to send: one request again and again over connections that are kept. */
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
  /** Requests a second. */
  rate: number;
  /** Latency in milliseconds. */
  p50: number;
  p99: number;
  /** Answers other than 2xx and 3xx, and connections that failed. */
  failed: number;
}

export interface LoadGenerator {
  /** The program that it is, for the head of the table. */
  readonly name: string;
  run(load: Load): Promise<LoadResult>;
}

/** wrk if it is installed, else autocannon if it can be resolved, else the small generator of this folder. */
export async function findLoadGenerator(children: Children, dir: string): Promise<LoadGenerator> {
  return loadByWrk(children, dir) ?? loadByAutocannon() ?? loadByOwn();
}
