import { one, optional } from '../definition.js';
import { bool, seconds, size } from '../types/types.js';

/** Timeouts and size limits. */
export const limitOptions = {
  connect_timeout: one(seconds(0.001), 30, { help: 'Time limit for connecting to a server.' }),
  header_timeout: one(seconds(0.001), 60, {
    help: 'Time limit for the client to complete the headers of a request it has begun.',
  }),
  response_timeout: one(seconds(0), 0, {
    help: 'Time limit for the server to send the response headers. 0: no limit.',
  }),
  stall_timeout: one(seconds(0), 0, {
    help: 'Time limit for a body without progress, because its sender sends nothing or its receiver takes nothing. Does not apply to event streams. 0: no limit.',
  }),
  tcp_timeout: one(seconds(0.001), 600, {
    help: 'How long a client connection may be idle between requests, and a tunnel without data.',
  }),
  half_close_timeout: one(seconds(0), 0, {
    help: 'How long to wait for a response after the client has closed its side of the connection. 0: as long as its socket is open.',
  }),
  max_header_size: one(size, 1024 * 1024, { help: 'Maximum size of the headers of a message, and of its trailers.' }),
  websocket_message_limit: one(size, 64 * 1024 * 1024, {
    help: 'Maximum size of a WebSocket message that is held for an addon, and of the content of a compression bomb.',
  }),
  body_size_limit: optional(size, {
    help: 'Maximum size of a body. A larger request is answered with 413; a larger response is replaced by a 502, or its connection is ended.',
  }),
  stream_large_bodies: optional(size, {
    help:
      'Stream bodies whose stated length is larger than this, even if an option or an addon would change them; they then ' +
      'stay unchanged.',
  }),
  store_streamed_bodies: one(bool, true, {
    help: 'Record bodies that stream_large_bodies streams, too.',
    negated: 'Do not record bodies that stream_large_bodies streams.',
    flag: true,
  }),
  shutdown_timeout: one(seconds(0), 5, { help: 'How long live exchanges may take to finish after SIGINT or SIGTERM.' }),
};
