import t from 'tap';
import { Headers } from '../../../src/flow/http/headers.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';

t.test('responses', async (t) => {
  const response = new HttpResponse({
    statusCode: 200,
    reason: 'Fine',
    httpVersion: 'HTTP/1.1',
    headers: new Headers(),
  });
  t.equal(response.changed, false);
  response.statusCode = 404;
  t.same([response.statusCode, response.reason, response.headChanged], [404, 'Not Found', true]);
  response.statusCode = 299;
  t.equal(response.reason, '');
  response.reason = 'Odd \xe4';
  t.equal(response.reason, 'Odd \xe4');
});

t.test('values that are invalid in a head throw', async (t) => {
  const response = HttpResponse.make(200);
  for (const reason of ['\r', 'a\nb', '\0', '\u010d']) t.throws(() => (response.reason = reason), TypeError);
  for (const status of [0, 99, 1000, 200.5, Number.NaN]) t.throws(() => (response.statusCode = status), RangeError);
  t.equal(response.changed, true, 'by its body');
  t.equal(response.headChanged, true, 'by its length');
});

t.test('a response of an addon', async (t) => {
  const cases: [args: Parameters<typeof HttpResponse.make>, reason: string, block: string][] = [
    [[200], 'OK', 'Content-Length: 0\r\n'],
    [[404, 'ä', { A: '1' }], 'Not Found', 'A: 1\r\nContent-Length: 2\r\n'],
    [[200, Buffer.from('abc'), { 'content-length': '9' }, 'Hm'], 'Hm', 'content-length: 3\r\n'],
    [[204], 'No Content', ''],
    [[304], 'Not Modified', ''],
    [[101], 'Switching Protocols', ''],
    [[299], '', 'Content-Length: 0\r\n'],
  ];
  for (const [args, reason, block] of cases) {
    const response = HttpResponse.make(...args);
    t.same([response.statusCode, response.reason, response.httpVersion], [args[0], reason, 'HTTP/1.1']);
    t.equal(response.headers.bytes.toString('latin1'), block);
    t.equal(response.body.complete, true);
  }
  const zipped = HttpResponse.make(200, 'hello', { 'Content-Encoding': 'gzip' });
  t.equal(await zipped.body.text(), 'hello');
  t.equal(zipped.headers.get('content-length'), String(zipped.body.size));
});

t.test('a response of JSON', async (t) => {
  const made = HttpResponse.json({ a: 'ä' });
  t.equal(made.statusCode, 200);
  t.equal(made.headers.bytes.toString('latin1'), 'Content-Type: application/json\r\nContent-Length: 10\r\n');
  t.same(await made.body.json(), { a: 'ä' });
  const other = HttpResponse.json(null, 404, { 'content-type': 'application/problem+json' });
  t.same([other.statusCode, other.headers.get('content-type')], [404, 'application/problem+json']);
  t.throws(() => HttpResponse.json(undefined), TypeError);
});

t.test('a redirect', async (t) => {
  const cases: [url: string | URL, status: number | undefined, location: string][] = [
    ['/x', undefined, '/x'],
    [new URL('https://a.test/b?c'), 308, 'https://a.test/b?c'],
    ['/ä b\r\nX: y%20', 301, '/%C3%A4%20b%0D%0AX:%20y%20'],
  ];
  for (const [url, status, location] of cases) {
    const made = HttpResponse.redirect(url, status);
    t.same([made.statusCode, made.headers.get('location')], [status ?? 302, location]);
    t.equal(made.headers.get('content-length'), '0');
  }
  for (const status of [200, 300, 304, 400]) t.throws(() => HttpResponse.redirect('/', status), RangeError);
});

t.test('a made response honours charset and framing', async (t) => {
  const latin = HttpResponse.make(200, 'ä', { 'Content-Type': 'text/plain; charset=latin1' });
  t.same([...(await latin.body.bytes())], [0xe4]);
  const chunked = HttpResponse.make(200, new Uint8Array([97]), [['Transfer-Encoding', 'chunked']]);
  t.equal(String(chunked.headers.bytes), 'Transfer-Encoding: chunked\r\n');
  t.equal(await chunked.body.text(), 'a');
  t.throws(() => HttpResponse.make(99), RangeError);
  t.throws(() => HttpResponse.make(200, '', { A: '\n' }), TypeError);
  t.throws(() => HttpResponse.make(200, '', {}, '\r'), TypeError);
});

t.test('a reason that is no text', async (t) => {
  const response = HttpResponse.make(200);
  for (const value of [undefined, null, 5] as never[])
    t.throws(() => (response.reason = value), { message: `Not a reason phrase: "${value}"` });
  t.equal(response.reason, 'OK');
});
