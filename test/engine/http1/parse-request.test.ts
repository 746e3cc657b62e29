import t from 'tap';
import { parseHead } from '../../../src/engine/http1/head/head.js';
import { TargetParser } from '../../../src/engine/http1/head/request-target.js';
import { fixedFields, parseRequest, persists } from '../../../src/engine/http1/parse-request.js';
import type { FixedServer } from '../../../src/engine/upstream/route.js';
import { refusal } from '../../support/refusal.js';

const anywhere = new TargetParser(undefined);

const fixed = new TargetParser({ scheme: 'https', host: 'a', port: 443 });

const route = { scheme: 'https', host: 'a', port: 443 };

const headOf = (text: string) => parseHead(Buffer.from(text, 'latin1'), 0, true)!;

t.test('an absolute target is forwarded in origin form', async (t) => {
  const head = headOf('get http://u@A:81/x?y HTTP/1.0\r\nHOST: b\r\nA:1\r\n\r\n');
  const { request, original } = parseRequest(head, anywhere, undefined, true);
  t.match(request, {
    method: 'get',
    scheme: 'http',
    host: 'A',
    port: 81,
    authority: 'u@A:81',
    path: '/x?y',
    httpVersion: 'HTTP/1.0',
  });
  t.equal(request.headers.bytes.toString(), 'HOST: b\r\nA:1\r\n', 'as it came, although the target says otherwise');
  t.equal(request.changed, false);
  t.equal(original.raw, undefined, 'the request line has to be written anew');
});

t.test('Host is added if only the target has it', async (t) => {
  const cases: [string, string][] = [
    ['http://a/', 'Host: a\r\nA: 1\r\n'],
    ['http://a:81/', 'Host: a:81\r\nA: 1\r\n'],
    ['http://[::1]:80/', 'Host: [::1]\r\nA: 1\r\n'],
    ['http://u:p@a/', 'Host: a\r\nA: 1\r\n'],
  ];
  for (const [target, block] of cases) {
    const { request } = parseRequest(headOf(`GET ${target} HTTP/1.1\r\nA: 1\r\n\r\n`), anywhere, undefined, true);
    t.equal(request.headers.bytes.toString(), block, target);
  }
});

t.test('with a known destination a head can be forwarded unchanged', async (t) => {
  const text = 'GET /x HTTP/1.1\r\nA:1\r\n\r\n';
  const { request, original } = parseRequest(headOf(text), fixed, route, true);
  t.match(request, { scheme: 'https', host: 'a', port: 443, authority: '', path: '/x' });
  t.equal(request.headers.has('host'), false);
  t.equal(original.raw?.toString(), text);
  t.equal(parseRequest(headOf('GET / HTTP/1.1\r\nProxy-A: 1\r\n\r\n'), fixed, route, true).original.raw, undefined);
  t.equal(parseRequest(headOf('GET / HTTP/1.1\nA: 1\n\n'), fixed, route, true).original.raw, undefined, 'bare LFs');
});

t.test('CONNECT', async (t) => {
  const { request, original } = parseRequest(
    headOf('CONNECT [::1]:443 HTTP/1.1\r\nHost: x\r\nProxy-A: 1\r\n\r\n'),
    anywhere,
    undefined,
    true,
  );
  t.match(request, {
    method: 'CONNECT',
    scheme: '',
    host: '::1',
    port: 443,
    authority: '[::1]:443',
    path: '',
    url: '[::1]:443',
  });
  t.equal(request.headers.bytes.toString(), 'Host: x\r\n');
  t.equal(original.raw, undefined);
  for (const target of ['a', 'a:', ':443', 'a:0', 'a:99999', 'http://a:1/', '/', '[::1]', '::1', 'u@a:1', 'a:1/']) {
    t.match(
      refusal(() => parseRequest(headOf(`CONNECT ${target} HTTP/1.1\r\n\r\n`), anywhere, undefined, true)),
      /^400 CONNECT/,
      target,
    );
  }
});

t.test('requests for another proxy at the end of the connection', async (t) => {
  const fields = 'Host: c\r\nProxy-Authorization: x\r\n';
  const absolute = `GET http://c:81/x HTTP/1.1\r\n${fields}\r\n`;
  const intake = parseRequest(headOf(absolute), fixed, route, true);
  t.match(intake.request, { host: 'a', port: 443, authority: 'c:81', path: '/x' });
  t.equal(intake.request.headers.bytes.toString(), fields);
  t.equal(intake.original.raw?.toString(), absolute);
  t.equal(intake.original.prefix, 'http://c:81');
  const connect = `CONNECT c:81 HTTP/1.1\r\n${fields}\r\n`;
  const tunnel = parseRequest(headOf(connect), fixed, route, true);
  t.match(tunnel.request, { method: 'CONNECT', scheme: 'https', host: 'a', port: 443, authority: 'c:81', url: 'c:81' });
  t.equal(tunnel.original.raw?.toString(), connect);
  t.equal(tunnel.original.prefix, 'c:81');
  t.equal(parseRequest(headOf('GET /x HTTP/1.1\r\nProxy-A: 1\r\n\r\n'), fixed, route, true).original.prefix, '');
  t.equal(parseRequest(headOf(absolute), anywhere, undefined, true).original.prefix, '');
});

