import { many } from '../definition.js';
import { reportFile } from '../types/report-file.js';

/** What a run is checked for, and reports of it. */
export const checkOptions = {
  report: many(reportFile, [], {
    help:
      'Write the results of checks and comparisons to this file at the end: json=PATH, junit=PATH or md=PATH. A single - as ' +
      'path is stdout; flows are then shown only if --flow-detail is given. May be given several times.',
    flag: true,
  }),
};
