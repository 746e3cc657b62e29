import { many, optional } from '../definition.js';
import { reportFile } from '../types/report-file.js';
import { duration } from '../types/time.js';
import { filter, int, str } from '../types/types.js';

/** Ends and checks of a run, and reports. */
export const checkOptions = {
  duration: optional(duration, { help: 'End after this time: 30s, 5m, 1h30m. Live exchanges may finish.', flag: true }),
  max_flows: optional(int(1, Number.MAX_SAFE_INTEGER), {
    help: 'End after this many flows. A filter on the command line selects the flows that count.',
    flag: true,
  }),
  idle_timeout: optional(duration, {
    help: 'End when nothing has happened for this long: no flow, no message, and no exchange is in progress.',
    flag: true,
  }),
  until: optional(filter, { help: 'End after the first flow that matches this filter.', flag: true }),
  fail_on: many(filter, [], {
    help: 'Exit with code 1 if a flow matches this filter. May be given several times.',
    flag: true,
  }),
  expect: many(str, [], {
    help:
      "Exit with code 1 unless this many flows match: '>=3: FILTER'. The count may be 3, >=3, >3, <=3 or <3; without it, at " +
      'least one flow is expected. May be given several times.',
    flag: true,
    metavar: '[COUNT:]FILTER',
  }),
  expect_latency: many(str, [], {
    help:
      "Exit with code 1 unless flows are fast enough: 'p95 <300ms: FILTER'. p50 to p99.9, max or mean; ms or s; without a " +
      'filter all flows. May be given several times.',
    flag: true,
    metavar: 'LIMIT[:FILTER]',
  }),
  report: many(reportFile, [], {
    help:
      'Write the results of checks and comparisons to this file at the end: json=PATH, junit=PATH or md=PATH. A single - as ' +
      'path is stdout; flows are then shown only if --flow-detail is given. May be given several times.',
    flag: true,
  }),
};
