import t from 'tap';
import { nearMiss } from '../../../src/addons/scripts/collect-addons.js';
import { HOOK_NAMES } from '../../../src/flow/hooks/hooks.js';

/** Names of exported functions, and the hook that was meant. */
const NAMES: Readonly<Record<string, string | undefined>> = {
  reqest: 'request',
  requests: 'request',
  Request: 'request',
  respone: 'response',
  response_headers: 'responseHeaders',
  responseheaders: 'responseHeaders',
  reqeustHeaders: 'requestHeaders',
  onRequest: 'request',
  on_response: 'response',
  handleTcpMessage: 'tcpMessage',
  server_connect_error: 'serverConnectError',
  tls_clienthello: 'clientHello',
  client_disconnected: 'clientDisconnected',
  websocket_message: 'websocketMessage',
  flow_end: 'flowEnd',
  unload: undefined,
  errors: 'error',
  onion: undefined,
  handle: undefined,
  respond: undefined,
  reload: undefined,
  helper: undefined,
  main: undefined,
  store: undefined,
  one: undefined,
  node: undefined,
  '': undefined,
};

for (const [name, meant] of Object.entries(NAMES)) t.equal(nearMiss(name), meant, name);
for (const hook of HOOK_NAMES) {
  const snake = hook.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  t.equal(nearMiss(snake), hook, snake);
}
