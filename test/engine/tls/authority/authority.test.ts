import { X509Certificate } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { AuthorityError, loadAuthority } from '../../../../src/engine/tls/authority/authority.js';
import { toPem } from '../../../../src/engine/tls/x509/certificate-writer.js';
import { folder, write } from '../../../support/folder.js';
import { CA_NAME, certificate, DAY, ecKey, keyPem, openssl, run, without } from '../support.js';

const FILES = ['tsdump-ca-cert.cer', 'tsdump-ca-cert.p12', 'tsdump-ca-cert.pem', 'tsdump-ca.p12', 'tsdump-ca.pem'];
// Half the bits take a fraction of the time to make.
const keySize = 1024;

function anyCa(): string {
  const key = ecKey();
  return keyPem(key) + toPem(certificate({ key }));
}

function text(dir: string, name: string): string {
  return readFileSync(join(dir, name), 'latin1');
}

t.test('a new authority', async (t) => {
  const dir = join(folder(t), 'a', 'b');
  const authority = await loadAuthority(dir);
  t.same(readdirSync(dir).sort(), FILES);
  t.equal(statSync(dir).mode & 0o777, 0o700);
  for (const name of ['tsdump-ca.pem', 'tsdump-ca.p12']) t.equal(statSync(join(dir, name)).mode & 0o777, 0o600, name);
  t.equal(text(dir, 'tsdump-ca-cert.pem'), authority.certificatePem);
  t.equal(text(dir, 'tsdump-ca-cert.cer'), authority.certificatePem);
  t.equal(authority.file, join(dir, 'tsdump-ca.pem'));
  t.equal(authority.chainPem, authority.certificatePem);

  const { certificate } = authority;
  t.equal(certificate.subject, 'O=tsdump\nCN=tsdump');
  t.equal(certificate.publicKey.asymmetricKeyDetails?.modulusLength, 2048);
  const days = (date: string): number => Math.round((Date.parse(date) - Date.now()) / DAY);
  t.same([days(certificate.validFrom), days(certificate.validTo)], [-2, 3650]);

  const again = await loadAuthority(dir);
  t.equal(again.certificatePem, authority.certificatePem);
  t.ok(again.key.equals(authority.key));
});

t.test('what OpenSSL makes of it', { skip: without('openssl') }, async (t) => {
  const dir = folder(t);
  const { certificatePem, key } = await loadAuthority(dir, { keySize });
  const ca = join(dir, 'tsdump-ca-cert.pem');
  t.equal(openssl(['verify', '-x509_strict', '-check_ss_sig', '-CAfile', ca, ca]), `${ca}: OK\n`);
  t.match(openssl(['rsa', '-noout', '-text', '-in', join(dir, 'tsdump-ca.pem')]), 'Private-Key: (1024 bit');
  const extensions = 'basicConstraints,keyUsage,extendedKeyUsage,subjectKeyIdentifier';
  t.match(
    openssl(['x509', '-noout', '-ext', extensions, '-in', ca]).replace(/\s+/g, ' '),
    /^X509v3 Basic Constraints: critical CA:TRUE X509v3 Key Usage: critical Certificate Sign, CRL Sign X509v3 Extended Key Usage: TLS Web Server Authentication X509v3 Subject Key Identifier: ([0-9A-F]{2}:){19}[0-9A-F]{2} $/,
  );
  const p12 = (name: string, ...args: string[]): string =>
    openssl(['pkcs12', '-in', join(dir, name), '-passin', 'pass:', '-nodes', ...args]);
  t.match(p12('tsdump-ca-cert.p12'), certificatePem);
  t.notMatch(p12('tsdump-ca-cert.p12'), 'PRIVATE KEY');
  t.match(p12('tsdump-ca.p12'), certificatePem);
  t.match(p12('tsdump-ca.p12', '-nocerts'), keyPem(key));
});

