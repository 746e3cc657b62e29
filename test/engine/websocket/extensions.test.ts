import t from 'tap';
import { acceptedExtensions } from '../../../src/engine/websocket/extensions.js';
import { Headers } from '../../../src/flow/http/headers.js';

const accepted = (...values: string[]) =>
  acceptedExtensions(Headers.from(values.map((value) => ['Sec-WebSocket-Extensions', value])));
const deflate = (keepsContext: boolean, windowBits = 15) => ({ keepsContext, windowBits });
const BOTH = { fromClient: deflate(true), fromServer: deflate(true) };

t.test('extensions that servers accept', async (t) => {
  t.same(accepted(), { fromClient: undefined, fromServer: undefined });
  t.same(accepted(''), { fromClient: undefined, fromServer: undefined });
  for (const value of ['permessage-deflate', 'PerMessage-Deflate ;', 'permessage-deflate; client_max_window_bits=15']) {
    t.same(accepted(value), BOTH, value);
  }
  t.same(accepted('permessage-deflate; server_no_context_takeover'), { ...BOTH, fromServer: deflate(false) });
  t.same(accepted('permessage-deflate;client_no_context_takeover;client_max_window_bits=9'), {
    ...BOTH,
    fromClient: deflate(false, 9),
  });
  t.same(accepted('permessage-deflate; server_max_window_bits="10"'), { ...BOTH, fromServer: deflate(true, 10) });
});

t.test('unknown extensions', async (t) => {
  for (const value of [
    'x-webkit-deflate-frame',
    'permessage-deflate, permessage-deflate',
    'permessage-deflate, x-other',
    'permessage-deflate; other',
    'permessage-deflate; server_max_window_bits=7',
    'permessage-deflate; server_max_window_bits=16',
    'permessage-deflate; server_max_window_bits=x',
    'permessage-deflate; server_no_context_takeover; server_no_context_takeover',
    'permessage-deflate; client_no_context_takeover=1',
  ]) {
    t.equal(accepted(value), value);
  }
  t.equal(accepted('permessage-deflate', 'x-other'), 'permessage-deflate, x-other');
});
