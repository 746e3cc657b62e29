import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runWarm } from '../../cli/warm.js';
import { folder, write } from '../../support/folder.js';
import { MITMPROXY, PYTHON } from '../../support/mitmproxy.js';
import { command, needs } from '../support/command.js';
import { mirror, Origin, type Received } from '../support/origin.js';
import { needsPython, python } from '../support/python.js';
import { Recording } from '../support/recording.js';
import { recordCurl, replayWarm } from './support.js';

const CURL = needs('curl');

/** What a server gets, without what only concerns the connection. */
function essence({ method, target, headers, body }: Received): string[] {
  const kept = headers.filter((line) => !/^(host|connection|proxy-connection|origin|referer):/i.test(line));
  return [`${method} ${target}`, ...kept, createHash('sha256').update(body).digest('hex').slice(0, 8)];
}

/** Every format to which a capture can be converted, beside its own. */
const FORMATS = ['mitm', 'jsonl', 'har', 'bin.gz'];

t.test(
  'what clients sent goes to the new server in the same form, whatever the format of the capture',
  CURL,
  async (t) => {
    const origin = await Origin.start(t, mirror);
    const large = write(join(folder(t), 'large'), randomBytes(3_000_000));
    const capture = await recordCurl(t, [
      [origin.url('/plain?a=b&c'), '-H', 'X-Odd:  spaced', '-H', 'x-odd: two'],
      [origin.url('/form'), '-d', 'a=1&b=2'],
      [origin.url('/multipart'), '-F', 'file=@-;filename=x', '-F', 'y=z'],
      [origin.url('/put'), '-T', large],
      [origin.url('/chunked'), '-H', 'Transfer-Encoding: chunked', '-d', 'hello', '-H', 'Expect:'],
      [origin.url('/delete'), '-X', 'DELETE'],
      [origin.url('/head'), '-I'],
      ['--http1.0', origin.url('/old')],
      [origin.url('/cookie'), '-b', 'a=b; c=d', '-u', 'user:pass'],
    ]);
    const recorded = origin.received.splice(0).map(essence);
    for (const format of ['own', ...FORMATS]) {
      let path = capture;
      if (format !== 'own') {
        path = join(folder(t), `capture.${format}`);
        t.equal((await runWarm(['-nr', capture, '-w', path])).code, 0);
      }
      const again = await Origin.start(t, mirror);
      const ended = await replayWarm(path, ['--replay-to', again.url('')]);
      t.equal(ended.code, 0, ended.stderr);
      t.same(again.received.map(essence), recorded, format);
    }
  },
);

t.test('clients in Python and Node', needsPython('requests'), async (t) => {
  const origin = await Origin.start(t, mirror);
  const recording = await Recording.start(t);
  await python(
    `import sys, requests
proxies = {"http": sys.argv[1]}
session = requests.Session()
session.post(sys.argv[2] + "/json", json={"a": "ü"}, proxies=proxies)
session.put(sys.argv[2] + "/stream", data=iter([b"one", b"two"]), proxies=proxies)
print("null")`,
    [recording.url, origin.url('')],
  );
  const script = `const { request, ProxyAgent } = await import('undici');
const dispatcher = new ProxyAgent({ uri: process.argv[1], proxyTunnel: false });
await (await request(process.argv[2] + '/node', { method: 'PATCH', body: 'x'.repeat(100_000), dispatcher })).body.text();
await dispatcher.close();`;
  const { code, stderr } = await command(
    process.execPath,
    ['--input-type=module', '-e', script, recording.url, origin.url('')],
    {
      cwd: new URL('../../../..', import.meta.url).pathname,
    },
  );
  t.equal(code, 0, stderr);
  await recording.stop(t);
  const recorded = origin.received.splice(0).map(essence);
  t.equal(recorded.length, 3);
  const ended = await replayWarm(recording.capture, ['--replay-to', origin.url('')]);
  t.equal(ended.code, 0, ended.stderr);
  t.same(origin.received.map(essence), recorded);
});

t.test('a capture of mitmproxy, with HTTP/2', MITMPROXY, async (t) => {
  const path = join(mkdtempSync(join(folder(t), 'x')), 'flows.mitm');
  const made = await command(PYTHON, ['-c', MAKE_FLOWS, path]);
  t.equal(made.code, 0, made.stderr);
  const origin = await Origin.start(t, mirror);
  const ended = await replayWarm(path, ['--replay-to', origin.url('')]);
  t.equal(ended.code, 1, 'a body is missing');
  t.match(ended.stderr, /not replayed, requests whose body was not kept: 1/);
  t.match(ended.stderr, /not replayed, TCP connections: 1/);
  t.same(
    origin.received.map(({ method, target, headers, body }) => [method, target, ...headers, String(body)]),
    [
      ['GET', '/first', `Host: ${origin.authority}`, 'a: b', ''],
      ['POST', '/h2', `Host: ${origin.authority}`, 'cookie: a=1; b=2', 'te: trailers', 'Content-Length: 5', 'hello'],
    ],
  );
});

/** An HTTP/2 flow that began after, and stands before, a flow of HTTP/1. */
const MAKE_FLOWS = `import sys
from mitmproxy import io, http
from mitmproxy.test import tflow
def make(version, method, path, headers, content, began):
    flow = tflow.tflow()
    flow.request = http.Request("api.example", 443, method.encode(), b"https", b"api.example", path.encode(), version,
        http.Headers(headers), content, None, began, began)
    flow.response = http.Response.make(200)
    flow.response.timestamp_start = flow.response.timestamp_end = began + 1
    return flow
with open(sys.argv[1], "wb") as file:
    writer = io.FlowWriter(file)
    writer.add(make(b"HTTP/2.0", "POST", "/h2", [(b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"te", b"trailers")], b"hello", 20))
    writer.add(make(b"HTTP/1.1", "GET", "/first", [(b"Host", b"api.example"), (b"a", b"b")], b"", 10))
    writer.add(make(b"HTTP/1.1", "PUT", "/missing", [(b"Host", b"api.example"), (b"content-length", b"3")], None, 30))
    writer.add(tflow.ttcpflow())
`;

const HAR = (name: string): string => new URL(`../../../../fixtures/har/${name}.har`, import.meta.url).pathname;

t.test('HARs of browsers', async (t) => {
  const origin = await Origin.start(t, mirror);
  for (const [name, targets] of [
    ['chrome', ['GET /search?q=caf%C3%A9&page=2', 'POST /api/cart', 'GET /dot.png']],
    ['firefox', ['GET /', 'POST /login?next=%2F', 'GET /photo.jpg']],
  ] as const) {
    origin.received.length = 0;
    const ended = await replayWarm(HAR(name), ['--replay-to', origin.url('')]);
    t.equal(ended.code, 0, ended.stderr);
    const found = origin.received.map(({ method, target }) => `${method} ${target}`);
    for (const target of targets) t.ok(found.includes(target), `${name}: ${target}`);
  }
});
