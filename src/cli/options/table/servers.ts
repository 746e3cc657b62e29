import { many, one, optional } from '../definition.js';
import { credentials, noProxy } from '../types/network-types.js';
import { bool, choice, ownAddress } from '../types/types.js';

/** Connections to servers. */
export const serverOptions = {
  connection_strategy: one(choice(['eager', 'lazy']), 'eager', {
    help: 'When to connect to a server whose name or address is known before the first request: at once (eager), or when the connection is needed (lazy).',
  }),
  connect_addr: one(ownAddress, '', {
    help: 'Local address for connections to servers. Servers without an address of the same family cannot be reached. Empty: selected by the system.',
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