t.test('an invalid target or Host is a violation, and the request is recorded', async (t) => {
  const CONTROL = 'a control character in the request target';
  const HOST = 'a Host that is not a valid name with an optional port';
  const cases: [line: string, violation: string | undefined][] = [
    ['GET http://a/x y HTTP/1.1\r\n', 'a space in the request target'],
    ['GET http://a/x  HTTP/1.1\r\n', 'more than one space before the HTTP version'],
    ['GET http://a/x y  HTTP/1.1\r\n', 'more than one space before the HTTP version'],
    ...['\t', '\r', '\0', '\x0b', '\x7f'].map((char): [string, string] => [
      `GET http://a/x${char}y HTTP/1.1\r\n`,
      CONTROL,
    ]),
    ['GET http://a/x\xa0y HTTP/1.1\r\n', undefined],
    ['GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n', 'more than one Host header'],
    ['GET http://a/ HTTP/1.1\r\nHost: other:81\r\n', undefined],
    ['GET http://a/ HTTP/1.1\r\nHost:\r\n', undefined],
    ['GET http://a/ HTTP/1.1\r\nHost: b\xc3\xbccher.test:81\r\n', undefined],
    ['GET http://a/ HTTP/1.1\r\nHost: b%C3%BCcher.test\r\n', undefined],
    ['GET http://a/ HTTP/1.1\r\nHost: b\xfccher.test\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: a%00b\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: \xc3\xbc/x\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: a:81\r\n', undefined],
    ['GET http://a/ HTTP/1.1\r\nHost: a_b.test\r\n', undefined],
    ['GET http://a/ HTTP/1.1\r\nHost: a-b.test:443\r\n', undefined],
    ['GET http://a/ HTTP/1.1\r\nHost: a.test.\r\n', undefined],
    ['GET http://a/ HTTP/1.1\r\nHost: 127.0.0.1:1\r\n', undefined],
    ['GET http://a/ HTTP/1.1\r\nHost: [::1]\r\n', undefined],
    ['GET http://a/ HTTP/1.1\r\nHost: [::1]:80\r\n', undefined],
    ['GET http://a/ HTTP/1.1\r\nHost: a:65535\r\n', undefined],
    ['GET http://a/ HTTP/1.1\r\nHost: a:\r\n', undefined],
    ['GET http://a/ HTTP/1.1\r\nHost: a,b\r\n', undefined],
    ['GET http://a/ HTTP/1.1\r\nHost: a!b\r\n', undefined],
    ['GET http://a/ HTTP/1.1\r\nHost:  a:1 \t\r\n', undefined],
    ['GET http://a/ HTTP/1.1\r\nHost: a b\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: a\tb\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: a/b\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: a@b\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: a#b\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: a?b\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: a\\b\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: a<b\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: a|b\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: http://a\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: [::1\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: ::1]\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: [a]\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: a:b\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: a:-1\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: a:1:2\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: a:65536\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: a:123456\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: :80\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: a\x0b\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: a\x01b\r\n', HOST],
    ['GET http://a/ HTTP/1.1\r\nHost: \x7f\r\n', HOST],
    ['CONNECT a:1 HTTP/1.1\r\nHost: \xff\r\n', HOST],
  ];
  for (const [line, violation] of cases) {
    const bytes = Buffer.from(`${line}\r\n`, 'latin1');
    const head = parseHead(bytes, 0, true)!;
    parseRequest(head, anywhere, undefined, true);
    t.equal(head.violation, violation, JSON.stringify(line));
    const lenient = parseHead(bytes, 0, false)!;
    parseRequest(lenient, anywhere, undefined, false);
    t.equal(lenient.violation, undefined, 'lenient');
  }
});

