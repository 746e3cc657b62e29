import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import t from 'tap';
import { openssl, testAuthority } from '../engine/tls/support.js';
import { folder, write } from '../support/folder.js';
import { identity } from '../support/identity.js';
import { command, needs } from './support/command.js';
import { curl } from './support/curl.js';
import { mirror, Origin } from './support/origin.js';
import { Recording } from './support/recording.js';

const CURL = needs('curl');
const OPENSSL = needs('openssl');
const upstream = testAuthority();
const trusted = write(join(folder(t), 'upstream.pem'), upstream.certificatePem);
const TRUSTING = ['--set', `ssl_verify_upstream_trusted_ca=${trusted}`];
const LOCALHOST = identity(upstream, ['localhost', '127.0.0.1']);

t.test('TLS 1.2 and 1.3', CURL, async (t) => {
  const origin = await Origin.start(t, mirror, { tls: LOCALHOST });
  const recording = await Recording.start(t, { args: TRUSTING });
  const url = origin.url('/secret', 'localhost');
  for (const args of [['--tls-max', '1.2'], ['--tlsv1.3']]) {
    const { code, stdout, stderr } = await curl(recording.url, ['--cacert', recording.ca, ...args, url]);
    t.equal(code, 0, args.join(' '), { stderr });
    t.equal(String(stdout), 'GET /secret 0\n');
  }
  const flows = await recording.http(t);
  t.same(
    flows.map(({ flow }) => flow.request.url),
    [url, url],
  );
  t.same(
    flows.map(({ flow }) => flow.client.tls!.version),
    ['TLSv1.2', 'TLSv1.3'],
  );
  for (const { flow } of flows) {
    const { client, server } = flow;
    t.equal(client.tls!.sni, 'localhost');
    t.same(client.tls!.alpnOffers, ['h2', 'http/1.1']);
    t.equal(client.tls!.alpn, 'http/1.1');
    t.equal(server.tls!.version, 'TLSv1.3');
    t.equal(server.tls!.sni, 'localhost');
    t.equal(new X509Certificate(server.tls!.certificates[0]!).toString(), LOCALHOST.cert);
    t.ok(client.timestampStart < client.tls!.timestampSetup);
    t.ok(server.timestampStart <= server.timestampTcpSetup!);
    t.ok(server.timestampTcpSetup! < server.tls!.timestampSetup);
  }
  t.match(await recording.read(t, 1), new RegExp(`: GET ${url}\n {2,}<< 200 OK 14b\n`));
});

t.test('an address, so no server name', CURL, async (t) => {
  const origin = await Origin.start(t, mirror, { tls: LOCALHOST });
  const recording = await Recording.start(t, { args: TRUSTING });
  const { code, stdout, stderr } = await curl(recording.url, ['--cacert', recording.ca, origin.url('/')]);
  t.equal(code, 0, 'curl', { stderr });
  t.equal(String(stdout), 'GET / 0\n');

  const other = await Origin.start(t, mirror, { tls: identity(upstream, ['localhost']) });
  const wrong = await curl(recording.url, ['--cacert', recording.ca, other.url('/')]);
  t.equal(wrong.code, 60, 'the client sees that the server has another name');

  const [{ flow }] = await recording.http(t);
  t.equal(flow.client.tls!.sni, undefined);
  t.equal(flow.request.url, origin.url('/'));
});

t.test('many names at one address', CURL, async (t) => {
  const names = ['a.example.com', 'b.example.com', 'xn--bcher-kva.example', 'c.example.org'];
  const contexts = new Map(names.map((name) => [name, createSecureContext(identity(upstream, [name], `of ${name}`))]));
  const asked: string[] = [];
  const origin = await Origin.start(t, mirror, {
    tls: {
      ...LOCALHOST,
      SNICallback: (name, done) => {
        asked.push(name);
        done(null, contexts.get(name));
      },
    },
  });
  const recording = await Recording.start(t, { args: TRUSTING });
  const urls = names.map((name) => origin.url('/', name));
  const args = ['--cacert', recording.ca, '--connect-to', `::${origin.authority}`];
  const { code, stdout, stderr } = await curl(recording.url, [...args, ...urls, ...urls]);
  t.equal(code, 0, 'curl', { stderr });
  t.equal(String(stdout), 'GET / 0\n'.repeat(8));
  t.same(asked, names);
  const flows = await recording.http(t);
  t.same(
    flows.map(({ flow }) => flow.server.tls!.sni),
    [...names, ...names],
  );
  t.same(
    flows.map(({ flow }) => flow.request.prettyUrl),
    [...urls, ...urls],
  );
});

