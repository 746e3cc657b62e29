import { many, one, optional } from '../definition.js';
import { credentials, noProxy } from './network-types.js';
import { bool, choice, ownAddress } from './types.js';

/** How servers are reached. */
export const serverOptions = {
  connection_strategy: one(choice(['eager', 'lazy']), 'eager', {
    help: 'When to connect to a server whose name or address is known before the first request: at once (eager), or when that needs it (lazy).',
  }),
  connect_addr: one(ownAddress, '', {
    help: 'Address of this machine that connections to servers come from; those without an address of its family are not reached. Empty: as the system chooses.',
  }),
  upstream_auth: optional(credentials, {
    help: 'User and password for the parent proxy of upstream mode, or for the servers of reverse mode.',
    flag: true,
  }),
  no_proxy: many(noProxy, [], {
    help: 'Hosts that upstream mode reaches without its parent: names (and all below them), addresses, networks (10.0.0.0/8), or *; also several with commas.',
  }),
  http_connect_send_host_header: one(bool, true, { help: 'Send a Host header with CONNECT to a parent proxy.' }),
  keep_host_header: one(bool, false, {
    help: 'In reverse mode, leave the Host header and the name for TLS (SNI) as the client sent them.',
  }),
  keep_alt_svc_header: one(bool, false, {
    help: 'In reverse mode, leave Alt-Svc headers as the server sent them, in place of naming the own port in them.',
  }),
};
