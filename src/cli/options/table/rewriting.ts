import { many, one, optional } from '../definition.js';
import { bool, filter, path, seconds, str } from '../types/types.js';

/** Changes of requests and responses. */
export const rewritingOptions = {
  modify_headers: many(str, [], {
    help:
      'Set a header: [/FILTER]/NAME/VALUE, where the first character separates. @PATH as value is read from a file; an ' +
      'empty one removes the header.',
    flag: true,
    short: 'H',
    metavar: 'SPEC',
  }),
  modify_body: many(str, [], {
    help:
      'Replace what a regex matches in bodies: [/FILTER]/REGEX/REPLACEMENT. \\1 in the replacement is a group; @PATH ' +
      'stands for the content of a file.',
    flag: true,
    short: 'B',
    metavar: 'SPEC',
  }),
  map_remote: many(str, [], {
    help: 'Send requests elsewhere: replace what a regex matches in their URLs: [/FILTER]/URL-REGEX/REPLACEMENT.',
    flag: true,
    short: 'M',
    metavar: 'SPEC',
  }),
  map_local: many(str, [], {
    help:
      'Answer requests with a file, or with files of a folder: [/FILTER]/URL-REGEX/PATH. The part of the URL ' +
      'after the match, or its first group, names the file in the folder.',
    flag: true,
    metavar: 'SPEC',
  }),
  anticache: one(bool, false, {
    help: 'Remove from requests the headers with which a server may answer that nothing has changed (304).',
    flag: true,
  }),
  anticomp: one(bool, false, { help: 'Ask servers for content that is not compressed.', flag: true }),
  stickycookie: optional(filter, {
    help: 'Keep the cookies of all responses, and set them in requests that match this filter.',
    flag: true,
  }),
  stickyauth: optional(filter, {
    help: 'Keep the last Authorization for each host, and set it in requests that match this filter and have none.',
    flag: true,
  }),
};

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