t.test('two hundred first connections at once', CURL, async (t) => {
  const origin = await Origin.start(t, mirror, { tls: LOCALHOST });
  const recording = await Recording.start(t, { args: TRUSTING });
  const urls = Array.from({ length: 200 }, (_, number) => origin.url(`/${number}`, 'localhost'));
  const parallel = ['--no-progress-meter', '--parallel', '--parallel-immediate', '--parallel-max', '200'];
  const { code, stdout, stderr } = await curl(recording.url, [...parallel, '--cacert', recording.ca, ...urls]);
  t.equal(code, 0, 'curl', { stderr });
  t.equal(String(stdout).split('\n').length, urls.length + 1);
  const flows = await recording.http(t);
  t.same(flows.map(({ flow }) => flow.request.url).sort(), urls.sort());
  t.equal(new Set(flows.map(({ flow }) => flow.client.id)).size, urls.length);
});

t.test('a client that speaks only what cannot be read yet is let through untouched', OPENSSL, async (t) => {
  const origin = await Origin.start(t, mirror, { tls: { ...LOCALHOST, ALPNProtocols: ['other/1', 'http/1.1'] } });
  const recording = await Recording.start(t, { args: TRUSTING });
  const args = ['-alpn', 'other/1', '-servername', 'localhost', '-CAfile', trusted];
  const shown = await sClient(recording, origin, args);
  t.match(shown, /Verify return code: 0 \(ok\)/, 'it sees the certificate of the server itself');
  t.match(shown, /ALPN protocol: other\/1/);
  await recording.program.logged(/Not intercepted: the client offers only other\/1 for localhost,/);
  t.equal((await recording.tcp(t)).length, 1);
});

t.test('a client that does not trust is reported with the host that it wanted', CURL, async (t) => {
  const origin = await Origin.start(t, mirror, { tls: LOCALHOST });
  const recording = await Recording.start(t, { args: TRUSTING });
  const distrust = /The client does not trust the proxy's certificate for localhost \(.*\)/;
  for (const [at, args] of [['--tls-max', '1.2'], ['--tlsv1.3']].entries()) {
    const { code } = await curl(recording.url, [...args, origin.url('/', 'localhost')]);
    t.equal(code, 60, args.join(' '));
    await recording.program.logged(new RegExp(`(${distrust.source}[^]*){${at + 1}}`));
  }
  t.equal((await recording.http(t)).length, 0);
});

t.test('a client that speaks TLS to the proxy', CURL, async (t) => {
  const secure = await Origin.start(t, mirror, { tls: LOCALHOST });
  const plain = await Origin.start(t, mirror);
  const recording = await Recording.start(t, { args: TRUSTING });
  const urls = [plain.url('/plain'), secure.url('/secure', 'localhost')];
  for (const host of ['localhost', '127.0.0.1']) {
    const trust = ['--proxy-cacert', recording.ca, '--cacert', recording.ca];
    const { code, stdout, stderr } = await curl(`https://${host}:${recording.port}`, [...trust, ...urls]);
    t.equal(code, 0, host, { stderr });
    t.equal(String(stdout), 'GET /plain 0\nGET /secure 0\n');
  }
  t.same(
    (await recording.http(t)).map(({ flow }) => flow.request.url),
    [...urls, ...urls],
  );
});