t.test('missing exports are made again, and only those', async (t) => {
  const dir = folder(t);
  await loadAuthority(dir, { keySize });
  const before = new Map(FILES.map((name) => [name, text(dir, name)]));
  for (const name of ['tsdump-ca-cert.cer', 'tsdump-ca-cert.p12']) rmSync(join(dir, name));
  await loadAuthority(dir, { keySize });
  t.same(readdirSync(dir).sort(), FILES);
  for (const name of FILES.filter((name) => name !== 'tsdump-ca-cert.p12')) t.equal(text(dir, name), before.get(name));
});

const MODULE = fileURLToPath(new URL('../../../../src/engine/tls/authority/authority.js', import.meta.url));
const LOAD = `
const { loadAuthority } = await import(${JSON.stringify(MODULE)});
const { certificatePem } = await loadAuthority(process.argv[1], { keySize: ${keySize} });
const { createRequire } = await import('node:module');
const forge = Object.keys(createRequire(${JSON.stringify(MODULE)}).cache).some((file) => file.includes('node-forge'));
console.log(JSON.stringify({ certificatePem, forge }));`;

async function loadElsewhere(dir: string): Promise<{ certificatePem: string; forge: boolean }> {
  const { output } = await run(process.execPath, ['--input-type=module', '-e', LOAD, dir]);
  return JSON.parse(output);
}

t.test('many at once end with the same authority', async (t) => {
  const dir = join(folder(t), 'conf');
  const here = Array.from({ length: 5 }, () => loadAuthority(dir, { keySize }));
  const elsewhere = Array.from({ length: 3 }, () => loadElsewhere(dir));
  const loaded = await Promise.all([...here, ...elsewhere]);
  t.same([...new Set(loaded.map(({ certificatePem }) => certificatePem))], [text(dir, 'tsdump-ca-cert.pem')]);
  t.same(readdirSync(dir).sort(), FILES);
  t.match(text(dir, 'tsdump-ca.pem'), text(dir, 'tsdump-ca-cert.pem'));
  t.equal(text(dir, 'tsdump-ca-cert.cer'), text(dir, 'tsdump-ca-cert.pem'));
});

t.test('node-forge is loaded only to make a new one', async (t) => {
  const dir = folder(t);
  t.equal((await loadElsewhere(dir)).forge, true);
  t.equal((await loadElsewhere(dir)).forge, false);
});

t.test('the CA of mitmproxy is used if there is no other', async (t) => {
  const dir = folder(t);
  const borrowed = anyCa();
  write(join(dir, 'mitmproxy-ca.pem'), borrowed);
  write(join(dir, 'mitmproxy-ca-cert.pem'), 'not looked at');
  t.match(borrowed, (await loadAuthority(dir)).certificatePem);
  t.equal((await loadAuthority(dir)).file, join(dir, 'mitmproxy-ca.pem'));
  t.same(readdirSync(dir).sort(), ['mitmproxy-ca-cert.pem', 'mitmproxy-ca.pem']);
  const own = anyCa();
  write(join(dir, 'tsdump-ca.pem'), own);
  t.match(own, (await loadAuthority(dir)).certificatePem);
});

t.test('a CA of the user gets no files beside it', async (t) => {
  const dir = folder(t);
  write(join(dir, 'tsdump-ca.pem'), anyCa());
  await loadAuthority(dir);
  t.same(readdirSync(dir), ['tsdump-ca.pem']);
});

t.test('files that do not belong together', async (t) => {
  for (const name of ['tsdump-ca-cert.pem', 'tsdump-ca-cert.cer']) {
    const dir = folder(t);
    await loadAuthority(dir, { keySize });
    write(join(dir, name), anyCa());
    await t.rejects(loadAuthority(dir), { name: 'AuthorityError', message: `${join(dir, name)} does not hold` }, name);
  }
  const dir = folder(t);
  await loadAuthority(dir, { keySize });
  rmSync(join(dir, 'tsdump-ca.pem'));
  const before = readdirSync(dir);
  await t.rejects(loadAuthority(dir), { name: 'AuthorityError', message: 'tsdump-ca.pem is missing, but tsdump-ca' });
  t.same(readdirSync(dir), before);
});

