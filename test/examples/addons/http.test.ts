import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import t from 'tap';
import { needs } from '../../e2e/support/command.js';
import { Origin, type Received } from '../../e2e/support/origin.js';
import { folder } from '../../support/folder.js';
import { fetchBy, scripts, startBefore, withTrailers } from './support.js';

t.setTimeout(300_000);

const PAGE = '<html><head><title>x</title></head></html>';

/** Answers as servers of many names; the target says which one is meant. */
function serve(received: Received, response: ServerResponse): void {
  const { pathname } = new URL(received.target);
  if (pathname === '/page') response.setHeader('Content-Type', 'text/html').end(PAGE);
  else if (pathname === '/broken') response.socket!.destroy();
  else if (pathname === '/error') response.writeHead(500).end('failed');
  else if (pathname === '/json') response.setHeader('Content-Type', 'application/json').end('{"a":1}');
  else if (pathname === '/cookies') {
    const cookies = ['a=1; Secure; Domain=example.com; Path=/', '_ga=2'];
    response.setHeader('Set-Cookie', cookies).end('cookies');
  } else response.end(`${received.method} ${received.target} ${received.body}`);
}

t.test('examples for requests and responses, together', needs('curl'), async (t) => {
  const origin = await Origin.start(t, serve);
  const dir = folder(t);
  const log = join(dir, 'log.jsonl');
  const names = ['add-header', 'modify-form', 'modify-query', 'redirect-host', 'reply', 'manipulate-cookies', 'mirror'];
  const http = [...names, 'trailers', 'block-dns-over-https', 'suppress-errors'].map((name) => `http/${name}`);
  const others = ['anatomy', 'log-events', 'nonblocking', 'options', 'options-check'].map((name) => `program/${name}`);
  const settings = ['add_cookie=s=a=b', `json_dump=${log}`, 'add_header=true', 'max_age=60', 'doh_host=dns.test'];
  const recording = await startBefore(t, origin.authority, [
    ...scripts(...http, ...others, 'captures/filter-flows', 'captures/json-dump'),
    ...settings.flatMap((setting) => ['--set', setting]),
  ]);
  const fetched = (url: string, ...args: string[]) => fetchBy(recording, url, ...args);

  const form = await fetched('http://example.com/form', '-d', 'password=x&a=%7e&lang=de');
  t.equal(form.body, 'POST http://example.com/form password=secret&a=%7e&lang=en', 'modify-form');
  t.match(form.head, /^X-Count: 1\r$/m, 'add-header');
  t.ok(origin.received[0]!.headers.includes('X-Seen-By: tsdump'), 'add-header');
  t.match(form.head, /^X-Added: by an option\r$/m, 'options');
  t.match(form.head, /^Cache-Control: max-age=60\r$/m, 'options-check');

  const query = await fetched('http://example.com/q?utm_a=1&utm_a=2&b=%7e&page=2');
  t.equal(query.body, 'GET http://example.com/q?b=%7e&page=2&limit=100 ', 'modify-query');

  const { body: moved } = await fetched('http://old.example/x');
  t.equal(moved, 'GET http://new.example/x ', 'redirect-host');
  t.ok(origin.received.at(-1)!.headers.includes('Host: new.example'), 'redirect-host');

  t.match((await fetched('http://example.com/hello')).body, /^<h1>Hello<\/h1>/, 'reply');
  t.equal((await fetched('http://any.example/status.json')).body, '{"ok":true}', 'reply');
  t.match((await fetched('http://any.example/home')).head, /^HTTP\/1.1 303 [\s\S]*^Location: \/\r$/m, 'reply');

  const cookies = await fetched('http://example.com/cookies', '-H', 'Cookie: a=1; _ga=3');
  t.ok(origin.received.at(-1)!.headers.includes('Cookie: a=1; s=a=b'), 'manipulate-cookies: request');
  t.match(cookies.head, /^Set-Cookie: a=1; Path=\/\r$/m, 'manipulate-cookies: response');
  t.notMatch(cookies.head, '_ga');

  const changed = PAGE.replace('</head>', '<style>body { transform: scaleX(-1); }</style></head>');
  const page = await withTrailers(recording, 'http://example.com/page');
  t.equal(page.body, changed, 'mirror');
  t.same(page.trailers, { 'x-checksum': createHash('sha256').update(changed).digest('hex') }, 'trailers');

  for (const url of ['http://dns.test/', 'http://x.example/dns-query?dns=AAAB']) {
    t.equal((await fetched(url)).head, '', `block-dns-over-https: ${url}`);
  }
  t.equal((await fetched('http://x.example/broken')).head, '', 'suppress-errors: no error page');
  t.match((await fetched('http://x.example/', '-H', 'Content-Length: x')).head, /^HTTP\/1.1 400 /, 'suppress-errors');
  t.equal((await fetched('http://x.example/slow')).code, 0, 'nonblocking');
  t.match((await fetched('http://x.example/error')).head, /^HTTP\/1.1 500 /);
  t.equal((await fetched('http://x.example/json')).body, '{"a":1}');

  const flows = await recording.http(t);
  const { stderr } = await recording.program.ended;
  t.match(stderr, /We have seen 1 flows\.[\s\S]*There were 14 flows\./, 'anatomy');
  t.same(
    flows.slice(0, 2).map(({ flow }) => flow.metadata.number),
    [1, 2],
    'anatomy',
  );
  t.match(stderr, /This is some informative text\.[\s\S]*This is a warning\.[\s\S]*This is an error\./, 'log-events');
  t.match(stderr, /DNS over HTTPS was blocked: dns\.test/, 'block-dns-over-https');
  t.match(stderr, /Flow matches: POST http:\/\/example\.com\/form$/m, 'filter-flows');
  t.match(stderr, /wait: http:\/\/x\.example\/slow[\s\S]*go on: http:\/\/x\.example\/slow/, 'nonblocking');
  const failed = flows.filter(({ flow }) => flow.comment === 'failed').map(({ flow }) => flow.request.path);
  t.same(failed, ['/', '/dns-query?dns=AAAB', '/broken', '/', '/error'], 'filter-flows');
  const lines = readFileSync(log, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.equal(lines.length, flows.length, 'json-dump');
  t.match(lines.at(-1), { method: 'GET', url: 'http://x.example/json', status: 200, text: '{"a":1}' }, 'json-dump');
});
