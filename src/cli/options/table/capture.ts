import { OUTPUT_FORMATS, type OutputFormatName } from '../../../serialize/formats.js';
import { many, one, optional } from '../definition.js';
import { time } from '../types/time.js';
import { bool, choice, filter, int, path, positiveSize, seconds, size, str } from '../types/types.js';

const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;

/** Reading and writing of flows. */
export const captureOptions = {
  save_stream_file: many(path, [], {
    help: 'Write each flow to this file when it ends. A leading + appends (+flows.bin); a single - writes to stdout. strftime directives in the name start new files over time: flows-%Y-%m-%d.bin. May be given several times; each file gets all flows.',
    flag: true,
    short: 'w',
  }),
  format: optional(choice(Object.keys(OUTPUT_FORMATS) as OutputFormatName[], 'FORMAT'), {
    help: 'Format of the files of --save-stream-file whose extension selects none: native, mitmproxy, har and jsonl are captures, the others are only written (see docs/export.md). The default is native.',
    flag: true,
  }),
  columns: optional(str, {
    help: 'Columns of the formats csv and tsv, separated by commas: short names (time, method, url, status, size, duration, …), members of JSON Lines (request.headers.accept, server.peer[0]), and values in JSON bodies (response.body.items[0].id). See docs/export.md. The default is time,method,url,status,type,size,duration.',
    flag: true,
    metavar: 'LIST',
  }),
  export_preserve_original_ip: one(bool, false, {
    help: 'Exported curl commands connect to the recorded address of the server (--resolve), even if its name now resolves to another.',
  }),
  compress: optional(choice(COMPRESSIONS, 'HOW'), {
    help: 'Compress each record of a flow file (format native). By default new records are not compressed, and those of an input stay unchanged. zstd needs Node.js 22.15. A --save-stream-file that ends in .gz or .zst is compressed as a whole.',
    flag: true,
  }),
  save_stream_filter: optional(filter, { help: 'Write only flows that match this filter.' }),
  hardump: optional(path, {
    help: 'Also write HTTP flows to this file as a HAR, or to stdout if it is a single -. save_stream_filter applies to it, too.',
  }),
  fsync: one(bool, false, {
    help: 'Flush each group of flows to the disk (fdatasync). Only then do they count as written.',
  }),
  rotate_size: optional(positiveSize, { help: 'Begin a new file when the current one has reached this size.' }),
  rotate_flows: optional(int(1, Number.MAX_SAFE_INTEGER), {
    help: 'Begin a new file after this many flows.',
  }),
  rotate_interval: optional(seconds(0.1), {
    help: 'Complete a file this long after its first flow, even if no more flows arrive.',
  }),
  rotate_keep: optional(int(1, Number.MAX_SAFE_INTEGER), {
    help: 'Keep this many completed files and remove older ones.',
  }),
  rfile: many(path, [], {
    help: "Read flows from this file, or from stdin if it is a single -. May be given several times, and may be a pattern such as 'logs/*.bin'. Damage in one file does not prevent reading the others.",
    flag: true,
    short: 'r',
  }),
  follow: one(bool, false, {
    help: 'Read on as other programs write to the files of --rfile, like tail -F: also after a rotation, and files that do not exist yet. Ends with ^C.',
    flag: true,
  }),
  since: optional(time, {
    help: 'Read only flows that began at or after this time: 2024-05-31, 2024-05-31T12:00Z, 12:30 (today), 2h (ago), or seconds since the epoch.',
    flag: true,
  }),
  before: optional(time, { help: 'Read only flows that began before this time.', flag: true }),
  sort: one(bool, false, {
    help: 'Read the flows of all inputs in the order in which they began. All inputs are read to their end first.',
    flag: true,
  }),
  readfile_filter: optional(filter, { help: 'Read only flows that match this filter.' }),
  strict: one(bool, false, {
    help: 'Stop at the first damage in an input. Without it, everything that is readable is read. The exit code is 4 in both cases.',
    flag: true,
  }),
  keepserving: one(bool, false, {
    help: 'Continue as a proxy after reading the flows of --rfile. Has no effect without a proxy.',
  }),
  live_file: one(bool, true, {
    help: 'Keep long-lived flows (WebSocket, TCP, event streams, …) in FILE.live beside --save-stream-file while they are in progress, so that they are not lost if the program is killed.',
  }),
  spool_dir: optional(path, {
    help: "Folder for data of live flows that is not kept in memory. The default is the folder of --save-stream-file if that is a file, otherwise the system's temporary folder.",
  }),
  body_memory: one(size, 256 * 1024, { help: 'A body or message log larger than this is kept on disk.' }),
  memory_total: one(size, 64 * 1024 * 1024, {
    help: 'If the bodies of all live flows together are larger than this, the largest are moved to disk.',
  }),
  body_search_limit: one(size, 16 * 1024 * 1024, {
    help: 'Filters search at most this much of a body, after decoding.',
  }),
};