t.test('files and folders that cannot be used', async (t) => {
  const dir = folder(t);
  write(join(dir, 'file'), '');
  mkdirSync(join(dir, 'odd', 'tsdump-ca.pem'), { recursive: true });
  symlinkSync(join(dir, 'nowhere'), join(dir, 'link'));
  const table: [name: string, load: () => Promise<unknown>, message: RegExp][] = [
    [
      'a file instead of a folder',
      () => loadAuthority(join(dir, 'file')),
      /cannot be read: a part of the path is not a folder \(ENOTDIR\); make it readable, or/,
    ],
    [
      'a folder instead of a file',
      () => loadAuthority(join(dir, 'odd')),
      /cannot be read: it is a folder \(EISDIR\); make it readable, or/,
    ],
    [
      'a folder that cannot be made',
      () => loadAuthority('/dev/null/x'),
      /cannot be read: a part of the path is not a folder \(ENOTDIR\); make it readable, or/,
    ],
    [
      'a link to nowhere',
      () => loadAuthority(join(dir, 'link')),
      /^Cannot create a CA in .*link: no such file or directory \(ENOENT\); make the folder writable, or/,
    ],
    [
      'a key too small',
      () => loadAuthority(join(dir, 'new'), { keySize: 512 }),
      /^Clients reject a CA key of 512 bits: use 2048$/,
    ],
  ];
  for (const [name, load, message] of table) {
    const error = await load().then(
      () => undefined,
      (error: Error) => error,
    );
    t.type(error, AuthorityError, name);
    t.match(error?.message, message, name);
  }
});

t.test('without permissions', { skip: !process.getuid && 'this system has no users' }, async (t) => {
  const dir = folder(t);
  const isRoot = process.getuid!() === 0;
  const hand = (path: string, mode: number): void => {
    chmodSync(path, mode);
    if (isRoot) chownSync(path, 65534, 65534);
  };
  const [readOnly, closed, empty] = ['read-only', 'closed', 'empty'].map((name) => join(dir, name));
  await loadAuthority(readOnly!, { keySize });
  rmSync(join(readOnly!, 'tsdump-ca-cert.cer'));
  hand(join(readOnly!, 'tsdump-ca.pem'), 0o400);
  mkdirSync(closed!);
  hand(write(join(closed!, 'tsdump-ca.pem'), anyCa()), 0o000);
  mkdirSync(empty!);
  for (const path of [readOnly!, empty!]) hand(path, 0o500);
  chmodSync(closed!, 0o755);
  chmodSync(dir, 0o755);
  if (isRoot) process.seteuid!(65534);
  t.teardown(() => {
    if (isRoot) process.seteuid!(0);
    for (const path of [readOnly!, empty!]) chmodSync(path, 0o700);
  });
  t.type((await loadAuthority(readOnly!)).certificatePem, 'string', 'what is missing is not worth a failure');
  await t.rejects(loadAuthority(closed!), {
    name: 'AuthorityError',
    message: 'cannot be read: permission denied (EACCES); make it readable',
  });
  await t.rejects(loadAuthority(empty!), { name: 'AuthorityError', message: 'Cannot create a CA in' });
});

t.test('the chain above', async (t) => {
  const rootKey = ecKey();
  const root = toPem(certificate({ key: rootKey }));
  const key = ecKey();
  const intermediate = toPem(certificate({ key, issuer: { key: rootKey, name: CA_NAME } }));
  for (const pem of [keyPem(key) + intermediate + root, root + intermediate + keyPem(key)]) {
    const dir = folder(t);
    write(join(dir, 'tsdump-ca.pem'), pem);
    const authority = await loadAuthority(dir);
    t.equal(authority.certificatePem, intermediate);
    t.equal(authority.chainPem, intermediate + root);
    t.ok(authority.certificate.verify(new X509Certificate(root).publicKey));
  }
});
