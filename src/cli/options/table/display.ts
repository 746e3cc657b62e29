import { LOG_LEVELS } from '../../../flow/log.js';
import { many, one, optional } from '../definition.js';
import { bool, choice, filter, int, path } from '../types/types.js';

/** Output on the terminal. */
export const displayOptions = {
  flow_detail: one(int(0, 4, 'LEVEL'), 1, {
    help: 'How much of a flow is shown: 0 nothing; 1 URL and status, URLs cut to the width of the terminal; 2 whole URLs and headers; 3 also bodies, long ones cut; 4 whole bodies.',
    flag: true,
  }),
  dumper_filter: optional(filter, { help: 'Show only flows that match this filter.' }),
  dumper_default_contentview: one(choice(['auto', 'raw', 'hex dump']), 'auto', {
    help: 'How bodies are shown: auto lays them out by their kind; raw shows text unchanged and other bodies as a hex dump; hex dump shows every body as a hex dump.',
  }),
  showhost: one(bool, false, {
    help: 'Show URLs with the host of the Host header instead of the destination.',
    flag: true,
  }),
  content_view_lines_cutoff: one(int(1, Number.MAX_SAFE_INTEGER), 512, {
    help: 'Maximum number of lines of a body at --flow-detail 3.',
  }),
  protobuf_definitions: many(path, [], {
    help: 'A .proto file, a folder of them, or a descriptor set: messages of gRPC and Protobuf are shown by the names of their fields.',
    flag: true,
  }),
  stat: one(bool, false, {
    help: 'Print statistics of the flows at the end: counts, bytes, hosts, latencies, the slowest and the largest requests. Flows are shown only if --flow-detail is also given.',
    flag: true,
  }),
  stat_json: one(bool, false, { help: 'Print the statistics as JSON, for jq and other programs.', flag: true }),
  termlog_verbosity: one(choice(LOG_LEVELS, 'LEVEL'), 'info', {
    help: 'Log messages of this level and above.',
  }),
  log_connections: one(bool, false, {
    help: 'Also log opened and closed connections without -v (at level info instead of debug).',
  }),
  color: one(choice(['auto', 'always', 'never'], 'WHEN'), 'auto', {
    help: 'Use colors; auto uses them on terminals only and follows the environment variables FORCE_COLOR, NO_COLOR, CLICOLOR_FORCE and CLICOLOR.',
    flag: true,
  }),
};
