import t from 'tap';
import { HttpRequest } from '../../../../src/flow/http/http-request.js';
import { hashesOfRequest } from '../../../../src/replay/session/hashes/value-hashes.js';
import { rewriteRequest } from '../../../../src/replay/session/rewrite/request.js';
import { newSettings } from '../conversation.js';

t.test('fields of uploads that are too large for memory', async (t) => {
  const boundary = 'x-y';
  const part = (head: string, content: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`;
  const body = (token: string) =>
    part('name="before"', `t-${token}`) +
    part('name="file"; filename="a.bin"', `0123456789abcdef ${'\r\n--x-'.repeat(500_000)}`) +
    part('name="meta"\r\nContent-Type: application/json', `{"token":"${token}"}`) +
    part('name="after"', token) +
    `--${boundary}--\r\n`;
  const type = `multipart/form-data; boundary=${boundary}`;
  const request = HttpRequest.make('POST', 'http://a.test/', body('0123456789abcdef'), { 'Content-Type': type });
  let reported = 0;
  const settings = { ...newSettings(), limit: 100, onTooLarge: () => reported++ };
  const changed: string[] = [];
  await rewriteRequest(request, settings, {
    visit: (value) => (value === '0123456789abcdef' ? 'a longer "value"' : undefined),
    changed: (place) => void changed.push(place),
  });
  t.equal(reported, 0);
  t.same(changed, ['part before', 'json $.token', 'part after']);
  const expected = body('a longer "value"').replace('a longer "value" \r\n--x-', '0123456789abcdef \r\n--x-');
  const wanted = expected.replace('{"token":"a longer "value""}', JSON.stringify({ token: 'a longer "value"' }));
  t.equal(await request.body.text(), wanted);
  t.equal(request.headers.get('content-length'), String(wanted.length));
  t.equal(request.body.size, wanted.length);
});

t.test('bodies that are too large to be searched are reported, if they could have values', async (t) => {
  const table: [type: string, size: number, reported: boolean][] = [
    ['application/json', 101, true],
    ['application/vnd.api+json; charset=utf-8', 101, true],
    ['application/x-www-form-urlencoded', 101, true],
    ['multipart/form-data', 101, true],
    ['multipart/form-data; boundary=b', 101, false],
    ['text/plain', 101, true],
    ['application/json', 100, false],
    ['application/octet-stream', 101, false],
    ['image/png', 101, false],
  ];
  for (const [type, size, reported] of table) {
    let count = 0;
    const settings = { ...newSettings(), limit: 100, onTooLarge: () => count++ };
    const request = HttpRequest.make('POST', 'http://a.test/', 'x'.repeat(size), { 'Content-Type': type });
    await hashesOfRequest(request, settings);
    t.equal(count > 0, reported, `${type} ${size}`);
  }
});
