import { many, one, optional } from '../definition.js';
import { listenHost, modeSpec, proxyAuthSpec } from '../types/network-types.js';
import { bool, int, path, str, workerNumber } from '../types/types.js';

/** The proxy and its listeners. */
export const proxyOptions = {
  server: one(bool, true, {
    help: 'Run the proxy. If false, flows are only read, filtered, shown and written.',
    negated: 'Do not run the proxy; only read, filter, show and write flows.',
    flag: true,
    short: 'n',
  }),
  mode: many(modeSpec, ['regular'], {
    help: 'Proxy mode, MODE[:DATA][@[HOST:]PORT]; may be given several times. See docs/modes.md.',
    flag: true,
    short: 'm',
  }),
  listen_host: one(listenHost, '127.0.0.1', {
    help: 'Address to listen on, if the mode has none. Empty: all addresses of this machine.',
    flag: true,
    metavar: 'HOST',
  }),
  listen_port: optional(int(0, 65535, 'PORT'), {
    help: 'Port to listen on, if the mode has none. 0 selects a free port, which the log names. The default is 8080, or 1080 for socks5.',
    flag: true,
    short: 'p',
  }),
  workers: one<number | 'auto'>(workerNumber, 1, {
    help: 'Number of processes that serve clients; auto: one for each CPU. See docs/workers.md.',
    flag: true,
  }),
  rawtcp: one(bool, true, {
    help: 'Pass connections that are not HTTP through as TCP flows. If false, they are closed.',
    negated: 'Close connections that are not HTTP instead of passing them through as TCP flows.',
    flag: true,
  }),
  http2: one(bool, true, {
    help: 'Offer HTTP/2 to clients and servers. Without it they are offered HTTP/1.1 only.',
    negated: 'Do not offer HTTP/2 to clients and servers.',
    flag: true,
  }),
  http2_ping_keepalive: one(int(0, 86400, 'SECONDS'), 58, {
    help: 'Seconds without bytes from an HTTP/2 server after which it is sent a PING. 0 sends none.',
  }),
  normalize_outbound_headers: one(bool, true, {
    help: 'Send the names of headers in lower case over HTTP/2, as it requires, even if an addon set them otherwise.',
  }),
  websocket: one(bool, true, {
    help: 'Parse WebSocket messages. Without it their connections are passed on and recorded as bytes.',
  }),
  validate_inbound_headers: one(bool, true, {
    help: 'Reject messages that could be used for request smuggling. If false, messages are forwarded if their framing can still be determined.',
  }),
  confdir: one(path, '~/.tsdump', {
    help: 'Folder of the config file and the certificate authority. Cannot be set in the config file.',
  }),
};

/** Access control and blocking. */
export const accessOptions = {
  proxyauth: optional(proxyAuthSpec, {
    help: 'Require a user name and password from clients: USER:PASSWORD, any (any user name and password), or @FILE for an htpasswd file.',
    flag: true,
  }),
  block_global: one(bool, true, { help: 'Close connections from clients on the internet.' }),
  block_private: one(bool, false, {
    help: 'Close connections from clients in private networks. Clients on this machine are never blocked.',
  }),
  block_list: many(str, [], {
    help: 'Answer requests that match a filter with a status code: /FILTER/STATUS. The first character is the separator. 444 closes the connection without a response.',
    metavar: '/FILTER/STATUS',
  }),
};

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
