import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { folder, write } from '../support/folder.js';
import { IPV6 } from '../support/ipv6.js';
import { answering, RawOrigin } from '../support/raw-origin.js';
import { needs } from './support/command.js';
import { curl } from './support/curl.js';
import { mirror, Origin } from './support/origin.js';
import { patterned } from './support/patterned.js';
import { Recording } from './support/recording.js';

const CURL = needs('curl');
const LARGE = patterned(20_000_000);
const HELLO = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';

t.test('methods', CURL, async (t) => {
  const origin = await Origin.start(t, mirror);
  const recording = await Recording.start(t);
  const cases: [args: string[], path: string, answer: string][] = [
    [[], '/get?a=b%20c', 'GET /get?a=b%20c 0\n'],
    [['-d', 'user=ada&city=London'], '/post', 'POST /post 20\n'],
    [['-X', 'PUT', '-d', 'content'], '/put', 'PUT /put 7\n'],
    [['-X', 'DELETE'], '/delete', 'DELETE /delete 0\n'],
    [['-X', 'PROPFIND', '-d', '<a/>'], '/dav', 'PROPFIND /dav 4\n'],
    [['-I'], '/head', 'HTTP/1.1 200 OK\r\n'],
  ];
  for (const [args, path, answer] of cases) {
    const { code, stdout, stderr } = await curl(recording.url, [...args, origin.url(path)]);
    t.equal(code, 0, args.join(' '), { stderr });
    t.equal(String(stdout).slice(0, answer.length), answer);
  }
  const shown = String((await recording.stop(t)).stdout);
  t.equal(await recording.read(t, 1), shown, 'reading shows what recording showed');
  t.same(
    shown
      .replaceAll(/^127\.0\.0\.1:\d+: /gm, '')
      .replaceAll(/\n +/g, ' ')
      .split('\n'),
    [
      `GET ${origin.url('/get?a=b%20c')} << 200 OK 19b`,
      `POST ${origin.url('/post')} << 200 OK 14b`,
      `PUT ${origin.url('/put')} << 200 OK 11b`,
      `DELETE ${origin.url('/delete')} << 200 OK 17b`,
      `PROPFIND ${origin.url('/dav')} << 200 OK 16b`,
      `HEAD ${origin.url('/head')} << 200 OK 0b`,
      '',
    ],
  );
  t.match(await recording.read(t, 3, '~m', 'POST'), /\n {4}user: ada\n {4}city: London\n/);
});

t.test('the server sees the request in origin form, without what is for proxies only', CURL, async (t) => {
  const origin = await RawOrigin.start(t, answering(HELLO));
  const recording = await Recording.start(t);
  const args = ['-X', 'BREW', '-A', 'curl', '-H', 'X-Case: kEPT', '-H', 'x-twice: 1', '-H', 'X-Twice: 2'];
  const { code, stdout } = await curl(recording.url, [...args, `http://${origin.authority}/pot`]);
  t.equal(code, 0);
  t.equal(String(stdout), 'hello');
  const head = [
    `Host: ${origin.authority}`,
    'User-Agent: curl',
    'Accept: */*',
    'X-Case: kEPT',
    'x-twice: 1',
    'X-Twice: 2',
  ];
  t.equal((await origin.connection()).text, `BREW /pot HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`);
  const [{ flow }] = await recording.http(t);
  t.equal(flow.request.headers.bytes.toString(), `${head.join('\r\n')}\r\n`, 'which is recorded');
  t.equal(flow.request.method, 'BREW');
  t.equal(flow.request.url, `http://${origin.authority}/pot`);
});

t.test('HTTP/1.0 on both sides', CURL, async (t) => {
  const origin = await RawOrigin.start(t, async (wire) => {
    await wire.has('\r\n\r\n');
    wire.end('HTTP/1.0 200 Fine\r\nServer: old\r\n\r\nuntil the end');
  });
  const recording = await Recording.start(t);
  const { code, stdout } = await curl(recording.url, ['--http1.0', `http://${origin.authority}/`]);
  t.equal(code, 0);
  t.equal(String(stdout), 'until the end');
  t.match((await origin.connection()).text, /^GET \/ HTTP\/1\.0\r\n/);
  const [{ flow, responseBody }] = await recording.http(t);
  t.equal(flow.request.httpVersion, 'HTTP/1.0');
  t.equal(flow.response!.httpVersion, 'HTTP/1.0');
  t.equal(flow.response!.reason, 'Fine');
  t.equal(String(responseBody), 'until the end');
  t.ok(flow.response!.body.complete);
});

