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
  closest: { method: 'POST', url: 'http://a.test/s.B/C', id: '1' },
  differences: [{ where: '$["1"]', recorded: '"50 %"', now: '"ü"' }],
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
        '$["1"]: "50 %" → "ü"',
      ].join('\n'),
    );
  }
  const url = `http://a.test/${'x'.repeat(10_000)}`;
  t.ok(responseTo('application/grpc', { ...MISS, url }).headers.get('grpc-message')!.length < 5000);
});

t.test('other requests', async (t) => {
  for (const type of ['application/json', 'application/proto', 'application/connect+proto']) {
    const response = responseTo(type);
    t.equal(response.statusCode, 599);
    t.match(JSON.parse((await response.body.text())!), { error: 'no recorded answer', url: MISS.url });
  }
});
