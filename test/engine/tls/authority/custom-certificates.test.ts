import { join } from 'node:path';
import t, { type Test } from 'tap';
import { CustomCertificates } from '../../../../src/engine/tls/authority/custom-certificates.js';
import { distinguishedName, toPem } from '../../../../src/engine/tls/x509/certificate-writer.js';
import { subjectName } from '../../../../src/engine/tls/x509/subject-name.js';
import { folder, write } from '../../../support/folder.js';
import { identity } from '../../../support/identity.js';
import { certificate, ecKey, keyPem, testAuthority } from '../support.js';

const authority = testAuthority();

/** A file with a certificate for these names. */
function file(t: Test, ...names: string[]): { path: string; cert: string } {
  const { key, cert } = identity(authority, names);
  return { path: write(join(folder(t), 'own.pem'), cert + key), cert };
}

const subject = (commonName: string | undefined, ...names: string[]) => ({
  commonName,
  names: names.map((name) => subjectName(name) ?? { kind: 'dns' as const, value: name }),
});

t.test('which one is taken', (t) => {
  const exact = file(t, 'www.example.com');
  const wild = file(t, 'unused.test');
  const rest = file(t, 'other.test');
  const own = CustomCertificates.read(
    [
      exact.path,
      `*.example.com=${wild.path}`,
      `*.org=${rest.path}`,
      `Late.Test=${exact.path}`,
      `late.test=${rest.path}`,
      `bücher.test.=${wild.path}`,
      `*.münchen.test=${rest.path}`,
    ],
    undefined,
  );
  const cases: [commonName: string | undefined, names: string[], cert: string | undefined][] = [
    [undefined, ['www.example.com'], exact.cert],
    [undefined, ['WWW.example.com'], exact.cert],
    [undefined, ['api.example.com'], wild.cert],
    [undefined, ['a.b.example.com'], wild.cert],
    [undefined, ['*.example.com'], wild.cert],
    [undefined, ['example.com'], exact.cert],
    [undefined, ['a.b.org'], rest.cert],
    [undefined, ['late.test'], rest.cert],
    ['api.example.com', ['www.example.com'], wild.cert],
    ['nothing.test', ['nothing.test', 'x.org'], rest.cert],
    [undefined, ['127.0.0.1'], exact.cert],
    [undefined, ['unused.test'], wild.cert],
    [undefined, ['xn--bcher-kva.test'], wild.cert],
    [undefined, ['a.xn--mnchen-3ya.test'], rest.cert],
  ];
  for (const [commonName, names, cert] of cases) {
    t.equal(own.find(subject(commonName, ...names))?.cert, cert, `${commonName} ${names}`);
  }
  t.end();
});

t.test('without one for everything, the rest are made', (t) => {
  const { path } = file(t, 'www.example.com');
  const own = CustomCertificates.read([`www.example.com=${path}`], undefined);
  t.equal(own.find(subject(undefined, 'example.com')), undefined);
  t.equal(CustomCertificates.read([], undefined).find(subject(undefined, 'example.com')), undefined);
  t.end();
});

t.test('chains, keys elsewhere, common names', (t) => {
  const key = ecKey();
  const cert = toPem(certificate({ key, name: distinguishedName({ commonName: 'cn.test' }), extensions: [] }));
  const path = write(join(folder(t), 'a=b.pem'), cert + authority.certificatePem);
  const own = CustomCertificates.read([`x.test=${path}`], undefined, key);
  for (const name of ['x.test', 'cn.test']) {
    t.equal(own.find(subject(undefined, name))?.cert, cert + authority.certificatePem, name);
  }
  t.equal(
    CustomCertificates.read([path], undefined, key).find(subject(undefined, 'any.test'))?.cert.length,
    cert.length + authority.certificatePem.length,
  );
  t.end();
});

t.test('files that cannot be used', (t) => {
  const path = join(folder(t), 'own.pem');
  const read = (spec: string, passphrase?: string) => () => CustomCertificates.read([spec], passphrase);
  t.throws(read(`x=${path}`), {
    name: 'TlsOptionError',
    message: `certs: ${path} cannot be read: no such file or directory (ENOENT)`,
  });
  write(path, authority.certificatePem);
  t.throws(read(path), { message: `certs: ${path} has no private key` });
  write(path, authority.certificatePem + keyPem(ecKey()));
  t.throws(read(path), { message: `certs: ${path} has a key and a certificate that do not match` });
  const key = ecKey();
  const encrypted = key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' });
  write(path, encrypted + toPem(certificate({ key })));
  t.throws(read(path), { message: /^certs: .* has an encrypted key/ });
  t.doesNotThrow(read(path, 'secret'));
  for (const domain of ['a..b', '*a.test', '*.', 'a b'])
    t.throws(() => CustomCertificates.read([`${domain}=${path}`], 'secret'), {
      message: `"${domain}" is not a domain`,
    });
  t.end();
});
