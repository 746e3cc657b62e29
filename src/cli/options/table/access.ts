import { many, one, optional } from '../definition.js';
import { proxyAuthSpec } from '../types/network-types.js';
import { bool, str } from '../types/types.js';

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
