import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BrowserContextOptions, chromium } from 'playwright-core';
import t, { type Test } from 'tap';
import type { HttpFlow } from '../../src/flow/flow.js';
import { runWarm } from '../cli/warm.js';
import { readAll } from '../serialize/flows.js';
import { lost } from '../serialize/har/lost.js';
import { folder } from '../support/folder.js';
import { MITMPROXY, PYTHON } from '../support/mitmproxy.js';
import { pathOf } from './support/command.js';
import { startMitmdump } from './support/mitmdump.js';
import { type Handler, Origin, type Received } from './support/origin.js';

const BROWSER = ['chromium-headless-shell', 'chromium'].map(pathOf).find((path) => path !== undefined);
// A browser is a lot to install for a few requests: without one these are skipped wherever they run.
const CHROMIUM = { skip: !BROWSER && 'there is no Chromium' };
const MITMDUMP = { skip: CHROMIUM.skip || MITMPROXY.skip };

const PAGE = `<!doctype html><meta charset=utf-8><title>page</title><link rel=icon href=data:,>
<link rel=stylesheet href=/style.css><body>日本<img src=/image.png><script>
  addEventListener('load', async () => {
    await (await fetch('/api?q=a%20b&q=', { method: 'POST', body: '{"name":"é"}', headers: { 'X-Own': '1' } })).text();
    await (await fetch('/form', { method: 'PUT', body: new URLSearchParams({ a: '1 2', b: '' }) })).text();
    await (await fetch('/moved')).text();
    await (await fetch('/missing')).text();
    document.title = 'done';
  });
</script>`;
const IMAGE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const JSON_TEXT = '{"text":"日本 é","list":[1,2,3]}';

/** By path: type and content as they are without content coding. */
const CONTENT: Readonly<Record<string, readonly [type: string, content: string | Buffer]>> = {
  '/': ['text/html; charset=utf-8', PAGE],
  '/style.css': ['text/css', 'body { color: red }'],
  '/image.png': ['image/png', IMAGE],
  '/api': ['application/json', JSON_TEXT],
  '/form': ['text/plain; charset=iso-8859-1', Buffer.from('caf\xe9', 'latin1')],
  '/moved': ['text/plain', ''],
  '/target': ['text/plain', 'target'],
  '/missing': ['text/plain', 'nothing here'],
};
const STATUS: Readonly<Record<string, number>> = { '/missing': 404, '/moved': 302 };

const serve: Handler = ({ target }, response) => {
  const path = target.replace(/\?.*/, '');
  const [type, content] = CONTENT[path]!;
  response.statusCode = STATUS[path] ?? 200;
  response.setHeader('Content-Type', type);
  response.setHeader('Set-Cookie', ['a=1; Path=/; HttpOnly', 'b=2']);
  if (path === '/moved') response.setHeader('Location', '/target');
  if (path !== '/api') return void response.end(content);
  response.setHeader('Content-Encoding', 'gzip');
  response.end(gzipSync(content));
};

/** Loads the page and waits until it has fetched all. */
async function visit(t: Test, url: string, options: BrowserContextOptions = {}): Promise<void> {
  const args = ['--no-sandbox', '--disable-gpu', '--proxy-bypass-list=<-loopback>'];
  const browser = await chromium.launch({ executablePath: BROWSER!, args });
  t.teardown(() => browser.close());
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction("document.title === 'done'");
  // The capture is written now.
  await context.close();
  await browser.close();
}

/** The flows of a capture, each with the request that the server saw. */
async function matched(t: Test, file: string, origin: Origin): Promise<{ flow: HttpFlow; seen: Received }[]> {
  const { flows, damage } = await readAll(file);
  t.same(damage, []);
  const https = flows.filter((flow): flow is HttpFlow => flow.type === 'http');
  const name = ({ method, target }: Received): string => `${method} ${target}`;
  t.same(https.map(({ request }) => `${request.method} ${request.path}`).sort(), origin.received.map(name).sort());
  return https.map((flow) => {
    const { method, path } = flow.request;
    return { flow, seen: origin.received.find((one) => one.method === method && one.target === path)! };
  });
}

