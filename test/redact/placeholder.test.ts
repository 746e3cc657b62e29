import t from 'tap';
import { ClientConnection, ServerConnection } from '../../src/flow/connection.js';
import { HttpFlow } from '../../src/flow/flow.js';
import { Headers } from '../../src/flow/http/headers.js';
import { HttpRequest } from '../../src/flow/http/http-request.js';
import { Findings } from '../../src/redact/findings.js';
import {
  hasRedactedCredentials,
  holdsPlaceholder,
  matchesPlaceholders,
  type RedactedRequest,
  Redactor,
  redactFlow,
  redactForComparison,
  redactionKey,
} from '../../src/redact/index.js';

const KEY = Buffer.from('0123456789abcdef');

t.test('the same secret has the same placeholder, in all places and with the same key', async (t) => {
  const [one, other] = [new Redactor({ key: KEY }), new Redactor({ key: Buffer.from(KEY) })];
  const placeholder = one.replace('hunter2', 'password');
  t.match(placeholder, /^\[redacted:[0-9a-f]{6}\]$/);
  t.equal(other.replace('hunter2', 'token'), placeholder);
  t.not(one.replace('hunter3', ''), placeholder);
  t.not(new Redactor().replace('hunter2', ''), placeholder, 'a random key');
  t.equal(one.fingerprint, other.fingerprint);
  t.not(one.fingerprint, new Redactor().fingerprint);
  const forms = ['{"token":"p\\u00e4ss w\\"1"}', 'token: päss w"1', '<token>päss w&quot;1</token>'];
  const made = forms.map((form) => /\[redacted:\w+\]/.exec(one.text(form))?.[0]);
  made.push(/\[redacted:\w+\]/.exec(one.path('/?token=p%C3%A4ss+w%221', new Findings(), ''))?.[0]);
  t.same(new Set(made).size, 1, 'escapes do not count', { made });
});

t.test('readable JWTs', async (t) => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const jwt = `${part({ alg: 'RS256', jku: 'https://secret.example' })}.${part({ sub: 'joe', exp: 17, iat: 16 })}.c2lnbmF0dXJl`;
  const redactor = new Redactor({ key: KEY, readableJwt: true });
  const text = redactor.text(`Authorization: Bearer ${jwt}`);
  const [, header, payload] = /^Authorization: Bearer ([\w-]+)\.([\w-]+)\.\[redacted:\w{6}\]$/.exec(text) ?? [];
  t.same(JSON.parse(Buffer.from(header ?? '', 'base64url').toString()), { alg: 'RS256' });
  t.same(JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()), { exp: 17, iat: 16 });
  t.equal(redactor.text(text), text, 'it is not redacted again');
  t.equal(redactor.text(text.slice(22)), text.slice(22), 'also without a name');
  t.match(new Redactor({ key: KEY }).text(`x ${jwt}`), /^x \[redacted:\w{6}\]$/, 'hidden by default');
});

const MATCHES: readonly [redacted: string, text: string, matches: boolean][] = [
  ['a=[redacted:0a1b2c]&b', 'a=xyz&b', true],
  ['a=[redacted:0a1b2c]&b', 'a=&b', true],
  ['a=[redacted:0a1b2c]&b', 'a=xyz&c', false],
  ['[redacted:0a1b2c]', 'anything', true],
  ['a[redacted:0a1b2c]b[redacted:0a1b2c]c', 'a1b2c', true],
  ['a[redacted:0a1b2c]b[redacted:0a1b2c]c', 'a12c', false],
  ['ab[redacted:0a1b2c]ba', 'aba', false],
  ['a eyJhbGc.eyJleHA.[redacted:0a1b2c]', 'a eyJ9.eyJ8.x', true],
  ['eyJhbGc.eyJleHA.[redacted:0a1b2c]b', 'xc', false],
  ['plain', 'plain', true],
  ['plain', 'other', false],
  ['[redacted:xyz]', 'other', false],
];

t.test('texts that match placeholders', async (t) => {
  for (const [redacted, text, matches] of MATCHES) {
    t.equal(matchesPlaceholders(redacted, text), matches, `${redacted} ${text}`);
  }
  t.ok(holdsPlaceholder('x [redacted:0a1b2c] y'));
  t.notOk(holdsPlaceholder('x [redacted] y'));
});

