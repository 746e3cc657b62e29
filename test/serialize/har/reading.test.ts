import t from 'tap';
import { reconcile } from '../../../src/serialize/har/body/reconcile.js';
import { parseTime } from '../../../src/serialize/har/entry/har-time.js';
import { readTarget, readVersion } from '../../../src/serialize/har/entry/read-target.js';

t.test('times', async (t) => {
  const cases: [text: unknown, seconds: number][] = [
    ['2024-05-02T08:15:30.123Z', 1714637730.123],
    ['2024-05-02T08:15:30Z', 1714637730],
    ['2024-05-02T08:15:30', 1714637730],
    ['2024-05-02T10:15:30.123456+02:00', 1714637730.123456],
    ['2024-05-02T10:15:30.1234567+0200', 1714637730.123457],
    ['2024-05-02T03:45:30.5-04:30', 1714637730.5],
    ['2024-05-02T08:15:30,5z', 1714637730.5],
    [1714637730123, 1714637730.123],
    ['1969-12-31T23:59:59.500Z', -0.5],
    ['yesterday', 0],
    [undefined, 0],
    [Number.NaN, 0],
  ];
  for (const [text, seconds] of cases) t.equal(parseTime(text), seconds, String(text));
});

t.test('versions', async (t) => {
  const cases: [text: string | undefined, version: string | undefined][] = [
    ['HTTP/1.1', 'HTTP/1.1'],
    ['http/1.0', 'HTTP/1.0'],
    ['h2', 'HTTP/2.0'],
    ['HTTP/2', 'HTTP/2.0'],
    ['http/2.0', 'HTTP/2.0'],
    ['h3', 'HTTP/3'],
    ['h3-29', 'HTTP/3'],
    ['HTTP/3.0', 'HTTP/3'],
    ['http/2+quic/46', 'HTTP/3'],
    ['unknown', undefined],
    ['', undefined],
    [undefined, undefined],
  ];
  for (const [text, version] of cases) t.equal(readVersion(text), version, String(text));
});

t.test('targets', async (t) => {
  const cases: [url: string, method: string, target: unknown[] | undefined][] = [
    ['http://a.example', 'GET', ['http', 'a.example', 80, '', '/']],
    ['HTTPS://u:p@a.example:8443/x?y#z', 'GET', ['https', 'a.example', 8443, '', '/x?y']],
    ['http://a.example?q', 'GET', ['http', 'a.example', 80, '', '/?q']],
    ['wss://[2001:db8::1]/', 'GET', ['https', '2001:db8::1', 443, '', '/']],
    ['ws://a.example:81/', 'GET', ['http', 'a.example', 81, '', '/']],
    ['https://b\xfccher.example/\u2603 x', 'GET', ['https', 'xn--bcher-kva.example', 443, '', '/%E2%98%83%20x']],
    ['https://b%C3%BCcher.example./', 'GET', ['https', 'xn--bcher-kva.example.', 443, '', '/']],
    ['https://b%FCcher.example/', 'GET', ['https', 'b%FCcher.example', 443, '', '/']],
    ['https://127.1/', 'GET', ['https', '127.1', 443, '', '/']],
    ['b\xfccher.example:443', 'CONNECT', ['', 'xn--bcher-kva.example', 443, 'xn--bcher-kva.example:443', '']],
    ['https://a.example:443/', 'CONNECT', ['', 'a.example', 443, 'a.example:443', '']],
    ['a.example:8443', 'CONNECT', ['', 'a.example', 8443, 'a.example:8443', '']],
    ['[::1]:443', 'CONNECT', ['', '::1', 443, '[::1]:443', '']],
    ['data:,x', 'GET', undefined],
    ['blob:https://a.example/1', 'GET', undefined],
    ['chrome-extension://abc/x.js', 'GET', undefined],
    ['http://a.example:99999/', 'GET', undefined],
    ['', 'GET', undefined],
  ];
  for (const [url, method, target] of cases) {
    const found = readTarget(url, method, 'HTTP/1.1');
    t.same(found && [found.scheme, found.host, found.port, found.authority, found.path], target, url);
  }
  t.equal(readTarget('https://a.example:81/', 'GET', 'HTTP/2.0')!.authority, 'a.example:81');
  t.equal(readTarget('https://a.example/', 'GET', 'HTTP/2.0', 'b.example')!.authority, 'b.example');
});

t.test('text goes back into the charset of its type', async (t) => {
  const cases: [text: string, charset: string, hex: string | undefined][] = [
    ['\xfc', 'utf8', 'c3bc'],
    ['\xfc', 'iso-8859-1', 'fc'],
    ['a\u044f', 'Windows-1251', '61ff'],
    ['\xfc', 'utf-16le', 'fc00'],
    ['\xfc', 'utf-16be', '00fc'],
    ['\u65e5', 'Shift_JIS', '93fa'],
    ['\u65e5', 'iso-8859-1', undefined],
    ['\u{1f600}', 'windows-1251', undefined],
    ['a', 'x-nothing', undefined],
  ];
  for (const [text, charset, hex] of cases) {
    const type = `text/plain; charset=${charset}`;
    const { body, pairs, altered } = reconcile([['Content-Type', type]], { body: text });
    if (hex !== undefined) {
      t.equal(Buffer.from(String(body.bodyBase64), 'base64').toString('hex'), hex, `${text} in ${charset}`);
      t.same(altered, [], type);
    } else {
      t.equal(body.body, text, `${text} in ${charset}`);
      t.same(pairs, [['Content-Type', 'text/plain; charset=utf-8']], type);
      t.same(altered, [`content-type: ${type}`], type);
    }
  }
});
