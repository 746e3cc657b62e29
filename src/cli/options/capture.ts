import { FORMATS, type FormatName } from '../../serialize/formats.js';
import { many, one, optional } from './definition.js';
import { bool, choice, filter, path, size } from './types.js';

/** Which flows are read and written, and where. */
export const captureOptions = {
  save_stream_file: optional(path, {
    help: 'Write flows to this file as they end. +PATH appends, - is stdout.',
    flag: true,
    short: 'w',
  }),
  format: optional(choice(Object.keys(FORMATS) as FormatName[], 'FORMAT'), {
    help: 'Format of --save-stream-file. By default its ending decides; native if that says nothing.',
    flag: true,
  }),
  save_stream_filter: optional(filter, { help: 'Write only flows that match this filter.' }),
  rfile: many(path, [], {
    help:
      "Read flows from this file; - is stdin. May be given several times, and be a pattern such as 'logs/*.bin'. What " +
      'is wrong in one file does not keep the others from being read.',
    flag: true,
    short: 'r',
  }),
  sort: one(bool, false, {
    help:
      'Read the flows of all inputs in the order in which they began. They come when all inputs have been read to ' +
      'their ends.',
    flag: true,
  }),
  readfile_filter: optional(filter, { help: 'Read only flows that match this filter.' }),
  strict: one(bool, false, {
    help: 'Stop at the first damage in an input. Without it everything else is read, and the exit code is 4 all the same.',
    flag: true,
  }),
  keepserving: one(bool, false, {
    help: 'Go on as a proxy after the flows of --rfile have been read. Has no meaning without a proxy.',
  }),
  live_file: one(bool, true, {
    help:
      'Keep flows that go on for long (WebSocket, TCP, event streams, …) in FILE.live beside --save-stream-file while ' +
      'they live, so that they are found if the program is killed.',
  }),
  spool_dir: optional(path, {
    help:
      'Folder for what does not stay in memory while flows live. By default the folder of --save-stream-file if that ' +
      "is a file, else the system's temporary folder.",
  }),
  body_memory: one(size, 256 * 1024, { help: 'A body or message log larger than this goes to disk.' }),
  memory_total: one(size, 64 * 1024 * 1024, {
    help: 'If the bodies of all live flows are larger than this together, the largest go to disk early.',
  }),
  body_search_limit: one(size, 16 * 1024 * 1024, {
    help: 'Filters see at most this much of a body, counted after decoding.',
  }),
};
