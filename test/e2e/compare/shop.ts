import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Test } from 'tap';
import { Random } from '../../support/random.js';

/** What version 2 of the server does differently. */
export const PLANTED = [
  'GET /items: $.items[1].price: 120 → 12',
  'GET /items/4: status: 200 → 500',
  'GET /login: set-cookie sid; httponly: set → missing',
  'GET /page: line 3: <p>Hello</p> → <p>Sale</p>',
  'GET /tags: $.big: 12345678901234567890 → 12345678901234567891',
  'GET /blob: body: 3000 bytes, SHA-256 57a940a20cd8… → 3000 bytes, SHA-256 cb6554912ad6…',
  'GET /old: location: /page → /shop',
];

export const PATHS = ['/items', '/items/1', '/items/4', '/login', '/page', '/tags', '/blob', '/old', '/nothing'];

/** A shop in two versions whose responses are full of noise. @returns its port */
export async function startShop(t: Test, version: 1 | 2, seed: number): Promise<number> {
  const random = new Random(seed);
  const hex = (length: number) => Array.from({ length }, () => random.below(16).toString(16)).join('');
  const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
  const time = () => new Date(1.7e12 + random.below(1e9)).toISOString();
  const isNew = version === 2;
  const item = (id: number) => ({ id, name: `item ${id}`, price: isNew && id === 1 ? 12 : 120 });

  const server = createServer((request, response) => {
    const headers: Record<string, string> = { 'X-Request-Id': uuid(), 'Content-Type': 'application/json' };
    let status = 200;
    let body: string | Buffer = '{}';
    switch (request.url) {
      case '/items':
        body = JSON.stringify({ items: [item(0), item(1)], at: time(), took: random.below(1000), trace: hex(32) });
        break;
      case '/items/1':
        body = JSON.stringify({ id: 1, host: request.headers.host, self: `http://${request.headers.host}/items/1` });
        break;
      case '/items/4':
        if (isNew) status = 500;
        body = JSON.stringify({ id: 4, updated: 1_717_156_800 + random.below(10_000) });
        break;
      case '/login':
        headers['Set-Cookie'] = `sid=${hex(32)}; Path=/${isNew ? '' : '; HttpOnly'}`;
        break;
      case '/page':
        headers['Content-Type'] = 'text/html';
        body = `<h1>Shop</h1>\n<input name="csrf" value="${hex(32)}">\n<p>${isNew ? 'Sale' : 'Hello'}</p>\n`;
        break;
      case '/tags': {
        const tags = Array.from('abcdef').sort(() => random.below(3) - 1);
        body = `{"tags":${JSON.stringify(tags)},"big":1234567890123456789${isNew ? 1 : 0}}`;
        break;
      }
      case '/blob':
        headers['Content-Type'] = 'application/octet-stream';
        body = Buffer.from([version, 0, 255].flatMap((byte) => [byte]))
          .toString('latin1')
          .repeat(1000);
        body = Buffer.from(body, 'latin1');
        break;
      case '/old':
        status = 302;
        headers.Location = isNew ? '/shop' : '/page';
        break;
      default:
        status = 404;
    }
    const bytes = Buffer.from(body as string);
    headers['Content-Encoding'] = 'gzip';
    response.writeHead(status, headers).end(gzipSync(bytes, { level: isNew ? 1 : 9 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
