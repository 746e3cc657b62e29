import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type ConnectionOptions, connect, createServer } from 'node:tls';
import t, { type Test } from 'tap';
import { parseAuthority } from '../../../../src/engine/tls/authority/authority-pem.js';
import { type Leaf, LeafCache, type LeafRequest } from '../../../../src/engine/tls/authority/leaf-cache.js';
import { distinguishedName, toPem } from '../../../../src/engine/tls/x509/certificate-writer.js';
import { subjectName } from '../../../../src/engine/tls/x509/subject-name.js';
import { folder, write } from '../../../support/folder.js';
import { collected } from '../../../support/live-memory.js';
import { CA_NAME, certificate, DAY, ecKey, keyPem, run, testAuthority, without } from '../support.js';

const authority = testAuthority();

function request(host: string, change: Partial<LeafRequest> = {}): LeafRequest {
  return { keyType: 'ec', names: [subjectName(host)!], ...change };
}

/** A leaf with a P-256 key, which is never a promise. */
function leafFor(cache: LeafCache, host: string, change: Partial<LeafRequest> = {}): Leaf {
  const leaf = cache.leafFor(request(host, change));
  if (leaf instanceof Promise) throw new Error('a leaf with an EC key was a promise');
  return leaf;
}

t.test('all that goes into a leaf makes it another one', async (t) => {
  const cache = new LeafCache(authority);
  const leaf = leafFor(cache, 'a.example');
  t.equal(leafFor(cache, 'A.example.'), leaf);
  const changes: Partial<LeafRequest>[] = [
    { names: [subjectName('b.example')!] },
    { names: [subjectName('a.example')!, subjectName('b.example')!] },
    { names: [subjectName('b.example')!, subjectName('a.example')!] },
    { commonName: 'a.example' },
    { organization: 'a.example' },
    { names: [{ kind: 'ip', value: '1.2.3.4' }] },
  ];
  const leaves = new Set([leaf, ...changes.map((change) => leafFor(cache, 'a.example', change))]);
  t.equal(leaves.size, changes.length + 1);
  t.not(await cache.leafFor(request('a.example', { keyType: 'rsa' })), leaf);
  t.equal(leafFor(cache, 'a.example'), leaf);
});

t.test('requests while the RSA key is being made share one leaf', async (t) => {
  const cache = new LeafCache(authority);
  const pending = Array.from({ length: 20 }, () => cache.leafFor(request('a.example', { keyType: 'rsa' })));
  const other = cache.leafFor(request('b.example', { keyType: 'rsa' }));
  const leaves = new Set(await Promise.all(pending));
  t.equal(leaves.size, 1);
  t.not(await other, [...leaves][0]);
  t.equal(cache.size, 2);
  t.equal(cache.leafFor(request('a.example', { keyType: 'rsa' })), [...leaves][0]);
});

t.test('the one that was not used for longest goes first', async (t) => {
  const cache = new LeafCache(authority, { capacity: 2 });
  const a = leafFor(cache, 'a.example');
  const b = leafFor(cache, 'b.example');
  t.equal(leafFor(cache, 'a.example'), a);
  leafFor(cache, 'c.example');
  t.equal(cache.size, 2);
  t.equal(leafFor(cache, 'a.example'), a);
  t.not(leafFor(cache, 'b.example'), b);
});

t.test('a leaf is replaced long before it expires', async (t) => {
  let now = Date.now();
  const cache = new LeafCache(testAuthority({ notAfter: new Date(now + 1000 * DAY) }), { now: () => now });
  const leaf = leafFor(cache, 'a.example');
  now += 21 * DAY;
  t.equal(leafFor(cache, 'a.example'), leaf);
  now += DAY;
  const next = leafFor(cache, 'a.example');
  t.not(next, leaf);
  t.equal(cache.size, 1);
  t.equal(leafFor(cache, 'a.example'), next);
});

t.test('a leaf that is not valid yet, because the clock was set back, is replaced', async (t) => {
  let now = Date.now();
  const valid = { notBefore: new Date(now - 1000 * DAY), notAfter: new Date(now + 1000 * DAY) };
  const cache = new LeafCache(testAuthority(valid), { now: () => now });
  const leaf = leafFor(cache, 'a.example');
  now -= DAY;
  t.equal(leafFor(cache, 'a.example'), leaf);
  now -= 2 * DAY;
  const next = leafFor(cache, 'a.example');
  t.ok(new Date(new X509Certificate(next.der).validFrom).getTime() <= now);
  t.equal(leafFor(cache, 'a.example'), next);
  now -= 2000 * DAY;
  t.equal(leafFor(cache, 'a.example'), leafFor(cache, 'a.example'), 'one for a time before that of the CA, too');
});

t.test('many hosts cost no more memory than the capacity', async (t) => {
  const cache = new LeafCache(authority, { capacity: 20 });
  const made: WeakRef<object>[] = [];
  for (let index = 0; index < 400; index++) {
    const leaf = leafFor(cache, `host-${index}.example`);
    made.push(new WeakRef(leaf));
    // One in ten is used: making contexts takes most of the time.
    if (index % 10 === 0) made.push(new WeakRef(leaf.secureContext));
  }
  t.equal(cache.size, 20);
  await collected();
  const kept = made.filter((ref) => ref.deref() !== undefined).length;
  // The last one may still be in a register.
  t.ok(kept >= 20 && kept <= 25, `${kept} are kept`);
});