/** What each flow says of the exchange that the server saw. */
async function check(t: Test, { flow, seen }: { flow: HttpFlow; seen: Received }, origin: Origin): Promise<void> {
  const { request } = flow;
  const response = flow.response!;
  const path = seen.target.replace(/\?.*/, '');
  t.equal(request.url, origin.url(seen.target));
  t.equal(request.httpVersion, 'HTTP/1.1');
  for (const line of seen.headers) {
    const [, name, value] = /^([^:]+): (.*)$/.exec(line)!;
    // A hop between has its own.
    if (!/^(?:connection|proxy-connection)$/i.test(name!)) t.equal(request.headers.get(name!), value, name!);
  }
  t.equal(response.statusCode, STATUS[path] ?? 200, path);
  t.equal(response.headers.get('content-type'), CONTENT[path]![0]);
  t.same(response.headers.getAll('set-cookie'), ['a=1; Path=/; HttpOnly', 'b=2']);
  t.ok(request.timestampStart > 1.7e9, 'it has a time');
  t.ok((response.timestampEnd ?? 0) >= request.timestampStart, 'it has an end');
  if (request.body.kept) t.same(await request.body.bytes(), seen.body);
  else t.equal(request.body.size, seen.body.length, 'how much was not kept is known');
}

/** A HAR keeps all of its members on the way through another one. @returns what is said on stderr */
async function rewritten(t: Test, file: string): Promise<string> {
  const out = join(folder(t), 'out.har');
  const { code, stderr } = await runWarm(['-nr', file, '-w', out]);
  t.equal(code, 0);
  const [before, after] = [file, out].map((path) => JSON.parse(readFileSync(path, 'utf8')));
  t.same(lost(before, after), []);
  return stderr;
}

for (const mode of ['full', 'minimal'] as const) {
  for (const content of ['embed', 'attach', 'omit'] as const) {
    t.test(`Playwright: recordHar, mode ${mode}, content ${content}`, CHROMIUM, async (t) => {
      const origin = await Origin.start(t, serve);
      const file = join(folder(t), 'recorded.har');
      await visit(t, origin.url('/'), { recordHar: { path: file, mode, content } });
      const stderr = await rewritten(t, file);
      if (content === 'embed') t.equal(stderr, '');
      else if (content === 'attach') t.match(stderr, /bodies are in files of their own, which are not read/);
      else t.match(stderr, /bodies were not kept by the program that wrote this/);
      for (const one of await matched(t, file, origin)) {
        await check(t, one, origin);
        const { body } = one.flow.response!;
        t.equal(one.flow.request.body.kept, content === 'embed' || one.seen.body.length === 0);
        const [, wanted] = CONTENT[one.seen.target.replace(/\?.*/, '')]!;
        if (content === 'embed' && wanted.length > 0) t.same(await body.bytes(), Buffer.from(wanted), one.seen.target);
      }
    });
  }
}

t.test('mitmdump: hardump and its flow file', MITMDUMP, async (t) => {
  const origin = await Origin.start(t, serve);
  const [har, flows] = ['recorded.har', 'recorded.mitm'].map((name) => join(folder(t), name)) as [string, string];
  const program = join(dirname(PYTHON), 'mitmdump');
  const mitmdump = await startMitmdump(t, ['--set', `hardump=${har}`, '-w', flows], program);
  await visit(t, origin.url('/'), { proxy: { server: `http://127.0.0.1:${mitmdump.port}`, bypass: '<-loopback>' } });
  await mitmdump.stop();
  t.equal(await rewritten(t, har), '');
  for (const file of [har, flows]) {
    for (const one of await matched(t, file, origin)) {
      await check(t, one, origin);
      const [, wanted] = CONTENT[one.seen.target.replace(/\?.*/, '')]!;
      t.same(await one.flow.response!.body.bytes(), Buffer.from(wanted), one.seen.target);
    }
  }
});
