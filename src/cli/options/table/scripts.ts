import { many, one } from '../definition.js';
import { path, seconds } from '../types/types.js';

/** Addon scripts; see `docs/addons.md`. */
export const scriptOptions = {
  scripts: many(path, [], {
    help:
      'Load addons from this file (.ts, .mts, .cts, .js, .mjs, .cjs), or from index.ts or index.js of this folder. May be ' +
      'given several times; addons are called in this order. See docs/addons.md.',
    flag: true,
    short: 's',
  }),
  script_timeout: one(seconds(0), 0, {
    help: 'How long a flow waits for an asynchronous hook of a script. 0: no limit.',
  }),
};
