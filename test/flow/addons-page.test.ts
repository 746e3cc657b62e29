import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import { ClientConnection, ServerConnection } from '../../src/flow/connection.js';
import { HttpFlow } from '../../src/flow/flow.js';
import { HOOK_NAMES, type Hooks } from '../../src/flow/hooks/hooks.js';
import type { HttpRequest } from '../../src/flow/http/http-request.js';
import type { HttpResponse } from '../../src/flow/http/http-response.js';
import { LiveMessage } from '../../src/flow/message-log/live-message.js';
import { block, content, request, response } from './message/messages.js';

const ROOT = join(import.meta.dirname, '../../..');
const PAGE = readFileSync(join(ROOT, 'docs/addons-flows.md'), 'utf8');
const MITMPROXY = readFileSync(join(ROOT, 'docs/addons-from-mitmproxy.md'), 'utf8');

/** The examples by the names in their first lines. */
const examples = [...`${PAGE}\n${MITMPROXY}`.matchAll(/^```ts\n\/\/ (\S+\.ts)\b.*\n([\s\S]*?)^```$/gm)];
const dir = t.testdir();

function flowOf(request: HttpRequest, response?: HttpResponse): HttpFlow {
  const flow = new HttpFlow(new ClientConnection(), new ServerConnection(), request, 1);
  flow.response = response;
  return flow;
}

const FORM = 'Content-Type: application/x-www-form-urlencoded\r\n';
const PARTS = 'Content-Type: multipart/form-data; boundary=b\r\n';
const part = (head: string, text: string) => `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${text}\r\n`;

/** What each example does. */
const runs: Readonly<Record<string, (t: Test, hooks: Hooks) => Promise<void>>> = {
  async 'rename.ts'(t, { requestHeaders, response: onResponse }) {
    const flow = flowOf(
      request('/v1/a?x=%41', 'Host:a\r\nCookie: a=1; tracking=2\r\n'),
      response('Content-Type: application/json\r\n', '{"name":"Joe","id":1}'),
    );
    await requestHeaders!(flow);
    await onResponse!(flow);
    t.equal(flow.request.path, '/v2/a?x=%41&lang=de');
    t.equal(block(flow.request), 'Host:a\r\nCookie: a=1\r\nX-Seen: yes\r\n');
    t.equal(await content(flow.response!), '{"name":"Jane","id":1}');
  },
  async 'answer.ts'(t, { requestHeaders }) {
    const answers: [path: string, host: string, status: number | undefined][] = [
      ['/health', 'a', 200],
      ['/', 'a', 308],
    ];
    for (const [path, host, status] of answers) {
      const flow = flowOf(request(path, `Host: ${host}\r\n`));
      await requestHeaders!(flow);
      t.equal(flow.response?.statusCode, status);
    }
    const moved = flowOf(request('/x?y', 'Host: old.example\r\n', '', { scheme: 'https', port: 443 }));
    await requestHeaders!(moved);
    t.equal(moved.request.url, 'https://new.example/x?y');
  },
  async 'login.ts'(t, hooks) {
    const flow = flowOf(request('/', FORM, 'a=%41&password=x&b='));
    await hooks.request!(flow);
    t.equal(await content(flow.request), 'a=%41&password=secret');
  },
  async 'cookies.ts'(t, { responseHeaders }) {
    const flow = flowOf(request('/'), response('Set-Cookie: a=1; Domain=x; Path=/; Secure\r\n'));
    await responseHeaders!(flow);
    t.equal(block(flow.response!), 'Set-Cookie: a=1; Path=/\r\nSet-Cookie: seen=1; Path=/; Max-Age=3600\r\n');
  },
  async 'upload.ts'(t, hooks) {
    const body = `${part('name=x; filename=y.exe', 'z')}${part('name=avatar; filename=me.png', 'png')}--b--`;
    const flow = flowOf(request('/', PARTS, body));
    await hooks.request!(flow);
    t.equal(await content(flow.request), `${part('name=avatar; filename=me.png', 'no picture')}--b--`);
  },
  async 'chat.ts'(t, { websocketMessage }) {
    const flow = flowOf(request('/'));
    const [secret, other] = ['a secret', 'on staging'].map((text) => new LiveMessage(false, 1, 1, Buffer.from(text)));
    for (const message of [secret!, other!]) await websocketMessage!({ flow, message });
    t.same([secret!.dropped, other!.text, other!.dropped], [true, 'on production', undefined]);
  },
  async 'after.ts'(t, hooks) {
    const flow = flowOf(request('/', 'Host: tracker.example\r\n'));
    await hooks.request!(flow);
    t.same([flow.request.path, flow.response?.statusCode], ['/?lang=de', 204]);
  },
};

