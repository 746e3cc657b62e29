import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Children } from './children.js';
import type { Load, LoadGenerator, LoadResult } from './load.js';
import { findProgram } from './programs.js';

/** The load generator wrk, or undefined if it is not installed. */
export function loadByWrk(children: Children, dir: string): LoadGenerator | undefined {
  const wrk = findProgram('wrk');
  if (!wrk) return undefined;
  return {
    name: 'wrk -t1',
    async run(load: Load): Promise<LoadResult> {
      const script = join(dir, 'wrk.lua');
      const report = join(dir, 'wrk.json');
      writeFileSync(script, lua(load, report));
      const count = String(load.connections);
      const args = ['-t1', '-c', count, '-d', `${load.seconds}s`, '-s', script, `http://127.0.0.1:${load.port}/`];
      await children.run(wrk, args, { timeout: load.seconds + 60 });
      return JSON.parse(readFileSync(report, 'utf8')) as LoadResult;
    },
  };
}

/** A wrk script: it builds the request once, without Lua code per request, and prints a report that is easy to parse. */
function lua({ target, host }: Load, report: string): string {
  return `wrk.path = ${JSON.stringify(target)}
wrk.headers["Host"] = ${JSON.stringify(host)}
function done(summary, latency)
  local e = summary.errors
  local file = io.open(${JSON.stringify(report)}, "w")
  file:write(string.format('{"requests":%d,"rate":%.3f,"p50":%.3f,"p99":%.3f,"failed":%d}',
    summary.requests, summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.connect + e.read + e.write + e.status + e.timeout))
  file:close()
end
`;
}
