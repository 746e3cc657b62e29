import { gzipSync } from 'node:zlib';
import { Body } from '../../../src/flow/body/body.js';
import { MemorySource } from '../../../src/flow/body/byte-source.js';
import { ClientConnection, ServerConnection } from '../../../src/flow/connection.js';
import { HttpFlow } from '../../../src/flow/flow.js';
import { Headers } from '../../../src/flow/http/headers.js';
import { HttpRequest } from '../../../src/flow/http/http-request.js';
import { Random } from '../../support/random.js';

/** What a request is made of. Texts have one character per byte. */
export interface OddRequest {
  method?: string;
  path?: string;
  httpVersion?: string;
  /** The value of `Host`; null for a request without it. Default: the server. */
  host?: string | null;
  fields?: [name: string, value: string][];
  body?: Buffer | string;
  /** The body is sent in chunks. */
  chunked?: boolean;
}

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
/** Characters that mean something to shells, to curl or to `printf`. */
const SPECIAL = '\'"`$\\!*?[]{}()<>|&;~#%^=@:,-+ \t';

/** Requests that are hard to quote. */
export const ODD_REQUESTS: readonly OddRequest[] = [
  {},
  { method: 'POST' },
  { method: 'HEAD' },
  { method: 'OPTIONS', path: '*' },
  { method: 'delete' },
  { method: "M!#$%&'*+-.^_`|~9" },
  { path: '/a/../b/./c' },
  { path: '/a/%2e%2E/b' },
  { path: '/?' },
  { path: '/??a=b?' },
  { path: '//double//slash/' },
  { path: '/[1-3]/{a,b}?x[]=1&y={2}' },
  { path: '/$HOME/`id`/$(id)?a=b&c="d"' },
  { path: "/it's" },
  { path: '/\xfcml\xe4ut?\xff=\x80' },
  { path: '/|^<>\\"' },
  { path: '/a?b#c' },
  { path: '/%00%zz%' },
  { path: '/~user/!x;y=1,2' },
  { httpVersion: 'HTTP/1.0' },
  { host: null },
  { httpVersion: 'HTTP/1.0', host: null },
  { host: '' },
  { host: 'other.test' },
  { fields: [] },
  {
    fields: [
      ['Accept', '*/*'],
      ['User-Agent', 'x'],
    ],
  },
  {
    fields: [
      ['X-Empty', ''],
      ['x-lower', 'a'],
    ],
  },
  {
    fields: [
      ['X-Twice', 'a'],
      ['X-Twice', 'b'],
    ],
  },
  { fields: [['X-Special', SPECIAL.trim()]] },
  { fields: [['X-Bytes', '\x01\x02\x1b[31m\x7f\x80\xff']] },
  { fields: [['X-Text', 'gr\xc3\xbc\xc3\x9fe']] },
  { fields: [['X-Latin1', 'gr\xfc\xdfe']] },
  {
    fields: [
      ['@x', 'a'.slice(0)],
      ['X-At', '@/etc/passwd'],
    ].slice(1) as [string, string][],
  },
  { fields: [['Accept-Encoding', 'gzip, br']] },
  {
    fields: [
      ['Cookie', 'a=b; c="d"'],
      ['Authorization', 'Basic Og=='],
    ],
  },
  {
    fields: [
      ['Range', 'bytes=0-1'],
      ['If-None-Match', 'W/"x"'],
    ],
  },
  {
    fields: [
      ['Referer', 'http://x/'],
      ['Connection', 'close'],
    ],
  },
  { method: 'POST', fields: [['Content-Length', '0']] },
  { method: 'GET', body: 'body of a GET' },
  { method: 'PUT', body: 'x' },
  { method: 'PATCH', body: '{"a":1}', fields: [['Content-Type', 'application/json']] },
  { method: 'POST', body: '@/etc/passwd' },
  { method: 'POST', body: '-d x' },
  { method: 'POST', body: '--\x00' },
  { method: 'POST', body: 'ends with line feeds\n\n' },
  { method: 'POST', body: '\n\nbegins with them' },
  { method: 'POST', body: SPECIAL },
  { method: 'POST', body: `${SPECIAL}\r\n\x1b` },
  { method: 'POST', body: EVERY_BYTE },
  { method: 'POST', body: Buffer.concat([EVERY_BYTE, EVERY_BYTE.toReversed()] as Buffer[]) },
  { method: 'POST', body: Buffer.from('grüße 😀 \u202e', 'utf8') },
  { method: 'POST', body: '%s%d%n%%\\n\\101\\0' },
  { method: 'POST', body: '%s%d%n%%\\n\\101\\0\x00' },
  { method: 'POST', body: '\x009' },
  { method: 'POST', body: gzipSync('compressed'), fields: [['Content-Encoding', 'gzip']] },
  { method: 'POST', body: 'a=b&c=d', fields: [['Content-Type', 'application/x-www-form-urlencoded']] },
  {
    method: 'POST',
    body: '--b\r\nContent-Disposition: form-data; name="f"; filename="a.bin"\r\n\r\n\x00\xff\r\n--b--\r\n',
    fields: [['Content-Type', 'multipart/form-data; boundary=b']],
  },
  { method: 'POST', body: 'chunked', chunked: true },
  { method: 'POST', body: '', chunked: true },
  { method: 'POST', body: Buffer.alloc(5000, 'ab'), fields: [['X', '1']] },
  { method: 'POST', body: Buffer.alloc(2_000_000, "it's ") },
  { method: 'POST', body: Buffer.alloc(300_000, EVERY_BYTE) },
  { method: 'POST', body: Buffer.alloc(3000, 'x'), fields: [['Expect', '100-continue']] },
];

