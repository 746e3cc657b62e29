import { many, one, optional } from '../../definition.js';
import { concurrency, rate, speed, targetMapping, targetUrl } from '../../types/replay-types.js';
import { bool, int, path, seconds } from '../../types/types.js';

/** Sending the requests of captures again. */
export const clientReplayOptions = {
  client_replay: many(path, [], {
    help: 'Send the requests of this capture again, in the order in which they began; - reads stdin. May be given several times, and may be a pattern. A filter selects which are sent. Needs --replay-to, --replay-map or --replay-anywhere.',
    flag: true,
    short: 'C',
    metavar: 'FILE',
  }),
  replay_to: optional(targetUrl, {
    help: 'Send all requests of --client-replay to this server. Its path, if it has one, is prepended to theirs. Host, SNI, Origin and Referer are adapted.',
    flag: true,
  }),
  replay_map: many(targetMapping, [], {
    help: 'Send requests that were recorded for this server to that one; may be given several times. Servers that no --replay-map names go to --replay-to, or are refused.',
    flag: true,
  }),
  replay_anywhere: one(bool, false, {
    help: 'Send requests of --client-replay to the recorded servers, unless another option maps these; without recorded credentials.',
    flag: true,
  }),
  replay_keep_host: one(bool, false, {
    help: 'Keep the recorded Host, Origin and Referer, and use the recorded host as SNI.',
    flag: true,
  }),
  replay_drop_credentials: one(bool, false, {
    help: 'Send requests without their recorded Authorization, Proxy-Authorization and Cookie.',
    flag: true,
  }),
  client_replay_concurrency: one(concurrency, 1, {
    help: 'Maximum number of concurrent requests. With more than 1, a request waits only for those of its recorded client connection that had ended before it began. -1: as many as replay_max_in_flight.',
    flag: 'replay-concurrency',
  }),
  replay_rate: optional(rate, {
    help: 'Send requests at this rate, without waiting for responses.',
    flag: true,
  }),
  replay_timing: optional(speed, {
    help: 'Send requests at their recorded intervals, divided by a speed, without waiting for responses. The default speed is 1x.',
    flag: true,
    bare: '1x',
  }),
  replay_max_in_flight: one(int(1, 1_000_000), 1000, {
    help: 'Largest number of requests in flight. With --replay-concurrency above 1 it includes those that wait for earlier ones; at most four times the concurrency, or 64, are read ahead.',
  }),
  replay_count: optional(int(1, Number.MAX_SAFE_INTEGER), {
    help: 'Send all requests this many times, in rounds. The default is 1, or no limit with --replay-duration.',
    flag: true,
  }),
  replay_duration: optional(seconds(0.001), {
    help: 'Stop sending requests after this time. Until then, all requests are sent in rounds.',
    flag: true,
  }),
  replay_timeout: one(seconds(0), 60, {
    help: 'Time limit from sending a request to the end of its response. 0: no limit.',
  }),
  replay_retries: one(int(0, 1000), 0, {
    help: 'How often to try again after a failed connection. A request that the server may have received is sent again only if its method is idempotent.',
  }),
  replay_window: one(seconds(0), 5, {
    help: 'For a capture from a pipe: how long a flow waits for others that began earlier but ended later.',
  }),
  replay_resume: optional(path, {
    help: 'Write to this file on ^C where the replay stopped, and continue from there if it exists. It is removed when all requests were sent.',
    flag: true,
  }),
};
