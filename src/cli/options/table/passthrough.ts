import { many, one } from '../definition.js';
import { bool, str } from './types.js';

/** Which connections are not looked into. */
export const passthroughOptions = {
  ignore_hosts: many(str, [], {
    help: 'Let connections to hosts that match pass untouched and unrecorded: a regex, searched in host:port, or a glob such as *.example.com. See docs/passthrough.md.',
    flag: true,
    metavar: 'HOST',
  }),
  allow_hosts: many(str, [], {
    help: 'Let all connections pass untouched but those to hosts that match.',
    flag: true,
    metavar: 'HOST',
  }),
  tcp_hosts: many(str, [], {
    help: 'Record connections to hosts that match as bytes, whatever they look like. TLS is intercepted. The port is not compared.',
    flag: true,
    metavar: 'HOST',
  }),
  show_ignored_hosts: one(bool, false, {
    help: 'Record a flow for each ignored connection: addresses, host, bytes and duration, without what went through it.',
    flag: true,
  }),
  passthrough_on_reject: one(bool, false, {
    help: 'When a client does not accept the certificate that it is shown for a host, ignore its connections to that host from then on.',
  }),
};