t.test('the host is normalized, the head unchanged', async (t) => {
  const cases: [host: string, ascii: string][] = [
    ['b\xc3\xbccher.test', 'xn--bcher-kva.test'],
    ['b%C3%BCcher.test', 'xn--bcher-kva.test'],
    ['\xc3\xa0.test', 'xn--0ca.test'],
    ['Good.test.', 'Good.test.'],
  ];
  for (const [host, ascii] of cases) {
    const absolute = parseRequest(headOf(`GET http://${host}:81/ HTTP/1.1\r\n\r\n`), anywhere, undefined, true).request;
    t.match(absolute, { host: ascii, port: 81, authority: `${host}:81`, url: `http://${ascii}:81/` });
    t.equal(absolute.headers.get('host'), `${ascii}:81`, 'Host is ours to write');
    const text = `GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    const named = parseRequest(headOf(text), anywhere, undefined, true).request;
    t.equal(named.headers.get('host'), host, 'or as it came');
    t.equal(named.prettyHost, ascii);
    t.equal(parseRequest(headOf(text), fixed, route, true).original.raw?.toString('latin1'), text);
    const connect = parseRequest(headOf(`CONNECT ${host}:443 HTTP/1.1\r\n\r\n`), anywhere, undefined, true).request;
    t.match(connect, { host: ascii, port: 443, authority: `${ascii}:443`, url: `${ascii}:443` });
  }
  for (const host of ['b\xfccher.test', 'a\0b', 'a%2fb', '\xc3\xa4..b', 'a<b']) {
    for (const line of [`CONNECT ${host}:1`, `GET http://${host}/`]) {
      t.match(
        refusal(() => parseRequest(headOf(`${line} HTTP/1.1\r\n\r\n`), anywhere, undefined, false)),
        /^400 Invalid host name in/,
      );
    }
  }
});

t.test('whether a connection is persistent', async (t) => {
  const cases: [httpVersion: string, connection: string, expected: boolean][] = [
    ['HTTP/1.1', '', true],
    ['HTTP/1.1', 'close', false],
    ['HTTP/1.1', 'keep-alive', true],
    ['HTTP/1.1', 'upgrade', true],
    ['HTTP/1.1', 'keep-alive, close', false],
    ['HTTP/1.1', 'x,close ,y', false],
    ['HTTP/1.1', 'closed', true],
    ['HTTP/1.0', '', false],
    ['HTTP/1.0', 'keep-alive', true],
    ['HTTP/1.0', 'x, keep-alive', true],
    ['HTTP/1.0', 'keep-alive, close', false],
    ['HTTP/1.0', 'x', false],
  ];
  for (const [version, connection, expected] of cases)
    t.equal(persists(version, connection), expected, `${version} ${connection}`);
});

const CASES: [what: string, block: string, server: Partial<FixedServer>, expected: string][] = [
  ['Host', 'Host: a\r\nB: 1\r\n', { hostHeader: 'h:8' }, 'Host: h:8\r\nB: 1\r\n'],
  ['as it was written', 'B: 1\r\nHOST:a\r\n', { hostHeader: 'h' }, 'B: 1\r\nHOST: h\r\n'],
  ['added', 'B: 1\r\n', { hostHeader: 'h' }, 'Host: h\r\nB: 1\r\n'],
  ['added to nothing', '', { hostHeader: 'h' }, 'Host: h\r\n'],
  ['only one', 'Host: a\r\nB: 1\r\nhost: b\r\n', { hostHeader: 'h' }, 'Host: h\r\nB: 1\r\n'],
  ['not another field', 'X-Host: a\r\nHostess: a\r\n', { hostHeader: 'h' }, 'Host: h\r\nX-Host: a\r\nHostess: a\r\n'],
  ['other bytes stay', 'B: \xff\r\nHost: a\r\n', { hostHeader: 'h' }, 'B: \xff\r\nHost: h\r\n'],
  ['$ is no reference', 'Host: a\r\n', { hostHeader: '$&$1' }, 'Host: $&$1\r\n'],
  ['not behind a bare CR', 'X: a\rHost: b\r\n', { hostHeader: 'h' }, 'Host: h\r\nX: a\rHost: b\r\n'],
  ['nothing', 'Host: a\r\n', {}, 'Host: a\r\n'],
  [
    'Authorization',
    'authorization: x\r\nHost: a\r\n',
    { authorization: 'Basic y' },
    'authorization: Basic y\r\nHost: a\r\n',
  ],
  ['both', 'Host: a\r\n', { hostHeader: 'h', authorization: 'B' }, 'Authorization: B\r\nHost: h\r\n'],
];

for (const [what, block, server, expected] of CASES) {
  const fixed: FixedServer = { protocol: 'http', hostHeader: undefined, authorization: undefined, ...server };
  t.equal(fixedFields(Buffer.from(block, 'latin1'), fixed).toString('latin1'), expected, what);
}

const same = Buffer.from('Host: h\r\nA: 1\r\n');
t.equal(
  fixedFields(same, { protocol: 'http', hostHeader: 'h', authorization: undefined }),
  same,
  'what is right already is left alone',
);
