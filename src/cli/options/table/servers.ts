import { many, one, optional } from '../definition.js';
import { credentials, noProxy } from '../types/network-types.js';
import { bool, choice, ownAddress, seconds } from '../types/types.js';

/** Connections to servers. */
export const serverOptions = {
  connection_strategy: one(choice(['eager', 'lazy']), 'eager', {
    help: 'When to connect to a server whose name or address is known before the first request: at once (eager), or when the connection is needed (lazy).',
  }),
  share_connections: one(bool, false, {
    help: 'Let idle connections to servers serve other clients. Needs validate_inbound_headers.',
  }),
  server_identity_ttl: one(seconds(0), 300, {
    help: 'How long to remember the certificate and the protocol of a TLS server, so that further clients need not wait for it. 0: not at all.',
  }),
  dns_cache_ttl: one(seconds(0), 5, {
    help: 'How long to use the addresses of a name without a new look-up. 0: not at all.',
  }),
  connect_addr: optional(ownAddress, {
    help: 'Local address for connections to servers. Servers without an address of the same family cannot be reached. By default the system selects it.',
  }),
  upstream_auth: optional(credentials, {
    help: 'User name and password for the upstream proxy in upstream mode, or for the server in reverse mode.',
    flag: true,
  }),
  no_proxy: many(noProxy, [], {
    help: 'Hosts that upstream mode reaches without the upstream proxy: names (including all names below them), addresses, networks (10.0.0.0/8), or *; several may be separated by commas.',
  }),
  http_connect_send_host_header: one(bool, true, { help: 'Send a Host header with CONNECT to an upstream proxy.' }),
  keep_host_header: one(bool, false, {
    help: 'In reverse mode, keep the Host header and the TLS server name (SNI) of the client.',
  }),
  keep_alt_svc_header: one(bool, false, {
    help: 'In reverse mode, keep the Alt-Svc headers of the server. By default their ports are replaced by the port of tsdump.',
  }),
};
