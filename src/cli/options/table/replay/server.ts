import { many, one } from '../../definition.js';
import { bool, choice, type OptionType, OptionValueError, path, str } from '../../types/types.js';

/** The handling of a request without a recorded response: forward it, kill it, or a status code. */
const extra: OptionType<'forward' | 'kill' | number> = {
  name: 'str',
  metavar: 'WHAT',
  parse: (text) => {
    if (text === 'forward' || text === 'kill') return text;
    if (/^[2-5]\d\d$/.test(text)) return Number(text);
    throw new OptionValueError('expected forward, kill, or a status from 200 to 599');
  },
  show: String,
};

/** A factor of recorded times: `0`, `1x`, `0.5x`. */
const factor: OptionType<number> = {
  name: 'factor',
  metavar: 'FACTOR',
  parse: (text) => {
    const value = /^\d{1,6}(?:\.\d{1,6})?x?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
    if (value >= 0) return value;
    throw new OptionValueError('expected 0 or a factor such as 1x, 2x or 0.5x');
  },
  show: (value) => (value === 0 ? '0' : `${value}x`),
};

/** Responses from captures in place of servers. */
export const serverReplayOptions = {
  server_replay: many(path, [], {
    help: 'Answer requests from this capture instead of sending them to their servers, or from stdin if it is a single -. May be given several times, and may be a pattern.',
    flag: true,
    short: 'S',
    metavar: 'FILE',
  }),
  offline: one(bool, false, {
    help: 'Do not connect to servers or resolve names. A request without a recorded answer gets a 599 that says so.',
    flag: true,
  }),
  server_replay_extra: one(extra, 'forward', {
    help: 'Response to a request without a recorded answer: forward sends it to its server, kill closes its connection, and a number is the status of an empty response.',
    flag: true,
  }),
  server_replay_after: one(choice(['miss', 'last', 'first'], 'WHAT'), 'miss', {
    help: 'Answer to a request after its last recorded answer: none (miss), the last one again, or all again from the first.',
    flag: true,
  }),
  server_replay_reuse: one(bool, false, {
    help: 'Give the first recorded answer to a request each time, and not one after the other.',
    flag: true,
  }),
  server_replay_refresh: one(bool, true, {
    help: 'Move the dates of recorded responses (Date, Expires, Last-Modified, and Expires of cookies) by the time since then.',
    negated: 'Leave the dates of recorded responses as they are.',
    flag: true,
  }),
  server_replay_latency: one(factor, 0, {
    help: 'Wait as long as the recorded server took, times this factor: 1x, 2x, 0.5x. 0 does not wait. It applies to the events of event streams and to WebSocket messages, too.',
    flag: true,
  }),
  server_replay_use_headers: many(str, [], {
    help: 'Name of a request header that has to be the same. May be given several times.',
    metavar: 'NAME',
  }),
  server_replay_ignore_content: one(bool, false, { help: 'The bodies of requests need not be the same.' }),
  server_replay_ignore_host: one(bool, false, { help: 'The hosts of requests need not be the same.' }),
  server_replay_ignore_port: one(bool, false, { help: 'The ports of requests need not be the same.' }),
  server_replay_ignore_params: many(str, [], {
    help: 'Name of a query parameter that need not be the same. May be given several times.',
    metavar: 'NAME',
  }),
  server_replay_ignore_payload_params: many(str, [], {
    help: 'Name of a form field, urlencoded or multipart, that need not be the same. May be given several times.',
    metavar: 'NAME',
  }),
  server_replay_mode: one(choice(['none', 'once', 'new_episodes', 'all'], 'MODE'), 'none', {
    help: 'Whether the first --server-replay file is written. once makes it if it does not exist, new_episodes adds missing answers, all records all of them again. It is written at the end, if the run succeeded.',
    flag: true,
  }),
  fail_on_miss: one(bool, false, {
    help: 'Exit with 1 if a request had no recorded answer.',
    flag: true,
  }),
  fail_on_unused: one(bool, false, {
    help: 'Exit with 1 if a recorded answer was never used.',
    flag: true,
  }),
};