t.test('a handshake with Node', async (t) => {
  const cache = new LeafCache(authority);
  const names = [subjectName('a.example')!, subjectName('127.0.0.1')!];
  const leaf = leafFor(cache, 'a.example', { names, organization: 'Ö' });
  const byName = await shake(t, leaf, { servername: 'a.example' });
  t.match(byName.certificate, {
    subject: { O: 'Ö', CN: 'a.example' },
    subjectaltname: 'DNS:a.example, IP Address:127.0.0.1',
  });
  t.match(await shake(t, leaf, {}), { certificate: { subject: { CN: 'a.example' } } }, 'without SNI, by address');
  await t.rejects(shake(t, leaf, { servername: 'b.example' }), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });

  const rsa = await cache.leafFor(request('a.example', { keyType: 'rsa' }));
  const ciphers = 'ECDHE-RSA-AES128-GCM-SHA256';
  const old = await shake(t, rsa, { servername: 'a.example', maxVersion: 'TLSv1.2', ciphers });
  t.equal(old.certificate.bits, 2048);
});

t.test('a handshake with curl', { skip: without('curl') }, async (t) => {
  const ca = write(`${folder(t)}/ca.pem`, authority.certificatePem);
  for (const host of ['a.example', 'xn--bcher-kva.example', '[::1]', '127.0.0.1']) {
    const server = await listen(t, leafFor(new LeafCache(authority), host));
    const { code, output } = await run('curl', [
      ...['-q', '-s', '--http0.9', '--max-time', '10', '--cacert', ca, '--connect-to', `::127.0.0.1:${server}`],
      `https://${host}/`,
    ]);
    t.same([code, output], [0, 'x'], host);
  }
});

t.test('sessions are resumed with another leaf for the host', async (t) => {
  const cache = new LeafCache(authority);
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const options = { servername: 'a.example', maxVersion };
    const first = await shake(t, leafFor(cache, 'a.example'), options);
    t.equal(first.reused, false);
    const { session } = first;
    t.ok(session);
    t.ok(
      (await shake(t, leafFor(cache, 'a.example', { organization: 'O' }), { ...options, session })).reused,
      maxVersion,
    );
    t.notOk(
      (await shake(t, leafFor(new LeafCache(authority), 'a.example'), { ...options, session })).reused,
      maxVersion,
    );
  }
});

t.test('the context is made once', async (t) => {
  const leaf = leafFor(new LeafCache(authority), 'a.example');
  t.equal(leaf.secureContext, leaf.secureContext);
});

t.test('what the cache was given applies to all contexts', async (t) => {
  const cache = new LeafCache(authority, { context: { maxVersion: 'TLSv1.2' } });
  const options = { servername: 'a.example', minVersion: 'TLSv1.3' as const };
  await t.rejects(shake(t, leafFor(cache, 'a.example'), options), { code: /^ERR_SSL/ });
});

t.test('the chain of the authority is sent', async (t) => {
  const rootKey = ecKey();
  const root = certificate({ key: rootKey });
  const key = ecKey();
  const name = distinguishedName({ commonName: 'Intermediate CA' });
  const intermediate = certificate({ key, name, issuer: { key: rootKey, name: CA_NAME } });
  const pem = keyPem(key) + toPem(intermediate) + toPem(root);
  const cache = new LeafCache(parseAuthority(pem, 'test.pem'));
  const { certificate: seen } = await shake(t, leafFor(cache, 'a.example'), {
    servername: 'a.example',
    ca: toPem(root),
  });
  t.equal(seen.issuer.CN, 'Intermediate CA');
});

/** One handshake; resolves when the tickets of the server have come too. */
async function shake(t: Test, leaf: Leaf, options: ConnectionOptions) {
  const port = await listen(t, leaf);
  const socket = connect({ host: '127.0.0.1', port, ca: authority.certificatePem, ...options });
  let session: Buffer | undefined;
  socket.on('session', (ticket) => {
    session = ticket;
  });
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerCertificate();
  const reused = socket.isSessionReused();
  socket.resume();
  await once(socket, 'close');
  return { certificate, reused, session };
}

async function listen(t: Test, leaf: Leaf): Promise<number> {
  const server = createServer(leaf.contextOptions, (socket) => socket.end('x'));
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

t.test('of the chain that clients are sent, what is too weak for OpenSSL is left out', async (t) => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 768 }).privateKey;
  const strong = ecKey();
  const weakRoot = toPem(certificate({ key: weak }));
  const below = toPem(certificate({ key: strong, name: BELOW, issuer: { key: weak, name: CA_NAME } }));
  const table: [name: string, pem: string, chain: string][] = [
    ['a CA', keyPem(strong) + toPem(certificate({ key: strong })), 'all'],
    ['a CA with a small key', keyPem(weak) + weakRoot, ''],
    ['one below it', keyPem(strong) + below + weakRoot, below],
  ];
  for (const [name, pem, chain] of table) {
    const own = parseAuthority(pem, 'ca.pem');
    const leaf = leafFor(new LeafCache(own), 'a.example');
    t.equal(leaf.contextOptions.cert, toPem(leaf.der) + (chain === 'all' ? own.certificatePem : chain), name);
    t.ok(leaf.secureContext);
  }
});

const BELOW = distinguishedName({ commonName: 'Below' });
