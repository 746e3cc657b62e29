import { FORMATS, type FormatName } from '../../../serialize/formats.js';
import { many, one, optional } from '../definition.js';
import { bool, choice, filter, int, path, positiveSize, seconds, size } from './types.js';

const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;

/** Which flows are read and written, and where. */
export const captureOptions = {
  save_stream_file: many(path, [], {
    help:
      'Write flows to this file as they end. +PATH appends, - is stdout. Directives of strftime name other files at ' +
      'other times: flows-%Y-%m-%d.bin. May be given several times; each file gets all flows.',
    flag: true,
    short: 'w',
  }),
  format: optional(choice(Object.keys(FORMATS) as FormatName[], 'FORMAT'), {
    help:
      'Format of --save-stream-file. By default the ending of its name decides; native if that says nothing. With several files, it is ' +
      'for those whose names say nothing.',
    flag: true,
  }),
  compress: optional(choice(COMPRESSIONS, 'HOW'), {
    help:
      'How the records of a flow file (format native) are compressed; zstd needs Node.js 22.15. By default they are not, ' +
      'and flows of an input stay as they were. A --save-stream-file that ends with .gz or .zst is compressed as a whole.',
    flag: true,
  }),
  save_stream_filter: optional(filter, { help: 'Write only flows that match this filter.' }),
  hardump: optional(path, {
    help: 'Write HTTP flows to this file as a HAR, beside --save-stream-file; - is stdout. save_stream_filter holds for it, too.',
  }),
  fsync: one(bool, false, {
    help: 'Flows count as written only when they are on the disk: fdatasync after each group of flows.',
  }),
  rotate_size: optional(positiveSize, { help: 'Begin a new file when the one that is written has this size.' }),
  rotate_flows: optional(int(1, Number.MAX_SAFE_INTEGER), {
    help: 'Begin a new file when so many flows are in the one that is written.',
  }),
  rotate_interval: optional(seconds(0.1), {
    help: 'Complete a file so long after its first flow, also if no more flows come.',
  }),
  rotate_keep: optional(int(1, Number.MAX_SAFE_INTEGER), {
    help: 'Of the completed files keep so many, and remove the oldest ones beyond.',
  }),
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
