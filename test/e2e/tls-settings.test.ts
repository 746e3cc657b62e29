import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import t from 'tap';
import type { Authority } from '../../src/engine/index.js';
import { distinguishedName, toPem } from '../../src/engine/tls/x509/certificate-writer.js';
import { HOME, run } from '../cli/tsdump.js';
import { certificate, ecKey, keyPem, testAuthority } from '../engine/tls/support.js';
import { folder, write } from '../support/folder.js';
import { type Identity, identity } from '../support/identity.js';
import { command, needs } from './support/command.js';
import { curl } from './support/curl.js';
import { type Handler, mirror, Origin } from './support/origin.js';
import { Recording } from './support/recording.js';

const CURL = needs('curl');
const OPENSSL = needs('openssl');
const upstream = testAuthority();
const files = folder(t);
const trusted = write(join(files, 'upstream.pem'), upstream.certificatePem);
const TRUSTING = ['--set', `ssl_verify_upstream_trusted_ca=${trusted}`];
const LOCALHOST = identity(upstream, ['localhost', '127.0.0.1']);
const alice = person(upstream, 'alice');
const bob = person(upstream, 'bob');
const aliceFile = write(join(files, 'alice.pem'), alice.key + alice.cert);

/** Answers with the name in the certificate of the client. */
const whoami: Handler = (_, response) => {
  const socket = response.socket as TLSSocket;
  const der = socket.getPeerX509Certificate()?.raw;
  response.end(der ? new X509Certificate(der).subject : 'nobody');
};
const ASKING = { ...LOCALHOST, ca: upstream.certificatePem, requestCert: true };

t.test('a client certificate for servers that demand one', CURL, async (t) => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const origin = await Origin.start(t, whoami, { tls: { ...ASKING, rejectUnauthorized: true, maxVersion } });
    const url = origin.url('/', 'localhost');
    const recording = await Recording.start(t, { args: [...TRUSTING, '--set', `client_certs=${aliceFile}`] });
    for (let count = 0; count < 2; count++) {
      const { code, stdout, stderr } = await curl(recording.url, ['--cacert', recording.ca, url]);
      t.equal(code, 0, maxVersion, { stderr });
      t.equal(String(stdout), 'CN=alice', 'also with a session that is resumed');
    }
    await recording.stop(t);
    const without = await Recording.start(t, { args: TRUSTING });
    const refused = await curl(without.url, ['--cacert', without.ca, '-w', '%{http_code}', url]);
    t.match(String(refused.stdout), /502$/);
    await without.stop(t);
  }
});

t.test('client certificates by name', CURL, async (t) => {
  const path = join(folder(t), 'clients');
  mkdirSync(path);
  const encrypted = createPrivateKey(bob.key).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'secret',
  });
  write(join(path, 'a.test.pem'), alice.cert + alice.key);
  write(join(path, '127.0.0.1.pem'), bob.cert + encrypted);
  write(join(path, 'broken.test.pem'), bob.cert);
  const small = generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey;
  write(join(path, 'weak.test.pem'), keyPem(small) + toPem(certificate({ key: small })));
  const origin = await Origin.start(t, whoami, {
    tls: {
      ...ASKING,
      ...identity(upstream, ['a.test', 'b.test', 'broken.test', 'weak.test', '127.0.0.1']),
      rejectUnauthorized: false,
    },
  });
  const args = [...TRUSTING, '--set', `client_certs=${path}`, '--cert-passphrase', 'secret'];
  const recording = await Recording.start(t, { args: [...args], confdir: folder(t) });
  const ask = async (host: string): Promise<string> => {
    const to = ['--connect-to', `::${origin.authority}`, '-k', origin.url('/', host)];
    return String((await curl(recording.url, to)).stdout);
  };
  t.equal(await ask('a.test'), 'CN=alice');
  t.equal(await ask('b.test'), 'nobody', 'there is none for it');
  t.equal(await ask('127.0.0.1'), 'CN=bob');
  t.equal(await ask('a.test'), 'CN=alice');
  t.match(await ask('weak.test'), /client_certs: .*weak\.test\.pem cannot be used: ee key too small \(ciphers_server/);
  t.match(await ask('broken.test'), /client_certs: .*broken\.test\.pem has no private key/);
  await recording.stop(t);
});

t.test('asking clients for a certificate', CURL, async (t) => {
  const origin = await Origin.start(t, mirror, { tls: LOCALHOST });
  const recording = await Recording.start(t, { args: [...TRUSTING, '--set', 'request_client_cert'] });
  const url = origin.url('/', 'localhost');
  const stranger = person(testAuthority(), 'stranger');
  const cert = write(join(folder(t), 'stranger.pem'), stranger.cert + stranger.key);
  for (const args of [['--cert', cert], ['--cert', cert, '--tls-max', '1.2'], []]) {
    const { code, stderr } = await curl(recording.url, ['--cacert', recording.ca, ...args, url]);
    t.equal(code, 0, 'any is accepted, and none', { stderr });
  }
  const flows = await recording.http(t);
  t.same(
    flows.map(({ flow }) => flow.client.tls!.certificates.map((der) => new X509Certificate(der).toString())),
    [[stranger.cert], [stranger.cert], []],
  );
});

