import t from 'tap';
import type { Miss } from '../../../../src/replay/server/miss/miss.js';
import { offlineResponse } from '../../../../src/replay/server/miss/offline-response.js';
import { exchange } from '../../../addons/rewrite/flows.js';

const MISS: Miss = {
  method: 'POST',
  url: 'http://a.test/s.B/C',
  host: 'a.test',
  path: '/s.B/C',
  used: 0,
  noAnswer: undefined,
  closest: { method: 'POST', url: 'http://a.test/s.B/C', id: '1' },
  differences: [{ where: "$['1']", recorded: '"50 %"', now: '"ü"' }],
};

const responseTo = (type: string, miss = MISS) =>
  offlineResponse(exchange({ method: 'POST', request: [['Content-Type', type]] }).request, miss);

t.test('calls of gRPC', async (t) => {
  for (const type of ['application/grpc', 'application/grpc+proto', 'application/grpc-web-text']) {
    const response = responseTo(type);
    t.equal(response.statusCode, 200);
    t.equal(response.headers.get('content-type'), type);
    t.equal(response.headers.get('grpc-status'), '2');
    const message = response.headers.get('grpc-message')!;
    t.match(message, /^[\x20-\x7e]+$/);
    t.equal(
      decodeURIComponent(message),
      [
        'No recorded answer to POST http://a.test/s.B/C.',
        'closest: POST http://a.test/s.B/C',
        `$['1']: "50 %" → "ü"`,
      ].join('\n'),
    );
  }
  for (const char of ['x', '漢', '😀']) {
    const url = `http://a.test/${char.repeat(10_000)}`;
    const message = responseTo('application/grpc', { ...MISS, url }).headers.get('grpc-message')!;
    t.ok(message.length <= 4000 && message.length > 3900);
    t.match(decodeURIComponent(message), new RegExp(`^No recorded answer to POST http://a.test/(?:${char})+$`));
  }
});

t.test('streams of Connect', async (t) => {
  const response = responseTo('application/connect+proto');
  t.equal(response.statusCode, 200);
  t.equal(response.headers.get('content-type'), 'application/connect+proto');
  const bytes = await response.body.bytes();
  t.same([bytes[0], bytes.readUInt32BE(1)], [2, bytes.length - 5]);
  const { error } = JSON.parse(bytes.toString('utf8', 5));
  t.match(error, { code: 'unknown', message: /^No recorded answer to POST .*"50 %" → "ü"$/s });
});

t.test('other requests', async (t) => {
  for (const type of ['application/json', 'application/proto']) {
    const response = responseTo(type);
    t.equal(response.statusCode, 599);
    const body = JSON.parse((await response.body.text())!);
    t.match(body, { error: 'no recorded answer', url: MISS.url });
    if (type === 'application/json') t.notOk('code' in body);
    else t.match(body, { code: 'unknown', message: /^No recorded answer to POST .*"50 %" → "ü"$/s });
  }
});
