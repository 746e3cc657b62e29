import { many, one } from '../definition.js';
import { bool, str } from '../types/types.js';

/** Connections that pass through without interception. */
export const passthroughOptions = {
  ignore_hosts: many(str, [], {
    help: 'Pass connections to matching hosts through, untouched and unrecorded. A pattern is a regex that is searched in host:port, or a glob such as *.example.com. See docs/passthrough.md.',
    flag: true,
    metavar: 'HOST',
  }),
  allow_hosts: many(str, [], {
    help: 'Pass all connections through untouched, except those to matching hosts.',
    flag: true,
    metavar: 'HOST',
  }),
  tcp_hosts: many(str, [], {
    help: 'Record connections to matching hosts as bytes, regardless of their protocol. TLS is intercepted. The port is not compared.',
    flag: true,
    metavar: 'HOST',
  }),
  show_ignored_hosts: one(bool, false, {
    help: 'Record a flow for each ignored connection: addresses, host, number of bytes and duration, without the content.',
    flag: true,
  }),
  passthrough_on_reject: one(bool, false, {
    help: 'If a client rejects the certificate for a host, ignore its further connections to that host.',
  }),
};
