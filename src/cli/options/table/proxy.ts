import { many, one, optional } from '../definition.js';
import { listenHost, modeSpec } from './network-types.js';
import { bool, int, path } from './types.js';

/** How clients come in. */
export const proxyOptions = {
  server: one(bool, true, {
    help: 'Run the proxy. With -n, flows are only read (--rfile), filtered, shown and written.',
    flag: true,
    short: 'n',
  }),
  mode: many(modeSpec, ['regular'], {
    help: 'Way in for clients, MODE[:DATA][@[HOST:]PORT]; may be given several times. See docs/modes.md.',
    flag: true,
    short: 'm',
  }),
  listen_host: one(listenHost, '127.0.0.1', {
    help: 'Address to listen at, where the mode names none. Empty: all addresses of this machine.',
    flag: true,
    metavar: 'HOST',
  }),
  listen_port: optional(int(0, 65535, 'PORT'), {
    help: 'Port to listen at, where the mode names none. 0 picks a free one; the log names it. Without it: 8080, with socks5 1080.',
    flag: true,
    short: 'p',
  }),
  rawtcp: one(bool, true, {
    help: 'Connections that are not HTTP go through, as TCP flows. With --no-rawtcp they are closed.',
    flag: true,
  }),
  validate_inbound_headers: one(bool, true, {
    help: 'Refuse messages that could be used for request smuggling. Without it, what can still be framed goes on.',
  }),
  confdir: one(path, '~/.tsdump', { help: 'Folder of the config file. Cannot be set in that file.' }),
};