t.test('20 MB each way', CURL, async (t) => {
  const origin = await Origin.start(t, ({ body }, response) => response.end(body));
  const recording = await Recording.start(t);
  const file = write(join(folder(t), 'large'), LARGE);
  const target = `${file}.back`;
  const { code, stderr } = await curl(recording.url, ['--data-binary', `@${file}`, '-o', target, origin.url('/echo')]);
  t.equal(code, 0, 'curl', { stderr });
  t.ok(origin.received[0]!.body.equals(LARGE), 'the upload');
  t.ok(readFileSync(target).equals(LARGE), 'the download');
  const [{ flow, requestBody, responseBody }] = await recording.http(t);
  t.ok(requestBody.equals(LARGE), 'the upload is recorded');
  t.ok(responseBody.equals(LARGE), 'the download is recorded');
  t.ok(flow.request.body.complete && flow.response!.body.complete);
});

t.test("an upload that waits for 100, which is the server's to send", CURL, async (t) => {
  const origin = await RawOrigin.start(t, async (wire) => {
    await wire.has('\r\n\r\n');
    t.match(wire.text, /\r\nExpect: 100-continue\r\nContent-Length: 12\r\n\r\n$/, 'no body yet');
    const head = wire.size;
    wire.send('HTTP/1.1 100 Go on\r\n\r\n');
    await wire.hasBytes(head + 12);
    wire.send('HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n');
  });
  const recording = await Recording.start(t);
  const file = write(join(folder(t), 'file'), 'twelve bytes');
  const args = ['-i', '-H', 'Expect: 100-continue', '--expect100-timeout', '50', '-T', file];
  const { code, stdout, stderr } = await curl(recording.url, [...args, `http://${origin.authority}/file`]);
  t.equal(code, 0, 'curl', { stderr });
  t.equal(String(stdout), 'HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n');
  const [{ flow, requestBody }] = await recording.http(t);
  t.equal(String(requestBody), 'twelve bytes');
  t.equal(flow.response!.statusCode, 201);
});

t.test('early hints are forwarded before the response', CURL, async (t) => {
  const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n';
  const origin = await RawOrigin.start(t, answering(hints + HELLO));
  const recording = await Recording.start(t);
  const { code, stdout } = await curl(recording.url, ['-i', `http://${origin.authority}/`]);
  t.equal(code, 0);
  t.equal(String(stdout), hints + HELLO);
  t.match(await finished(t, recording, 2), / << 200 OK 5b\n {4}Content-Length: 5\n/);
});

t.test('compressed content is passed on and recorded as it is, and shown readable', CURL, async (t) => {
  const text = '{"a": [1, 2]}';
  const content = gzipSync(text);
  const origin = await Origin.start(t, (_, response) => {
    response.setHeader('Content-Encoding', 'gzip');
    response.setHeader('Content-Type', 'application/json');
    response.end(content);
  });
  const recording = await Recording.start(t);
  t.equal(String((await curl(recording.url, ['--compressed', origin.url('/')])).stdout), text);
  t.ok((await curl(recording.url, [origin.url('/')])).stdout.equals(content));
  for (const { flow, responseBody } of await recording.http(t)) {
    t.ok(responseBody.equals(content));
    t.equal(flow.response!.headers.get('content-length'), String(content.length));
  }
  t.match(await recording.read(t, 3), /\n {4}\{\n {8}"a": \[\n {12}1,\n {12}2\n {8}\]\n {4}\}\n/);
  t.match(await recording.read(t, 1, '~bs', '"a": .1'), /^(.*\n.*<< 200 OK.*\n){2}$/, 'filters see it decoded');
});

t.test('chunks, their extensions and trailers', CURL, async (t) => {
  const chunks = '5;a=b\r\nhello\r\n00006\r\n world\r\n0\r\nChecksum: abc\r\nX-Last: 1\r\n\r\n';
  const head = 'HTTP/1.1 200 OK\r\nTrailer: Checksum\r\ntransfer-encoding: chunked\r\n\r\n';
  const origin = await RawOrigin.start(t, answering(head + chunks, head + chunks));
  const recording = await Recording.start(t);
  const url = `http://${origin.authority}/`;
  const raw = await curl(recording.url, ['--raw', '-H', 'Connection: close', url]);
  t.match(String(raw.stdout), /^5;a=b\r\nhello\r\n00006\r\n world\r\n0\r\n/);
  const dump = join(folder(t), 'head');
  const plain = await curl(recording.url, ['-D', dump, url]);
  t.equal(plain.code, 0);
  t.equal(String(plain.stdout), 'hello world');
  t.equal(readFileSync(dump, 'latin1'), `${head}Checksum: abc\r\nX-Last: 1\r\n`);

  for (const { flow, responseBody } of await recording.http(t)) {
    t.equal(String(responseBody), 'hello world');
    t.equal(flow.response!.trailers?.bytes.toString(), 'Checksum: abc\r\nX-Last: 1\r\n');
  }
  t.match(await recording.read(t, 2), /--- HTTP Trailers\n {4}Checksum: abc\n {4}X-Last: 1\n/);
});

