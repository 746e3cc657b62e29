import { gunzipSync, gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import type { HttpFlow } from '../../../src/flow/flow.js';
import type { HttpRequest } from '../../../src/flow/http/http-request.js';
import type { HttpResponse } from '../../../src/flow/http/http-response.js';
import { block, content, request, response } from '../../flow/message/messages.js';
import { readAll, toBytes } from '../../serialize/flows.js';
import { plainHttpFlow } from '../../serialize/sample-flows.js';
import { OK } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { counting, through } from './support.js';

const FORM = 'Content-Type: application/x-www-form-urlencoded\r\n';
const PARTS = 'Content-Type: multipart/form-data; boundary=b\r\n';
const PART = '--b\r\nContent-Disposition:form-data; name=a\r\n\r\n\0\xff\r\n--b--';

interface Case {
  path?: string;
  /** Field lines beside Host and the length. */
  lines?: string;
  content?: string;
  read: (request: HttpRequest) => unknown;
  change: (request: HttpRequest) => unknown;
  after: { path?: string; lines?: string; content?: string };
}

/** What each accessor makes of a request. */
const REQUESTS: Readonly<Record<string, Case>> = {
  query: {
    path: '/p?a=%41&&b+c=%zz',
    read: ({ query }) => [...query],
    change: ({ query }) => query.set('b c', 'x y'),
    after: { path: '/p?a=%41&&b+c=x%20y' },
  },
  pathSegments: {
    path: '//a%2fb/c?q',
    read: ({ pathSegments }) => [...pathSegments],
    change: ({ pathSegments }) => {
      pathSegments[1] = 'd e';
    },
    after: { path: '//a%2fb/d%20e?q' },
  },
  cookies: {
    lines: 'Cookie:a=1;  b="2"\r\nX:  y\r\n',
    read: ({ cookies }) => [...cookies],
    change: ({ cookies }) => cookies.set('b', '3'),
    after: { lines: 'Cookie: a=1;  b=3\r\nX:  y\r\n' },
  },
  form: {
    lines: FORM,
    content: 'a=%41&&b+c=%zz',
    read: async (request) => [...(await request.form())],
    change: async (request) => (await request.form()).append('d', 'e f'),
    after: { content: 'a=%41&&b+c=%zz&d=e+f' },
  },
  multipart: {
    lines: PARTS,
    content: PART,
    read: async (request) => Array.from(await request.multipart(), ({ content }) => content),
    change: async (request) => {
      (await request.multipart()).get('a')!.content = Buffer.of(1, 2, 255);
    },
    after: { content: PART.replace('\0\xff', '\x01\x02\xff') },
  },
  text: {
    lines: 'Content-Type: text/plain; charset=latin1\r\n',
    content: '\xe4',
    read: ({ body }) => body.text(),
    change: ({ body }) => body.setText('ö!'),
    after: { content: '\xf6!' },
  },
  json: {
    content: '{ "a": 1 }',
    read: ({ body }) => body.json(),
    change: ({ body }) => body.setJson({ a: 2 }),
    after: { content: '{"a":2}' },
  },
  headers: {
    lines: 'A:1\r\nB:  2 \r\nA: 3\r\n',
    read: ({ headers }) => [...headers],
    change: ({ headers }) => headers.set('b', '4'),
    after: { lines: 'A:1\r\nB: 4\r\nA: 3\r\n' },
  },
};

const USES = ['read', 'change'] as const;
const latin1 = (text: string) => Buffer.from(text, 'latin1');

function messageOf(path: string, lines: string, content: string, inChunks: boolean): string {
  const size = latin1(content).length;
  const framing = inChunks ? 'transfer-encoding:chunked\r\n' : size > 0 ? `Content-Length: ${size}\r\n` : '';
  const body = inChunks ? `${size.toString(16)}\r\n${content}\r\n0\r\n\r\n` : content;
  return `POST ${path} HTTP/1.1\r\nhost:h\r\n${lines}${framing}\r\n${body}`;
}

for (const [name, { path = '/', lines = '', content: text = '', after, ...use }] of Object.entries(REQUESTS)) {
  t.test(`${name} on the wire`, async (t) => {
    for (const inChunks of text === '' ? [false] : [false, true]) {
      const before = messageOf(path, lines, text, inChunks);
      for (const kind of USES) {
        const expected = messageOf(after.path ?? path, after.lines ?? lines, after.content ?? text, inChunks);
        const hook = async ({ request }: HttpFlow) => void (await use[kind](request));
        const got = await sentThrough(t, hook, before);
        t.equal(got, kind === 'read' ? before : expected, `${kind}${inChunks ? ', chunks' : ''}`);
      }
    }
  });

  t.test(`${name} in a file`, async (t) => {
    const flow = plainHttpFlow();
    const length = text === '' ? '' : `Content-Length: ${text.length}\r\n`;
    const recorded = request(path, `${lines}${length}`, latin1(text));
    const bytes = await toBytes([Object.assign(flow, { request: recorded })]);
    for (const kind of USES) {
      const [read] = (await readAll([bytes])).flows as [HttpFlow];
      await use[kind](read.request);
      const written = await toBytes([read]);
      t.equal(written.equals(bytes), kind === 'read', `${kind}: the record is copied`);
      const [again] = (await readAll([written])).flows as [HttpFlow];
      if (kind === 'read') continue;
      t.equal(again.request.path, after.path ?? path);
      const wanted = after.content ?? text;
      t.equal(block(again.request), `${after.lines ?? lines}${wanted && `Content-Length: ${wanted.length}\r\n`}`);
      t.equal(await content(again.request), wanted);
    }
  });
}

/** One request of any bytes through an addon. @returns what the origin got */
async function sentThrough(t: Test, request: (flow: HttpFlow) => Promise<void>, text: string): Promise<string> {
  const { client, origin, proxy, url } = await setup(t, counting(OK), { addons: [{ request }] });
  client.socket.write(latin1(text.replace('POST ', `POST ${url}`)));
  await proxy.http();
  client.end();
  await client.whole();
  return origin.connections[0]!.text;
}

t.test('cookies and bodies of responses on the wire', async (t) => {
  const head = 'HTTP/1.1 200 Fine\r\nSet-Cookie:a=1;Secure\r\nset-cookie: b=2\r\nX:y\r\n';
  const cases: [what: string, change: (response: HttpResponse) => unknown, to: string][] = [
    ['read', async ({ cookies, body }) => [[...cookies].map(String), await body.text()], `${head}content-length: 5\r\n\r\nhello`],
    ['cookie', ({ cookies }) => (cookies.get('b')!.path = '/'), `${head.replace('b=2', 'b=2; Path=/')}content-length: 5\r\n\r\nhello`],
    ['delete', ({ cookies }) => cookies.delete('a'), `${head.replace('Set-Cookie:a=1;Secure\r\n', '')}content-length: 5\r\n\r\nhello`],
    ['body', ({ body }) => body.set('hi'), `${head}content-length: 2\r\n\r\nhi`],
  ]; // biome-ignore format: a table
  for (const [what, change, to] of cases) {
    const hook = async ({ response }: HttpFlow) => void (await change(response!));
    const { got } = await through(
      t,
      { response: hook },
      'GET URL/ HTTP/1.1\r\nhost: h\r\n\r\n',
      `${head}content-length: 5\r\n\r\nhello`,
    );
    t.equal(got, to, what);
  }
});

t.test('accessors add no content to messages that cannot have any', async (t) => {
  const set = ({ response }: HttpFlow) => response!.body.set('content');
  const empty = ({ response }: HttpFlow) => response!.body.setText('');
  const head = await through(
    t,
    { response: empty },
    'HEAD URL/ HTTP/1.1\r\nhost: h\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n',
  );
  t.equal(head.got, 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', 'the length is that of GET');
  for (const [method, status] of [
    ['HEAD', '200 OK'],
    ['GET', '204 None'],
    ['GET', '304 Same'],
  ] as const) {
    const { got } = await through(
      t,
      { response: set },
      `${method} URL/ HTTP/1.1\r\nhost: h\r\n\r\n`,
      `HTTP/1.1 ${status}\r\nA:1\r\n\r\n`,
    );
    t.match(got, new RegExp(`^HTTP/1.1 ${status}\r\nA:1\r\n(.+\r\n)?\r\n$`), `${method} ${status}`);
  }
  const zipped = gzipSync('old');
  const coded = response('Content-Encoding: gzip\r\n', zipped);
  coded.body.setText('new');
  t.equal(String(gunzipSync(await coded.body.rawBytes())), 'new');
});