t.test('OpenSSL: the certificate that clients are shown', OPENSSL, async (t) => {
  const dir = folder(t);
  const names = ['www.example.com', '*.example.com', '192.0.2.7', '2001:db8::7'];
  const origin = await Origin.start(t, mirror, { tls: identity(upstream, names, 'Example Ltd') });
  const recording = await Recording.start(t, { args: TRUSTING });
  const alpn = ['-alpn', 'h2,http/1.1'];
  const shown = await sClient(recording, origin, [...alpn, '-servername', 'www.example.com', '-CAfile', recording.ca]);
  t.match(shown, /Verify return code: 0 \(ok\)/);
  t.match(shown, /ALPN protocol: http\/1\.1/);
  t.match(shown, /\nHTTP\/1\.1 200 OK\r\n/);
  const leaf = write(join(dir, 'leaf.pem'), /-----BEGIN CERT[\s\S]*?END CERTIFICATE-----\n/.exec(shown)![0]);
  const verified = openssl(['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', recording.ca, leaf]);
  t.match(verified, /leaf\.pem: OK/);
  const text = openssl(['x509', '-noout', '-subject', '-ext', 'subjectAltName,extendedKeyUsage', '-in', leaf]);
  t.match(text, /^subject=.*O = Example Ltd/);
  t.match(text, /DNS:www\.example\.com/);
  t.match(text, /DNS:\*\.example\.com/);
  t.match(text, /IP Address:192\.0\.2\.7/);
  t.match(text, /IP Address:2001:DB8:0:0:0:0:0:7/);
  t.match(text, /TLS Web Server Authentication/);

  const wildcard = await sClient(recording, origin, [
    '-servername',
    'other.example.com',
    '-CAfile',
    recording.ca,
    '-verify_hostname',
    'other.example.com',
  ]);
  t.match(wildcard, /Verify return code: 0 \(ok\)/);
  const rsa = await sClient(recording, origin, [
    '-servername',
    'www.example.com',
    '-tls1_2',
    '-cipher',
    'ECDHE-RSA-AES128-GCM-SHA256',
    '-CAfile',
    recording.ca,
  ]);
  t.match(rsa, /Verify return code: 0 \(ok\)/, 'a client without ECDSA');
  t.match(rsa, /Server public key is 2048 bit/);
  const [{ flow }] = await recording.http(t);
  t.equal(flow.server.tls!.sni, 'www.example.com');
});

t.test('Node trusts what NODE_EXTRA_CA_CERTS names', async (t) => {
  const origin = await Origin.start(t, mirror, { tls: LOCALHOST });
  const recording = await Recording.start(t, { args: TRUSTING });
  const script = `
const http = require('node:http'), https = require('node:https');
const [proxy, url] = process.argv.slice(1);
const { host } = new URL(url);
http.request({ port: proxy, host: '127.0.0.1', method: 'CONNECT', path: host }).on('connect', (_, socket) => {
  https.get(url, { createConnection: () => require('node:tls').connect({ socket, servername: 'localhost' }) }, (response) => response.pipe(process.stdout));
}).end();
`;
  const args = ['-e', script, String(recording.port), origin.url('/node', 'localhost')];
  const trusting = await command(process.execPath, args, { env: { NODE_EXTRA_CA_CERTS: recording.ca } });
  t.equal(trusting.code, 0, 'node', { stderr: trusting.stderr });
  t.equal(String(trusting.stdout), 'GET /node 0\n');
  const doubting = await command(process.execPath, args);
  t.not(doubting.code, 0);
  t.match(doubting.stderr, /SELF_SIGNED_CERT_IN_CHAIN/);
  t.equal((await recording.http(t)).length, 1);
});

t.test('the secrets of both sides, for Wireshark', OPENSSL, async (t) => {
  const dir = folder(t);
  const [ours, theirs] = [join(dir, 'ours'), join(dir, 'theirs')];
  const ofServer: string[] = [];
  const origin = await Origin.start(t, mirror, { tls: LOCALHOST });
  origin.server.on('keylog', (line: Buffer) => ofServer.push(String(line)));
  const recording = await Recording.start(t, { args: TRUSTING, env: { TSDUMP_SSLKEYLOGFILE: ours } });
  await sClient(recording, origin, ['-servername', 'localhost', '-keylogfile', theirs]);
  await recording.stop(t);
  const written = new Set(lines(readFileSync(ours, 'utf8')));
  const ofClient = lines(readFileSync(theirs, 'utf8'));
  t.ok(ofClient.length >= 5, "secrets of the client's session");
  t.same(
    ofClient.filter((line) => !written.has(line)),
    [],
  );
  t.ok(ofServer.length >= 5, "secrets of the server's session");
  t.same(
    ofServer.map((line) => line.trim()).filter((line) => !written.has(line)),
    [],
  );
  t.equal(statSync(ours).mode & 0o777, 0o600);
});

/** Speaks through the proxy, asks for `/` and prints everything that OpenSSL tells. */
async function sClient(recording: Recording, origin: Origin, args: string[]): Promise<string> {
  const connect = ['-proxy', `127.0.0.1:${recording.port}`, '-connect', origin.authority];
  const { stdout, stderr } = await command('openssl', ['s_client', '-ign_eof', ...connect, ...args], {
    input: 'GET / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n',
  });
  return `${stdout}${stderr}`;
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line && !line.startsWith('#'));
}