t.test('an upload in chunks', CURL, async (t) => {
  const origin = await Origin.start(t, mirror);
  const recording = await Recording.start(t);
  const args = ['-H', 'Transfer-Encoding: chunked', '-H', 'Expect:', '--data-binary', '@-', origin.url('/')];
  const { stdout } = await curl(recording.url, args, { input: LARGE.subarray(0, 300_000) });
  t.equal(String(stdout), 'POST / 300000\n');
  t.ok(origin.received[0]!.body.equals(LARGE.subarray(0, 300_000)));
  t.ok(origin.received[0]!.headers.includes('Transfer-Encoding: chunked'));
  const [{ requestBody }] = await recording.http(t);
  t.ok(requestBody.equals(LARGE.subarray(0, 300_000)));
});

t.test('one connection for two URLs, on each side', CURL, async (t) => {
  const origin = await Origin.start(t, mirror);
  const recording = await Recording.start(t);
  const { stdout } = await curl(recording.url, ['-w', '%{num_connects}\n', origin.url('/1'), origin.url('/2')]);
  t.equal(String(stdout), 'GET /1 0\n1\nGET /2 0\n0\n');
  t.equal(origin.connections, 1);
  const flows = await recording.http(t);
  t.equal(flows.length, 2);
  t.equal(flows[0]!.flow.client.id, flows[1]!.flow.client.id);
  t.equal(flows[0]!.flow.server.id, flows[1]!.flow.server.id);
});

t.test('plain HTTP in a CONNECT tunnel', CURL, async (t) => {
  const origin = await Origin.start(t, mirror);
  const recording = await Recording.start(t);
  const { stdout } = await curl(recording.url, ['-p', origin.url('/1'), origin.url('/2')]);
  t.equal(String(stdout), 'GET /1 0\nGET /2 0\n');
  const flows = await recording.http(t);
  t.same(
    flows.map(({ flow }) => `${flow.request.method} ${flow.request.url}`),
    [`GET ${origin.url('/1')}`, `GET ${origin.url('/2')}`],
    'the tunnel itself is no flow',
  );
});

t.test('an IPv6 address', { skip: CURL.skip || IPV6.skip }, async (t) => {
  const origin = await Origin.start(t, mirror, { host: '::1' });
  const recording = await Recording.start(t);
  for (const args of [[], ['-p']]) {
    const { stdout } = await curl(recording.url, ['-g', ...args, origin.url('/six')]);
    t.equal(String(stdout), 'GET /six 0\n', args.join());
  }
  for (const { flow } of await recording.http(t)) {
    t.equal(flow.request.host, '::1');
    t.equal(flow.request.url, `http://[::1]:${origin.port}/six`);
    t.same(flow.server.peer, ['::1', origin.port]);
  }
});

t.test('an unreachable server gives a 502 with the reason', CURL, async (t) => {
  const recording = await Recording.start(t);
  const closed = await RawOrigin.start(t);
  closed.close();
  const { code, stdout } = await curl(recording.url, ['-w', '%{http_code}', `http://${closed.authority}/`]);
  t.equal(code, 0);
  t.match(String(stdout), /connection refused.*502$/s);
  const tunnel = await curl(recording.url, ['-p', `http://${closed.authority}/`]);
  t.not(tunnel.code, 0);
  t.match(tunnel.stderr, /502/);
  const shown = await finished(t, recording, 1);
  t.match(shown, new RegExp(`GET http://${closed.authority}/\n <<.* connection refused`));
  t.match(shown, new RegExp(`CONNECT ${closed.authority}\n <<.* connection refused`));
});

t.test('a request to the proxy itself is refused, not looped', CURL, async (t) => {
  const recording = await Recording.start(t);
  const { stdout } = await curl(recording.url, ['-w', '%{http_code}', `${recording.url}/`]);
  t.match(String(stdout), /[45]\d\d$/);
  t.match((await curl(recording.url, ['-p', `${recording.url}/`])).stderr, /response [45]\d\d/);
  await recording.stop(t);
});

async function finished(t: Parameters<Recording['stop']>[0], recording: Recording, detail: number): Promise<string> {
  await recording.stop(t);
  return recording.read(t, detail);
}
