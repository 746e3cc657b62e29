import t from 'tap';
import { parseHead } from '../../../../src/engine/http1/head/head.js';
import {
  forwardedBlock,
  forwardedResponseBlock,
  requestHead,
  responseHead,
} from '../../../../src/engine/http1/head/head-writer.js';
import { Headers } from '../../../../src/flow/http/headers.js';
import { HttpRequest } from '../../../../src/flow/http/http-request.js';
import { HttpResponse } from '../../../../src/flow/http/http-response.js';

const headOf = (block: string) => parseHead(Buffer.from(`-\r\n${block}\r\n`, 'latin1'), 0, true)!;

t.test('hop-by-hop fields of the client are not forwarded', async (t) => {
  const cases: [block: string, forwarded: string][] = [
    ['A:1\r\nb: 2 \r\n', 'A:1\r\nb: 2 \r\n'],
    ['A: 1\r\nProxy-Connection: keep-alive\r\nB: 2\r\n', 'A: 1\r\nB: 2\r\n'],
    ['proxy-authorization: x\r\n y\r\nB: 2\r\n', 'B: 2\r\n'],
    ['PROXY-X:1\r\n', ''],
    ['X-Proxy: 1\r\nProxy: 2\r\nProxy-A: 3\r\n', 'X-Proxy: 1\r\nProxy: 2\r\n'],
    ['Upgrade: websocket\r\nConnection: Upgrade\r\n', 'Upgrade: websocket\r\nConnection: Upgrade\r\n'],
    ['A: 1\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\nConnection: Upgrade, HTTP2-Settings\r\n', 'A: 1\r\n'],
    [
      'Connection: keep-alive, Upgrade , http2-settings\r\nupgrade: H2C\r\nhttp2-settings: AA\r\n',
      'Connection: keep-alive\r\n',
    ],
    ['Upgrade: h2c, foo\r\nConnection: Upgrade\r\n', ''],
    ['Content-Length: 5\r\nA: 1\r\ncontent-length : 5 \r\n', 'Content-Length: 5\r\nA: 1\r\n'],
    // They are refused, and recorded as they came.
    ['Content-Length: 5\r\nContent-Length: 6\r\n', 'Content-Length: 5\r\nContent-Length: 6\r\n'],
    // Of a head that is refused, what is no field either.
    [' Proxy-Authorization: x\r\nA: 1\r\n', 'A: 1\r\n'],
    ['Proxy-Authorization x\r\nA: 1\r\n', 'A: 1\r\n'],
    ['Proxy-Authorization : x\r\nA: 1\r\n', 'A: 1\r\n'],
    ['Upgrade: h2c\r\nConnection:\r\n upgrade,\r\n\tx\r\nA: 1\r\n', 'Connection: x\r\nA: 1\r\n'],
    ['Upgrade: h2c\r\nConnection:close\r\n', 'Connection:close\r\n'],
    ['Upgrade: h2c2\r\nConnection: Upgrade\r\n', 'Upgrade: h2c2\r\nConnection: Upgrade\r\n'],
  ];
  for (const [block, forwarded] of cases) {
    const head = headOf(block);
    const found = forwardedBlock(head, undefined);
    t.equal(found.toString('latin1'), forwarded, JSON.stringify(block));
    t.equal(
      found === head.block,
      block === forwarded && head.contentLength.length < 2,
      'not copied if it goes on whole',
    );
  }
  t.equal(
    forwardedBlock(headOf('A: 1\r\nProxy-A: \xff\r\nB: \xfe\r\n'), 'h:1').toString('latin1'),
    'Host: h:1\r\nA: 1\r\nB: \xfe\r\n',
  );
});

t.test('nor are those of servers for proxies', async (t) => {
  const head = headOf('A: 1\r\nUpgrade: h2c\r\nProxy-Authenticate: Basic\r\nB: 2\r\n');
  t.equal(forwardedResponseBlock(head).toString(), 'A: 1\r\nUpgrade: h2c\r\nB: 2\r\n');
  const twice = headOf('A: 1\r\nContent-Length: 2\r\nContent-Length: 2\r\n');
  t.equal(forwardedResponseBlock(twice).toString(), 'A: 1\r\nContent-Length: 2\r\n');
  const plain = headOf('A: 1\r\n');
  t.equal(forwardedResponseBlock(plain), plain.block);
});

t.test('heads', async (t) => {
  const headers = new Headers(Buffer.from('A:\xff\r\n', 'latin1'));
  const parts = { scheme: 'http', host: 'h', port: 80, authority: 'h', headers };
  const request = new HttpRequest({ ...parts, method: 'x', path: '/\xe4', httpVersion: 'HTTP/1.0' });
  t.equal(requestHead(request).toString('latin1'), 'x /\xe4 HTTP/1.0\r\nA:\xff\r\n\r\n');
  const status = (httpVersion: string, statusCode: number, reason: string) =>
    responseHead(new HttpResponse({ httpVersion, statusCode, reason, headers })).toString('latin1');
  t.equal(status('HTTP/1.0', 299, 'Fine \xe4'), 'HTTP/1.0 299 Fine \xe4\r\nA:\xff\r\n\r\n');
});
