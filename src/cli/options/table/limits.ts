import { one } from '../definition.js';
import { seconds, size } from './types.js';

/** How long to wait, and how much to take. */
export const limitOptions = {
  connect_timeout: one(seconds(0.001), 30, { help: 'How long a connection to a server may take to be made.' }),
  header_timeout: one(seconds(0.001), 60, { help: 'How long a client may take for a head that it has begun.' }),
  response_timeout: one(seconds(0), 0, {
    help: 'How long a server may take for the head of its response. 0: for ever.',
  }),
  stall_timeout: one(seconds(0), 0, {
    help: 'How long a body may stand still, as its sender sends nothing or its receiver takes nothing; event streams may always. 0: for ever.',
  }),
  tcp_timeout: one(seconds(0.001), 600, {
    help: 'How long a client may be idle between requests, and a tunnel silent.',
  }),
  half_close_timeout: one(seconds(0), 0, {
    help: 'How long an answer is awaited for a client that has ended its side of the connection. 0: as long as its socket lives.',
  }),
  max_header_size: one(size, 1024 * 1024, { help: 'The largest head of a message, and the largest trailer section.' }),
  shutdown_timeout: one(seconds(0), 5, { help: 'How long live exchanges may take to finish after SIGINT or SIGTERM.' }),
};
