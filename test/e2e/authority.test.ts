import { chmodSync, copyFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { toPem } from '../../src/engine/tls/x509/certificate-writer.js';
import { run } from '../cli/tsdump.js';
import { certificate, DAY, ecKey, keyPem, openssl, testAuthority } from '../engine/tls/support.js';
import { folder, write } from '../support/folder.js';
import { identity } from '../support/identity.js';
import { needs } from './support/command.js';
import { curl } from './support/curl.js';
import { mirror, Origin } from './support/origin.js';
import { Recording } from './support/recording.js';

const upstream = testAuthority();
const trusted = write(join(folder(t), 'upstream.pem'), upstream.certificatePem);
const TRUSTING = ['--set', `ssl_verify_upstream_trusted_ca=${trusted}`];
/** One that the program made. */
const confdir = join(folder(t), 'of', 'its', 'own');

// Modes of public files follow it.
process.umask(0o022);

t.test('made at the first start', needs('openssl'), async (t) => {
  const { stderr } = await (await Recording.start(t, { confdir })).stop(t);
  const trust = join(confdir, 'tsdump-ca-cert.pem');
  t.equal(stderr.split(`Created a new CA. Clients have to trust ${trust} `).length, 2, 'one line says it', { stderr });
  t.notMatch(stderr, /chmod/);
  t.equal(mode(confdir), 0o700);
  t.same(
    readdirSync(confdir).map((name) => [name, mode(join(confdir, name)).toString(8)]),
    [
      ['tsdump-ca-cert.cer', '644'],
      ['tsdump-ca-cert.p12', '644'],
      ['tsdump-ca-cert.pem', '644'],
      ['tsdump-ca.p12', '600'],
      ['tsdump-ca.pem', '600'],
    ],
  );
  const at = (name: string): string => join(confdir, name);
  const text = openssl(['x509', '-noout', '-text', '-in', at('tsdump-ca-cert.pem')]);
  t.match(text, /Public-Key: \(2048 bit\)/);
  t.match(text, /CA:TRUE/);
  t.match(text, /Subject: .*tsdump/);
  t.match(openssl(['verify', '-x509_strict', '-CAfile', at('tsdump-ca-cert.pem'), at('tsdump-ca-cert.pem')]), /: OK/);
  t.equal(readFileSync(at('tsdump-ca-cert.cer'), 'utf8'), readFileSync(at('tsdump-ca-cert.pem'), 'utf8'));
  const p12 = openssl(['pkcs12', '-in', at('tsdump-ca.p12'), '-nodes', '-passin', 'pass:']);
  t.match(p12, /BEGIN PRIVATE KEY/);
  t.match(p12, /BEGIN CERTIFICATE/);
  t.notMatch(openssl(['pkcs12', '-in', at('tsdump-ca-cert.p12'), '-nokeys', '-passin', 'pass:']), /PRIVATE/);
});

t.test('used again at the second start', needs('curl'), async (t) => {
  const before = readFileSync(join(confdir, 'tsdump-ca.pem'), 'utf8');
  const ca = join(folder(t), 'ca.pem');
  copyFileSync(join(confdir, 'tsdump-ca-cert.pem'), ca);
  await fetched(t, confdir, ca);
  t.equal(readFileSync(join(confdir, 'tsdump-ca.pem'), 'utf8'), before);
});

t.test('a key that others can read', async (t) => {
  const dir = folder(t);
  for (const name of ['tsdump-ca.pem', 'tsdump-ca.p12', 'tsdump-ca-cert.pem']) {
    copyFileSync(join(confdir, name), join(dir, name));
    chmodSync(join(dir, name), 0o644);
  }
  const table: [modes: Record<string, number>, warnings: RegExp[]][] = [
    [{}, [/tsdump-ca\.pem contains the key of the CA.*\(mode 0644\): run chmod 600/, /tsdump-ca\.p12 .*\(mode 0644\)/]],
    [{ 'tsdump-ca.pem': 0o640, 'tsdump-ca.p12': 0o600 }, [/tsdump-ca\.pem .*\(mode 0640\)/]],
    [{ 'tsdump-ca.pem': 0o600 }, []],
  ];
  for (const [modes, warnings] of table) {
    for (const [name, wanted] of Object.entries(modes)) chmodSync(join(dir, name), wanted);
    const { stderr } = await (await Recording.start(t, { confdir: dir })).stop(t);
    t.equal(stderr.match(/contains the key of the CA/g)?.length ?? 0, warnings.length, stderr);
    for (const warning of warnings) t.match(stderr, warning);
    t.notMatch(stderr, /A new CA was made/);
  }
});

t.test('that of mitmproxy, of which nothing else is used', needs('curl'), async (t) => {
  const dir = folder(t);
  const key = ecKey();
  const pem = toPem(certificate({ key }));
  write(join(dir, 'mitmproxy-ca.pem'), keyPem(key) + pem);
  write(join(dir, 'config.yaml'), 'listen_port: nonsense\n');
  await fetched(t, dir, write(join(folder(t), 'ca.pem'), pem));
  t.same(readdirSync(dir), ['config.yaml', 'mitmproxy-ca.pem']);
});

t.test('files that are not a usable CA', async (t) => {
  const expired = ecKey();
  const cases: [what: string, content: string, reason: RegExp][] = [
    ['no PEM', 'nonsense', /tsdump-ca\.pem/],
    ['no certificate', keyPem(ecKey()), /certificate/],
    [
      'expired',
      keyPem(expired) + toPem(certificate({ key: expired, notAfter: new Date(Date.now() - DAY) })),
      /expired/,
    ],
  ];
  for (const [what, content, reason] of cases) {
    const dir = folder(t);
    write(join(dir, 'tsdump-ca.pem'), content);
    const { code, stderr } = await run(t, ['-p', '0', '--set', `confdir=${dir}`]);
    t.equal(code, 3, what, { stderr });
    t.match(stderr, reason, what);
    t.match(stderr, /^tsdump: .*tsdump-ca\.pem.*\n$/, `${what}: one sentence that names the file`);
  }
});

t.test('the page for devices', needs('curl'), async (t) => {
  const recording = await Recording.start(t, { confdir });
  const page = await curl(recording.url, ['http://mitm.it/']);
  t.match(String(page.stdout), /certificate/i);
  const links = [...String(page.stdout).matchAll(/href="(\/[^"]+)"/g)].map(([, path]) => path!);
  t.ok(links.length >= 2);
  const pem = readFileSync(recording.ca);
  const files: Buffer[] = [];
  for (const link of links) {
    const { stdout, code } = await curl(recording.url, ['-f', `http://mitm.it${link}`]);
    t.equal(code, 0, link);
    files.push(stdout);
  }
  t.ok(files.some((file) => file.equals(pem)));
  t.notOk(files.some((file) => String(file).includes('PRIVATE')));
  await recording.stop(t);
});

function mode(path: string): number {
  return statSync(path).mode & 0o777;
}

/** Fetches something over TLS with curl, which trusts only this CA. */
async function fetched(t: Test, confdir: string, ca: string): Promise<void> {
  const origin = await Origin.start(t, mirror, { tls: identity(upstream, ['localhost']) });
  const recording = await Recording.start(t, { confdir, args: TRUSTING });
  const { code, stdout, stderr } = await curl(recording.url, ['--cacert', ca, origin.url('/', 'localhost')]);
  t.equal(code, 0, 'curl', { stderr });
  t.equal(String(stdout), 'GET / 0\n');
  await recording.stop(t);
}