function requestOf(path: string, fields: Record<string, string>, body = ''): HttpRequest {
  return HttpRequest.make('POST', `http://a.example${path}`, body, fields);
}

t.test('requests for replaying', async (t) => {
  const redactor = new Redactor({ key: KEY });
  const request = requestOf('/?token=a', { Authorization: 'Bearer b' }, 'password=c');
  const redacted = redactForComparison(redactor, request) as RedactedRequest;
  t.match(redacted.request.path, /^\/\?token=\[redacted:/);
  t.match(await redacted.request.body.text(), /^password=\[redacted:/);
  t.equal(redacted.request.headers.get('content-length'), String(redacted.request.body.size));
  t.equal(request.path, '/?token=a', 'the request itself stays');
  redacted.release();
  const plain = requestOf('/x', {});
  t.equal(
    (redactForComparison(redactor, plain) as RedactedRequest).request,
    plain,
    'without secrets it is the same object',
  );
  t.ok(hasRedactedCredentials(redacted.request));
  t.notOk(hasRedactedCredentials(request));
  t.ok(hasRedactedCredentials(requestOf('/', { Cookie: 'a=[redacted:0a1b2c]' })));
  t.notOk(hasRedactedCredentials(requestOf('/', {}, 'password=[redacted:0a1b2c]')), 'a body is no credential');
});

t.test('the fingerprint of the key is in the metadata', async (t) => {
  const redactor = new Redactor({ key: KEY });
  const flow = new HttpFlow(new ClientConnection(), new ServerConnection(), requestOf('/?token=a', {}), 0);
  t.equal(redactionKey(flow), undefined);
  const redacted = (await redactFlow(redactor, flow)).flow;
  t.equal(redactionKey(redacted), redactor.fingerprint);
  const again = (await redactFlow(new Redactor(), redacted)).flow;
  t.equal(redactionKey(again), redactor.fingerprint, 'a second redaction finds nothing and keeps it');
});

t.test('headers keep what is not secret', async (t) => {
  const redactor = new Redactor({ key: KEY });
  const block = 'Host:  a\r\nX-Api-Key:b\r\nX-Folded: x\r\n token=c\r\nETag : "d"\r\nbroken\r\nCookie: \r\n';
  const headers = redactor.headers(new Headers(Buffer.from(block)), new Findings(), '');
  const placeholder = (secret: string): string => redactor.replace(secret, '');
  const expected = block.replace('Key:b', `Key:${placeholder('b')}`).replace('=c', `=${placeholder('c')}`);
  t.equal(headers.bytes.toString(), expected);
  const clean = new Headers(Buffer.from('Host: a\r\nAccept: */*\r\n'));
  t.equal(redactor.headers(clean, new Findings(), ''), clean, 'the same object if nothing is found');
});

t.test('metadata keeps all of its members', async (t) => {
  const redactor = new Redactor({ key: KEY });
  const metadataOf = async (text: string): Promise<unknown> => {
    const flow = new HttpFlow(new ClientConnection(), new ServerConnection(), requestOf('/', {}), 0);
    flow.metadata = JSON.parse(text) as Record<string, unknown>;
    const redacted = await redactFlow(redactor, flow);
    const { redacted: _, ...rest } = redacted.flow.metadata;
    return JSON.parse(JSON.stringify(rest).replace(/\[redacted:\w{6}\]/g, '*'));
  };
  const table: [before: string, after: string][] = [
    ['{}', '{}'],
    ['{"a":{"b":[1,"x"]}}', '{"a":{"b":[1,"x"]}}'],
    ['{"a":1,"password":"hunter22","b":[2]}', '{"a":1,"password":"*","b":[2]}'],
    ['{"x":{"__proto__":{"password":"hunter22"},"c":3}}', '{"x":{"__proto__":{"password":"*"},"c":3}}'],
    ['{"list":[{"a":1},{"token":"abcdef123456"},"y"]}', '{"list":[{"a":1},{"token":"*"},"y"]}'],
  ];
  for (const [before, after] of table) t.same(JSON.stringify(await metadataOf(before)), after, before);
});