/** Requests made of random pieces. */
export function randomRequests(count: number, seed: number): OddRequest[] {
  const random = new Random(seed);
  const text = (alphabet: string, longest: number): string => {
    return Array.from({ length: random.below(longest) }, () => alphabet[random.below(alphabet.length)]).join('');
  };
  const visible = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at)).join('');
  const high = Array.from({ length: 128 }, (_, at) => String.fromCharCode(128 + at)).join('');
  const bytes = EVERY_BYTE.toString('latin1');
  return Array.from({ length: count }, () => {
    const hasBody = random.below(2) === 0;
    const fields: [string, string][] = Array.from({ length: random.below(6) }, (_, at) => [
      `X-${at}`,
      text(`${visible} ${SPECIAL}${high}`, 40).trim(),
    ]);
    return {
      method: ['GET', 'POST', 'PUT', 'DELETE', 'PROPFIND'][random.below(5)]!,
      path: `/${text(visible.replace('#', '') + high, 40)}`,
      fields,
      chunked: hasBody && random.below(4) === 0,
      ...(hasBody ? { body: Buffer.from(text(random.below(2) ? bytes : `${visible}\n `, 200), 'latin1') } : {}),
    };
  });
}

/** A flow with the request, to a server at a port of this machine. */
export function oddFlow({ method = 'GET', path = '/', ...rest }: OddRequest, port: number): HttpFlow {
  const { httpVersion = 'HTTP/1.1', host = `127.0.0.1:${port}`, fields = [], chunked, body } = rest;
  const bytes = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(body, 'latin1');
  const all: [string, string][] = host === null ? [...fields] : [['Host', host], ...fields];
  if (chunked) all.push(['Transfer-Encoding', 'chunked']);
  else if (bytes && !fields.some(([name]) => name === 'Content-Length'))
    all.push(['Content-Length', `${bytes.length}`]);
  const headers = Headers.from(all);
  const size = bytes?.length ?? 0;
  const request = new HttpRequest({
    method,
    scheme: 'http',
    host: '127.0.0.1',
    port,
    // In absolute form.
    authority: host === null ? `127.0.0.1:${port}` : '',
    path,
    httpVersion,
    headers,
    body: Body.of(headers, size > 0 ? new MemorySource(bytes!) : undefined, size, true),
  });
  return new HttpFlow(new ClientConnection(), new ServerConnection(), request, 0);
}
