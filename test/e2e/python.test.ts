import { join } from 'node:path';
import t, { type Test } from 'tap';
import { testAuthority } from '../engine/tls/support.js';
import { folder, write } from '../support/folder.js';
import { identity } from '../support/identity.js';
import { mirror, Origin } from './support/origin.js';
import { needsPython, python } from './support/python.js';
import { Recording } from './support/recording.js';

const PYTHON = needsPython();
const upstream = testAuthority();
const trusted = write(join(folder(t), 'upstream.pem'), upstream.certificatePem);

t.test('http.client: two requests on one connection', PYTHON, async (t) => {
  const script = `
import http.client, json, sys
proxy, url = sys.argv[1:]
connection = http.client.HTTPConnection('127.0.0.1', int(proxy))
answers = []
for method, path, body in [('GET', '/1', None), ('POST', '/2', b'x' * 70000), ('POST', '/3', iter([b'a' * 10, b'b' * 5]))]:
    connection.request(method, url + path, body=body)
    answers.append(connection.getresponse().read().decode())
print(json.dumps(answers))
`;
  const origin = await Origin.start(t, mirror);
  const recording = await Recording.start(t);
  const answers = await python(script, [String(recording.port), origin.url('')]);
  t.same(answers, ['GET /1 0\n', 'POST /2 70000\n', 'POST /3 15\n']);
  t.equal(origin.connections, 1);
  const flows = await recording.http(t);
  t.same(
    flows.map(({ flow, requestBody }) => [flow.request.url, requestBody.length]),
    [
      [origin.url('/1'), 0],
      [origin.url('/2'), 70000],
      [origin.url('/3'), 15],
    ],
  );
  t.equal(flows[2]!.flow.request.headers.get('transfer-encoding'), 'chunked');
});

t.test('http.client in a tunnel, with and without TLS', PYTHON, async (t) => {
  const script = `
import http.client, json, ssl, sys
proxy, plain, secure = map(int, sys.argv[1:4])
context = ssl.create_default_context(cafile=sys.argv[4])
answers = []
for connection, port in [
    (http.client.HTTPConnection('127.0.0.1', proxy), plain),
    (http.client.HTTPSConnection('127.0.0.1', proxy, context=context), secure),
]:
    connection.set_tunnel('localhost', port)
    for path in ['/1', '/2']:
        connection.request('GET', path)
        answers.append(connection.getresponse().read().decode())
    connection.close()
print(json.dumps(answers))
`;
  const plain = await Origin.start(t, mirror);
  const secure = await Origin.start(t, mirror, { tls: identity(upstream, ['localhost']) });
  const recording = await Recording.start(t, { args: ['--set', `ssl_verify_upstream_trusted_ca=${trusted}`] });
  const answers = await python(script, [...[recording, plain, secure].map(({ port }) => String(port)), recording.ca]);
  t.same(answers, ['GET /1 0\n', 'GET /2 0\n', 'GET /1 0\n', 'GET /2 0\n']);
  t.same(
    (await recording.http(t)).map(({ flow }) => flow.request.url),
    [
      plain.url('/1', 'localhost'),
      plain.url('/2', 'localhost'),
      secure.url('/1', 'localhost'),
      secure.url('/2', 'localhost'),
    ],
  );
});

t.test('ssl: what the certificate says, strictly checked', PYTHON, async (t) => {
  const script = `
import json, socket, ssl, sys
proxy, port, cafile = sys.argv[1:]
context = ssl.create_default_context(cafile=cafile)
context.verify_flags |= ssl.VERIFY_X509_STRICT
connection = socket.create_connection(('127.0.0.1', int(proxy)))
connection.sendall(b'CONNECT 127.0.0.1:%s HTTP/1.1\\r\\n\\r\\n' % port.encode())
assert connection.recv(1000).startswith(b'HTTP/1.1 200 ')
with context.wrap_socket(connection, server_hostname='www.example.com') as tls:
    print(json.dumps({'version': tls.version(), 'certificate': tls.getpeercert()}))
`;
  const names = ['www.example.com', '*.example.org', '192.0.2.1'];
  const origin = await Origin.start(t, mirror, { tls: identity(upstream, names, 'Example Ltd') });
  const recording = await Recording.start(t, { args: ['--set', `ssl_verify_upstream_trusted_ca=${trusted}`] });
  const { version, certificate } = (await python(script, [
    String(recording.port),
    String(origin.port),
    recording.ca,
  ])) as { version: string; certificate: Record<string, unknown> };
  t.equal(version, 'TLSv1.3');
  t.same(
    new Set(certificate.subjectAltName as string[][]),
    new Set([
      ['DNS', 'www.example.com'],
      ['DNS', '*.example.org'],
      ['IP Address', '192.0.2.1'],
    ]),
  );
  t.match(certificate.subject, [[['organizationName', 'Example Ltd']]]);
  t.match(certificate.issuer, [[['organizationName', 'tsdump']]]);
  await recording.stop(t);
});

t.test('urllib takes proxy and CA from the environment', PYTHON, async (t) => {
  const script = `
import json, sys, urllib.request
answers = [urllib.request.urlopen(url, data).read().decode() for url in sys.argv[1:] for data in (None, b'a=b')]
print(json.dumps(answers))
`;
  await viaEnvironment(t, script);
});

t.test('requests takes proxy and CA from the environment', needsPython('requests'), async (t) => {
  const script = `
import json, requests, sys
with requests.Session() as session:
    answers = [session.request('POST' if data else 'GET', url, data=data).text
               for url in sys.argv[1:] for data in (None, b'a=b')]
print(json.dumps(answers))
`;
  await viaEnvironment(t, script);
});

async function viaEnvironment(t: Test, script: string): Promise<void> {
  const plain = await Origin.start(t, mirror);
  const secure = await Origin.start(t, mirror, { tls: identity(upstream, ['localhost']) });
  const recording = await Recording.start(t, { args: ['--set', `ssl_verify_upstream_trusted_ca=${trusted}`] });
  const urls = [plain.url('/plain', 'localhost'), secure.url('/secure', 'localhost')];
  const env = {
    http_proxy: recording.url,
    https_proxy: recording.url,
    SSL_CERT_FILE: recording.ca,
    REQUESTS_CA_BUNDLE: recording.ca,
  };
  t.same(await python(script, urls, env), ['GET /plain 0\n', 'POST /plain 3\n', 'GET /secure 0\n', 'POST /secure 3\n']);
  t.same(
    (await recording.http(t)).map(({ flow }) => `${flow.request.method} ${flow.request.url}`),
    urls.flatMap((url) => [`GET ${url}`, `POST ${url}`]),
  );
}