t.same(examples.map(([, name]) => name).sort(), Object.keys(runs).sort(), 'each example has a name and is run');

t.test('examples are compiled, and do what they say', async (t) => {
  mkdirSync(join(dir, 'node_modules'));
  symlinkSync(ROOT, join(dir, 'node_modules/tsdump'));
  symlinkSync(join(ROOT, 'node_modules/@types'), join(dir, 'node_modules/@types'));
  const compilerOptions = { module: 'nodenext', target: 'es2022', strict: true, types: ['node'] };
  writeFileSync(join(dir, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  for (const [, name, code] of examples) writeFileSync(join(dir, name!), code!);
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', dir], { cwd: dir, encoding: 'utf8' });
  t.equal(status, 0, stdout);
  for (const [, name] of examples) {
    const hooks = (await import(pathToFileURL(join(dir, name!.replace('.ts', '.js'))).href)) as Hooks;
    await runs[name!]!(t, hooks);
  }
});

t.test('members in the tables exist', async (t) => {
  const message = response('Set-Cookie: a=1\r\n');
  const form = await request('/', PARTS, `${part('name=x', 'y')}--b--`).multipart();
  const flow = flowOf(request('/'));
  const objects: Readonly<Record<string, object>> = {
    HttpFlow: flow,
    HttpRequest: flow.request,
    HttpResponse: message,
    Headers: message.headers,
    Body: message.body,
    'Named values: query, cookies, form': flow.request.query,
    ResponseCookies: message.cookies.get('a')!,
    Multipart: [...form][0]!,
    Messages: LiveMessage.of({ fromClient: true, opcode: 1, timestamp: 1, content: Buffer.from(''), dropped: true }),
  };
  for (const [title, object] of Object.entries(objects)) {
    const section = PAGE.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
    const rows = section.match(/^\| `.*$/gm) ?? [];
    t.ok(rows.length > 0, `there is a table ${title}`);
    for (const row of rows) {
      for (const [, name] of row.split(' | ')[0]!.matchAll(/`(?:await )?([a-zA-Z]+)(?=[`(])/g)) {
        const known = name! in object || OPTIONAL.has(name!);
        t.ok(known, `${title}: ${name}`);
      }
    }
  }
});

/** Properties that are not there before they are set, and views of other objects in the same section. */
const OPTIONAL = new Set([
  'trailers',
  'interim',
  'messages',
  'websocket',
  'error',
  'isReplay',
  'source',
  'timestampEnd',
  'marks',
  'injected',
  'query',
  'cookies',
  'form',
  'type',
  'response', // biome-ignore format: a list
]);

t.test('hooks of mitmproxy lead to ours', async (t) => {
  const [hooks] = MITMPROXY.split('\n## Hooks\n')[1]!.split('\n## ');
  const named = new Set([...hooks!.matchAll(/^\|[^|]*\|([^|]*)\|/gm)].flatMap(([, cell]) => cell!.match(/\w+/g) ?? []));
  for (const name of HOOK_NAMES) t.ok(named.has(name), name);
});

t.test('the pages', async (t) => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  for (const name of ['addons-flows.md', 'addons-from-mitmproxy.md']) t.ok(readme.includes(`(docs/${name})`), name);
  for (const line of `${PAGE}\n${MITMPROXY}`.split('\n')) {
    if (line.length > 140 && !line.startsWith('|')) t.fail(line);
  }
});
