import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import t from 'tap';
import { verificationText } from '../../../../src/engine/tls/upstream/verification-error.js';
import { folder } from '../../../support/folder.js';
import { TestProxy } from '../../../support/test-proxy.js';
import { ask, connectThrough } from '../../../support/tls-client.js';
import { openssl, without } from '../support.js';

t.test('codes of Node, words of OpenSSL, and what to do', async (t) => {
  const table: [code: string, message: string | undefined, text: RegExp][] = [
    ['CERT_HAS_EXPIRED', 'certificate has expired', /^the certificate has expired \(CERT_HAS_EXPIRED\)\. .* -k /],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', '', /^the certificate is self-signed .*ssl_verify_upstream_trusted_ca.* -k /],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', '', /^the issuer .*ssl_verify_upstream_trusted_ca.* -k /],
    ['UNSPECIFIED', 'permitted subtree violation', /^permitted subtree violation\. .* -k /],
    ['UNSPECIFIED', undefined, /^UNSPECIFIED\. .* -k /],
    ['UNSPECIFIED', 'CA signature digest algorithm too weak', /signed with a weak digest, .*ciphers_server=.*-k /],
    ['CA_MD_TOO_WEAK', undefined, /signed with a weak digest, .*ciphers_server=.*-k /],
    ['UNSPECIFIED', 'EE certificate key too weak', /^the key of the certificate is too small\. .*ciphers_server=/],
    ['UNSPECIFIED', 'CA certificate key too weak', /^the key of a certificate of its chain is too small\. /],
    ['CERT_REJECTED', 'certificate rejected', /^certificate rejected \(CERT_REJECTED\)\. .* -k /],
  ];
  for (const [code, message, text] of table) {
    const found = verificationText(code, message);
    t.match(found, text, `${code} ${message}`);
    t.notMatch(found, /\.$/);
  }
});

t.test('a chain that is signed with SHA-1 or MD5', { skip: without('openssl') }, async (t) => {
  const dir = folder(t);
  const at = (name: string): string => join(dir, name);
  const make = (name: string, issuer: string | undefined, digest: string, extensions: string): void => {
    const common = ['-newkey', 'rsa:2048', '-nodes', '-keyout', at(`${name}.key`), '-subj', `/CN=${name}`];
    const signed = issuer ? ['-CA', at(`${issuer}.crt`), '-CAkey', at(`${issuer}.key`)] : [];
    openssl(['req', '-x509', ...common, ...signed, digest, '-addext', extensions, '-out', at(`${name}.crt`)]);
  };
  const ca = 'basicConstraints=critical,CA:TRUE';
  const host = 'subjectAltName=DNS:origin.test';
  make('root', undefined, '-sha256', ca);
  make('old', 'root', '-sha1', ca);
  make('sha256', 'root', '-sha256', host);
  make('sha1', 'root', '-sha1', host);
  make('md5', 'root', '-md5', host);
  make('below', 'old', '-sha256', host);
  const table: [names: string[], answer: RegExp][] = [
    [['sha256'], /^HTTP\/1\.1 200 /],
    [['sha1'], /^HTTP\/1\.1 502 .*signed with SHA-1, which is too weak\. .*ciphers_server=DEFAULT:@SECLEVEL=0/s],
    [['md5'], /^HTTP\/1\.1 502 .*signed with MD5, /s],
    [['below', 'old'], /^HTTP\/1\.1 502 .*signed with SHA-1, /s],
  ];
  for (const [names, answer] of table) {
    const cert = names.map((name) => readFileSync(at(`${name}.crt`), 'utf8')).join('');
    const key = readFileSync(at(`${names[0]}.key`));
    const server = createServer({ cert, key, ciphers: 'DEFAULT:@SECLEVEL=0' }, (socket) => {
      socket.on('error', () => {});
      socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
    });
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => server.close());
    const { port } = server.address() as AddressInfo;
    const visit = async (ciphersServer: string): Promise<string> => {
      const options = { sslVerifyUpstreamTrustedCa: at('root.crt'), ciphersServer };
      const proxy = await TestProxy.start(t, { options });
      const { socket } = await connectThrough(proxy.port, `127.0.0.1:${port}`);
      return (await ask(socket, proxy.authority, { servername: 'origin.test' })).response;
    };
    t.match(await visit(''), answer, names.join(', '));
    t.match(await visit('DEFAULT:@SECLEVEL=0'), /^HTTP\/1\.1 200 /, `${names.join(', ')}: accepted`);
  }
});
