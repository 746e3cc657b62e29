import t from 'tap';
import { requestHead, responseHead } from '../../../../src/engine/http1/head/head-writer.js';
import { http1Request, http1Response } from '../../../../src/engine/http1/head/translate.js';
import { Headers } from '../../../../src/flow/http/headers.js';
import { HttpRequest } from '../../../../src/flow/http/http-request.js';
import { HttpResponse } from '../../../../src/flow/http/http-response.js';

const PARTS = { method: 'GET', scheme: 'https', host: 'h', port: 443, path: '/x', httpVersion: 'HTTP/2.0' };

t.test('requests of HTTP/2 as HTTP/1.1', async (t) => {
  for (const [authority, block, expected] of [
    ['a.test', '', 'Host: a.test\r\n'],
    ['', 'a: b\r\n', 'Host: h\r\na: b\r\n'],
    ['', 'host: c\r\na: b\r\n', 'Host: c\r\na: b\r\n'],
    [
      'a.test',
      'x: 1\r\ncookie: a=1\r\ny: 2\r\ncookie: b=2\r\n',
      'Host: a.test\r\nx: 1\r\ncookie: a=1; b=2\r\ny: 2\r\n',
    ],
  ] as const) {
    const headers = new Headers(Buffer.from(block));
    const head = requestHead(http1Request(new HttpRequest({ ...PARTS, authority, headers })));
    t.equal(head.toString(), `GET /x HTTP/1.1\r\n${expected}\r\n`);
    t.equal(headers.bytes.toString(), block, 'the flow keeps its headers');
  }
});

t.test('an extended CONNECT as an upgrade', async (t) => {
  const headers = new Headers(Buffer.from('sec-websocket-version: 13\r\n'));
  const request = new HttpRequest({ ...PARTS, method: 'CONNECT', authority: 'a', headers });
  request.protocol = 'websocket';
  t.match(
    requestHead(http1Request(request)).toString(),
    /^GET \/x HTTP\/1\.1\r\nHost: a\r\nsec-websocket-version: 13\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: [\w+/]{22}==\r\n\r\n$/,
  );
});

t.test('responses get a reason phrase', async (t) => {
  const headers = new Headers(Buffer.from('a: b\r\n'));
  for (const [statusCode, httpVersion, reason, expected] of [
    [404, 'HTTP/2.0', '', 'HTTP/1.1 404 Not Found'],
    [599, 'HTTP/2.0', '', 'HTTP/1.1 599 '],
    [200, 'HTTP/1.0', '', 'HTTP/1.0 200 '],
  ] as const) {
    const response = new HttpResponse({ statusCode, httpVersion, reason, headers });
    t.equal(responseHead(http1Response(response)).toString(), `${expected}\r\na: b\r\n\r\n`);
  }
});
