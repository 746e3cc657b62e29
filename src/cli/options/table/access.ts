import { many, one, optional } from '../definition.js';
import { proxyAuthSpec } from './network-types.js';
import { bool, str } from './types.js';

/** Who is served, and what is not. */
export const accessOptions = {
  proxyauth: optional(proxyAuthSpec, {
    help: 'Serve only clients with a user and a password: USER:PASSWORD, any (of any user and password), or @FILE for an htpasswd file.',
    flag: true,
  }),
  block_global: one(bool, true, { help: 'Close connections of clients that come from the internet.' }),
  block_private: one(bool, false, {
    help: 'Close connections of clients that come from a private network. Those of this machine may always come.',
  }),
  block_list: many(str, [], {
    help: 'Answer requests that match a filter with a status: /FILTER/STATUS, where the first character separates. 444 closes the connection without an answer.',
    metavar: '/FILTER/STATUS',
  }),
};
