import { createRequire } from 'node:module';
import type { Load, LoadGenerator, LoadResult } from './load.js';

/** The part of autocannon's result that is used. */
interface AutocannonResult {
  requests: { total: number };
  duration: number;
  latency: { p50: number; p99: number };
  errors: number;
  non2xx: number;
}
type Autocannon = (options: object) => Promise<AutocannonResult>;

/** The load generator autocannon, or undefined if it cannot be resolved from here (`NODE_PATH` counts). */
export function loadByAutocannon(): LoadGenerator | undefined {
  const require = createRequire(import.meta.url);
  let autocannon: Autocannon;
  try {
    autocannon = require('autocannon') as Autocannon;
  } catch {
    return undefined;
  }
  return {
    name: 'autocannon',
    async run(load: Load): Promise<LoadResult> {
      const result = await autocannon({
        url: `http://127.0.0.1:${load.port}`,
        connections: load.connections,
        duration: load.seconds,
        requests: [{ method: 'GET', path: load.target, headers: { host: load.host } }],
      });
      const requests = result.requests.total;
      const { p50, p99 } = result.latency;
      return { requests, rate: requests / result.duration, p50, p99, failed: result.errors + result.non2xx };
    },
  };
}
