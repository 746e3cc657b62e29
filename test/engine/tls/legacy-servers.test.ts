import { join } from 'node:path';
import t from 'tap';
import type { EngineOptions } from '../../../src/engine/index.js';
import { folder } from '../../support/folder.js';
import { identity, trusting } from '../../support/identity.js';
import { type LegacyTlsServerOptions, legacyTlsServer } from '../../support/legacy-tls-server.js';
import { TestProxy } from '../../support/test-proxy.js';
import { ask, connectThrough } from '../../support/tls-client.js';
import { testAuthority } from './support.js';

const root = testAuthority();
const trusted = trusting(join(folder(t), 'root.pem'), root);
const OK = /^HTTP\/1\.1 200 .*legacy$/s;
const WEAK: Partial<EngineOptions> = { ciphersServer: 'DEFAULT:@SECLEVEL=0' };

t.test('servers that OpenSSL refuses unless it is told otherwise', async (t) => {
  const table: [server: Partial<LegacyTlsServerOptions>, options: Partial<EngineOptions>, answer: RegExp][] = [
    [{}, {}, OK],
    [{ secureRenegotiation: false }, {}, /^HTTP\/1\.1 502 .*RFC 5746.*ssl_legacy_server_connect/s],
    [{ secureRenegotiation: false }, WEAK, /^HTTP\/1\.1 502 .*RFC 5746.*ssl_legacy_server_connect/s],
    [{ secureRenegotiation: false }, { sslLegacyServerConnect: true }, OK],
    [{ secureRenegotiation: false }, { sslInsecure: true }, OK],
    [{ digest: 'sha1' }, {}, /^HTTP\/1\.1 502 .*SHA-1.*ciphers_server=DEFAULT:@SECLEVEL=0/s],
    [{ digest: 'sha1' }, { sslLegacyServerConnect: true }, /^HTTP\/1\.1 502 .*SHA-1/s],
    [{ digest: 'sha1' }, WEAK, OK],
    [{ digest: 'sha1', secureRenegotiation: false }, { ...WEAK, sslLegacyServerConnect: true }, OK],
  ];
  for (const [server, options, answer] of table) {
    const port = await legacyTlsServer(t, { ...identity(root, ['origin.test']), ...server });
    const proxy = await TestProxy.start(t, { options: { ...trusted, ...options } });
    const { socket } = await connectThrough(proxy.port, `127.0.0.1:${port}`);
    const { response } = await ask(socket, proxy.authority, { servername: 'origin.test' });
    t.match(response, answer, JSON.stringify([server, options]));
  }
});

t.test('ssl_legacy_server_connect still verifies certificates', async (t) => {
  const port = await legacyTlsServer(t, { ...identity(root, ['other.test']), secureRenegotiation: false });
  const proxy = await TestProxy.start(t, { options: { ...trusted, sslLegacyServerConnect: true } });
  const { socket } = await connectThrough(proxy.port, `127.0.0.1:${port}`);
  const { response } = await ask(socket, proxy.authority, { servername: 'origin.test' });
  t.match(response, /^HTTP\/1\.1 502 .*other\.test/s);
});