t.test('the key of a leaf follows the ciphers for clients', CURL, async (t) => {
  const origin = await Origin.start(t, mirror, { tls: LOCALHOST });
  for (const ciphers of ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256', 'HIGH:!aECDSA']) {
    const recording = await Recording.start(t, { args: [...TRUSTING, '--set', `ciphers_client=${ciphers}`] });
    for (const version of ['1.2', '1.3']) {
      const args = ['--cacert', recording.ca, '--tls-max', version, origin.url('/', 'localhost')];
      const { code, stderr } = await curl(recording.url, args);
      t.equal(code, 0, `${ciphers}, TLS ${version}`, { stderr });
    }
    await recording.stop(t);
  }
});

t.test('certificates of your own', CURL, async (t) => {
  const origin = await Origin.start(t, mirror, { tls: identity(upstream, ['a.test', 'www.b.test', 'c.test']) });
  const other = testAuthority();
  const trust = write(join(folder(t), 'other.pem'), other.certificatePem);
  const own = identity(other, ['a.test']);
  const wild = identity(other, ['*.b.test']);
  const exact = write(join(folder(t), 'a.pem'), own.cert + own.key);
  const wide = write(join(folder(t), 'b.pem'), wild.key + wild.cert);
  const recording = await Recording.start(t, {
    args: ['-k', '--set', 'upstream_cert=false', '--certs', `a.test=${exact}`, '--certs', `*.b.test=${wide}`],
  });
  const ask = async (host: string, ca: string) => {
    const args = ['--cacert', ca, '--connect-to', `::${origin.authority}`, origin.url('/', host)];
    return (await curl(recording.url, args)).code;
  };
  t.equal(await ask('a.test', trust), 0);
  t.equal(await ask('www.b.test', trust), 0);
  t.equal(await ask('c.test', trust), 60, 'the others are made as ever');
  t.equal(await ask('c.test', recording.ca), 0);
  await recording.stop(t);
});

t.test('one certificate for everything', CURL, async (t) => {
  const origin = await Origin.start(t, mirror, { tls: LOCALHOST });
  const other = testAuthority();
  const trust = write(join(folder(t), 'other.pem'), other.certificatePem);
  const own = identity(other, ['localhost']);
  const recording = await Recording.start(t, {
    args: [...TRUSTING, '--certs', write(join(folder(t), 'own.pem'), own.cert + own.key)],
  });
  const { code, stderr } = await curl(recording.url, ['--cacert', trust, origin.url('/', 'localhost')]);
  t.equal(code, 0, 'curl', { stderr });
  await recording.stop(t);
});

t.test('the chain behind the leaf', OPENSSL, async (t) => {
  const origin = await Origin.start(t, mirror, { tls: LOCALHOST });
  const chain = async (...args: string[]): Promise<string[]> => {
    const recording = await Recording.start(t, { args: [...TRUSTING, ...args] });
    const shown = await command('openssl', [
      's_client',
      ...['-proxy', `127.0.0.1:${recording.port}`, '-connect', `localhost:${origin.port}`, '-servername', 'localhost'],
      '-showcerts',
    ]);
    await recording.stop(t);
    return [...String(shown.stdout).matchAll(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----\n/g)].map(String);
  };
  const ca = readFileSync(join(HOME, '.tsdump', 'tsdump-ca-cert.pem'), 'utf8');
  t.same((await chain()).slice(1), [ca], 'the CA is always sent');
  const [, ...others] = await chain('--set', 'add_upstream_certs_to_client_chain=true');
  t.same(others, [ca, LOCALHOST.cert]);
});

t.test('curves', OPENSSL, async (t) => {
  const origin = await Origin.start(t, mirror, { tls: { ...LOCALHOST, ecdhCurve: 'P-256:P-384:X25519' } });
  const recording = await Recording.start(t, { args: [...TRUSTING, '--set', 'tls_ecdh_curve_client=secp384r1'] });
  const shown = await command('openssl', [
    's_client',
    ...['-proxy', `127.0.0.1:${recording.port}`, '-connect', `localhost:${origin.port}`, '-servername', 'localhost'],
  ]);
  t.match(String(shown.stdout), /Server Temp Key: ECDH, (P-384|secp384r1)/);
  await recording.stop(t);

  const only = await Origin.start(t, mirror, { tls: { ...LOCALHOST, ecdhCurve: 'P-521' } });
  for (const [curve, status] of [
    ['P-521', '200'],
    ['X25519', '502'],
  ]) {
    const narrow = await Recording.start(t, { args: [...TRUSTING, '--set', `tls_ecdh_curve_server=${curve}`] });
    const args = ['--cacert', narrow.ca, '-o', '/dev/null', '-w', '%{http_code}', only.url('/', 'localhost')];
    t.equal(String((await curl(narrow.url, args)).stdout), status, curve!);
    await narrow.stop(t);
  }
});

t.test('trusted certificates in a folder', { ...CURL, ...OPENSSL }, async (t) => {
  const origin = await Origin.start(t, mirror, { tls: LOCALHOST });
  const path = folder(t);
  write(join(path, 'one.crt'), upstream.certificatePem);
  write(join(path, 'two.pem'), testAuthority().certificatePem);
  await command('openssl', ['rehash', path]);
  const recording = await Recording.start(t, { args: ['--set', `ssl_verify_upstream_trusted_confdir=${path}`] });
  const { code, stdout } = await curl(recording.url, ['--cacert', recording.ca, origin.url('/', 'localhost')]);
  t.equal(code, 0);
  t.equal(String(stdout), 'GET / 0\n');
  await recording.stop(t);
});

t.test('an address to come from', CURL, async (t) => {
  const from: (string | undefined)[] = [];
  const origin = await Origin.start(t, ({ target }, response) => {
    from.push(response.socket?.remoteAddress);
    response.end(target);
  });
  const recording = await Recording.start(t, { args: ['--set', 'connect_addr=127.0.0.2'] });
  await curl(recording.url, [origin.url('/')]);
  t.same(from, ['127.0.0.2']);
  const wrong = await curl(recording.url, ['http://[::1]:9/']);
  t.match(String(wrong.stdout), /Could not connect to \[::1\]:9: it has no IPv4 address.*127\.0\.0\.2/);
  await recording.stop(t);
});

t.test('wrong usage', async (t) => {
  const lonely = write(join(folder(t), 'lonely.pem'), alice.cert + keyPem(ecKey()));
  const small = generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey;
  const weak = write(join(folder(t), 'weak.pem'), keyPem(small) + toPem(certificate({ key: small })));
  const cases: [setting: string, message: string][] = [
    ['client_certs=/nowhere', 'client_certs: /nowhere cannot be read: no such file or directory (ENOENT)'],
    [`client_certs=${lonely}`, `client_certs: ${lonely} has a key and a certificate that do not match`],
    [
      `client_certs=${weak}`,
      `client_certs: ${weak} cannot be used: ee key too small (ciphers_server=DEFAULT:@SECLEVEL=0`,
    ],
    [`certs=${weak}`, `certs: ${weak} cannot be used: ee key too small (ciphers_client=DEFAULT:@SECLEVEL=0`],
    ['certs=/nowhere', 'certs: /nowhere cannot be read: no such file or directory (ENOENT)'],
    [`certs=*.x.test=${lonely}`, `certs: ${lonely} has a key and a certificate that do not match`],
    ['certs=x.test=', 'expected [DOMAIN=]PATH'],
    [`certs=*.*.x=${lonely}`, 'where DOMAIN is a name, *.NAME or *'],
    [`certs=a b=${lonely}`, 'where DOMAIN is a name, *.NAME or *'],
    [
      'tls_version_client_max=TLS1_1',
      'tls_version_client_min: TLS1_2 is above tls_version_client_max, TLS1_1: no version is left',
    ],
    ['tls_version_server_max=TLS1', 'tls_version_server_min: TLS1_2 is above tls_version_server_max, TLS1'],
    ['tls_ecdh_curve_client=P-1', 'tls_ecdh_curve_client: OpenSSL does not support the curve "P-1"'],
    ['tls_ecdh_curve_server=P-1', 'tls_ecdh_curve_server: OpenSSL does not support the curve "P-1"'],
    ['connect_addr=localhost', 'expected an IP address, got "localhost"'],
    ['ssl_verify_upstream_trusted_confdir=/nowhere', 'ssl_verify_upstream_trusted_confdir: /nowhere cannot be read'],
    [`ssl_verify_upstream_trusted_confdir=${folder(t)}`, 'holds no certificates in PEM form'],
  ];
  for (const [setting, message] of cases) {
    const { code, stderr } = await run(t, ['-p', '0', '--set', setting]);
    t.equal(code, 2, setting);
    t.ok(stderr.includes(message), message, { stderr });
  }
  const both = ['--set', 'add_upstream_certs_to_client_chain', '--set', 'upstream_cert=false'];
  const { code, stderr } = await run(t, ['-p', '0', ...both]);
  t.equal(code, 2);
  t.match(stderr, /--set add_upstream_certs_to_client_chain: needs upstream_cert/);
});

/** A certificate that is not for servers only. */
function person(issuer: Authority, commonName: string): Identity {
  const key = ecKey();
  const cert = certificate({
    key,
    issuer: { key: issuer.key, name: issuer.subject },
    name: distinguishedName({ commonName }),
    extensions: [],
  });
  return { key: keyPem(key), cert: toPem(cert) };
}
